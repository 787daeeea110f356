import { BadInput, type Place } from '../../base/errors.js'
import type { OpKind } from '../../trace/words.js'
import { decimalToNs } from '../decimal-text.js'
import type { OpDraft } from '../op-draft.js'
import { bytesAnElement, kindOfGgmlOp, typeOfGgml, workOfTensors, type Dims, type Tensor } from './ggml.js'

const ROW = /^\s{0,40}(\S.{0,600}?): (\d{1,12}) x ([\d.]{1,20}(?:e[+-]?\d{1,3})?) (ms|us)(?: = ([\d.]{1,20}(?:e[+-]?\d{1,3})?) us)?\s*(?:\((.{0,60})\))?\s*$/

/** A line of a block: an op of one shape, so many times. */
export interface VulkanRow {
  readonly place: Place
  readonly count: number
  readonly totalNs: number
  readonly name: string
  readonly kind: OpKind
  /** Tokens that went in; 0: the line does not say. */
  readonly tokens: number
  /** Sequences at once, tokens in the cache (padded): of flash attention. */
  readonly batch: number
  readonly cached: number
  /** ggml's m: outputs. */
  readonly outputs: number
  readonly inner: number
  readonly type: string
  readonly draft: Omit<OpDraft, 'durationNs'>
}

/** `MUL_MAT_VEC q8_0 m=12288 n=1 k=2048: COUNT x MEAN us = TOTAL us (G GFLOPS/s)`: m outputs, n tokens, k inner. Undefined: the
 *  line is none. Throws `BadInput`. */
export function vulkanRow(text: string, place: Place): VulkanRow | undefined {
  const found = ROW.exec(text)
  if (found === null) return undefined
  const [, name, countText, valueText, unit, totalText, rateText] = found as unknown as [string, string, string, string, string, string | undefined, string | undefined]
  const count = Number(countText)
  const meanNs = decimalToNs(valueText, 'us')
  const totalNs = totalText === undefined ? meanNs * count : decimalToNs(totalText, 'us')
  if (!Number.isSafeInteger(totalNs)) throw new BadInput({ ...place, field: 'time' }, 'a time below 2^53 ns', valueText)
  const at = (key: string): number => Number(new RegExp(`(?:^| )${key}=(\\d{1,9})(?= |$)`, 'i').exec(name)?.[1] ?? 0)
  const op = /^[A-Z][A-Z_0-9]*(?: [A-Z][A-Z_0-9]*)*(?= |\(|$)/.exec(name)?.[0] ?? name
  const kind = kindOfGgmlOp(op, '')
  const isVec = /MUL_MAT(?:_ID)?_VEC/.test(op)
  const isExperts = /MUL_MAT_ID/.test(op)
  const [outputs, inner, batch] = [at('m'), at('k'), Math.max(1, at('batch'))]
  const n = isVec ? Math.max(1, at('n')) : at('n')
  const type = / (b?f\d+|q\d\w*|iq\d\w*|mxfp4)(?= |$)/.exec(name)?.[1] ?? ''
  const query = dimsIn(name, 'q')
  const common = { place, count, totalNs, name, kind, outputs, inner, type, cached: dimsIn(name, 'k')?.[1] ?? 0 }
  const isShaped = kind === 'matmul' && outputs > 0 && inner > 0 && n > 0
  const work = isShaped ? matmulWork({ outputs, inner, n, batch, type, experts: isExperts ? (isVec ? n : Math.min(n, at('n_expert') || n)) : 1 }) : workOfRow(op, kind, name)
  const printed = work.flops === undefined && rateText !== undefined ? rateOf(rateText) * meanNs : NaN
  const flops = work.flops ?? (Number.isSafeInteger(Math.round(printed)) ? Math.round(printed) : undefined)
  return {
    ...common,
    tokens: query !== undefined ? query[1] : isExperts || kind !== 'matmul' ? 0 : n,
    batch: query?.[3] ?? 1,
    draft: {
      name,
      type: name.split(' ')[0]!,
      kind,
      processor: 'gpu',
      ...(type === '' ? {} : { dataType: typeOfGgml(type) }),
      ...(isShaped ? { m: n, n: outputs, k: inner } : {}),
      ...(flops === undefined ? {} : { flops }),
      ...(work.bytes === undefined ? {} : { bytes: work.bytes }),
      rules: {
        kind: 'op-name',
        phase: 'tokens-of-block',
        step: 'head-count',
        request: 'tokens-of-block',
        durationNs: unit === 'ms' ? 'mean-of-count, ms-are-us' : 'mean-of-count',
        ...(flops === undefined ? {} : { flops: work.flops === undefined ? 'printed-rate' : 'dims' }),
        ...(work.bytes === undefined ? {} : { bytes: 'dims-and-types' }),
      },
    },
  }
}

/** Marks products of attention: several at once (`batch=32`, a head each), or `m x k` of one row is `k x m` of another of as many
 *  tokens and executions, and one of them is no wider than a head. Without `batch` their heads are not told, so neither are their
 *  FLOPs; their bytes are not, since heads share keys. */
export function withAttention(rows: readonly VulkanRow[]): VulkanRow[] {
  const shapes = new Set(rows.map(({ outputs, inner, tokens, count }) => `${outputs} ${inner} ${tokens} ${count}`))
  return rows.map((row) => {
    const { kind, outputs, inner, tokens, count, draft } = row
    const isBatch = kind === 'matmul' && / batch=/.test(row.name) && !/MUL_MAT_ID/.test(row.name)
    const isOne = isBatch || (kind === 'matmul' && Math.min(outputs, inner) > 0 && Math.min(outputs, inner) <= 256 && shapes.has(`${inner} ${outputs} ${tokens} ${count}`))
    if (!isOne) return row
    const { m: _m, n: _n, k: _k, flops, bytes: _bytes, ...rest } = draft
    const { flops: from, bytes: _b, ...rules } = draft.rules ?? {}
    const told = isBatch && flops !== undefined && from !== undefined
    return { ...row, kind: 'attention', cached: Math.max(outputs, inner), draft: { ...rest, kind: 'attention', ...(told ? { flops, rules: { ...rules, flops: from } } : { rules }) } }
  })
}

function matmulWork({ outputs, inner, n, batch, type, experts }: { outputs: number; inner: number; n: number; batch: number; type: string; experts: number }): { flops?: number; bytes?: number } {
  const flops = 2 * outputs * inner * n * batch
  const bytes = Math.round(outputs * inner * experts * batch * (bytesAnElement(type) ?? NaN) + n * batch * (outputs + inner) * 4)
  return { ...(Number.isSafeInteger(flops) ? { flops } : {}), ...(Number.isSafeInteger(bytes) ? { bytes } : {}) }
}

/** Of flash attention by its dims; of an op with its output's dims behind its name (`RMS_NORM(2048,1,1,1)`) by those. */
function workOfRow(op: string, kind: OpKind, name: string): { flops?: number; bytes?: number } {
  const tensor = (key: string, type: string): Tensor | undefined => {
    const dims = dimsIn(name, key)
    return dims === undefined ? undefined : { dims, type }
  }
  const [q, k, v, dst] = [tensor('q', 'f32'), tensor('k', 'f16'), tensor('v', 'f16'), tensor('dst', 'f32')]
  if (q !== undefined && k !== undefined && v !== undefined && dst !== undefined) return workOfTensors(op, kind, [q, k, v], dst)
  const output = tensor(op.split(' ').at(-1)!, 'f32')
  const inputs = { norm: 1, softmax: 1, rope: 1, activation: 1, elementwise: 2 }[kind as string]
  return output === undefined || inputs === undefined ? {} : workOfTensors(op, kind, Array.from({ length: inputs }, () => output), output)
}

/** `q(64,1,4,1)`. */
function dimsIn(name: string, key: string): Dims | undefined {
  const at = name.indexOf(`${key}(`)
  if (at < 0 || (at > 0 && /\w/.test(name[at - 1]!))) return undefined
  const found = /^\((\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})\)/.exec(name.slice(at + key.length))
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3]), Number(found[4])]
}

/** `365.776 GFLOPS/s` in FLOPs a ns. */
function rateOf(text: string): number {
  const found = /^([\d.]{1,20}) ([GT])FLOPS/.exec(text)
  return found === null ? NaN : Number(found[1]) * (found[2] === 'T' ? 1000 : 1)
}
