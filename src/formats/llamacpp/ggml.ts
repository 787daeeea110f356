import type { DataType, OpKind } from '../../trace/words.js'
import { kindOfOpWord, roleOfName } from '../op-roles.js'

export type Dims = readonly [number, number, number, number]

/** `4096:64:1:1` or `4096:64` (missing trailing dims are 1); n0 is the fastest. Undefined: no dims. */
export function dimsOf(text: string): Dims | undefined {
  const found = /^(\d{1,9})(?::(\d{1,9}))?(?::(\d{1,9}))?(?::(\d{1,9}))?$/.exec(text.trim())
  return found === null ? undefined : [Number(found[1]), Number(found[2] ?? 1), Number(found[3] ?? 1), Number(found[4] ?? 1)]
}

/** What a ggml type computes in: `q4_0_4x8` → int4, `q8_0` → int8, `f16`; K-quants by their bits. */
export function typeOfGgml(word: string): DataType {
  const type = word.toLowerCase()
  if (/^(bf16|f32|f16|f64)$/.test(type)) return type as DataType
  if (/^(q8|i8)/.test(type)) return 'int8'
  if (/^(q[2-5]|iq[1-4]|tq|mxfp4|nvfp4)/.test(type)) return 'int4'
  if (/^q6/.test(type)) return 'int8'
  return type === 'i32' ? 'int32' : type === 'i64' ? 'int64' : 'unknown'
}

/** Bytes of a block and its elements. Source: the block structs of ggml/src/ggml-common.h. */
const blocks: readonly (readonly [RegExp, bytes: number, elements: number])[] = [
  [/^f64|^i64/, 8, 1],
  [/^f32|^i32/, 4, 1],
  [/^f16|^bf16|^i16/, 2, 1],
  [/^i8/, 1, 1],
  [/^q4_0|^iq4_nl/, 18, 32],
  [/^q4_1/, 20, 32],
  [/^q5_0/, 22, 32],
  [/^q5_1/, 24, 32],
  [/^q8_0/, 34, 32],
  [/^q8_1/, 36, 32],
  [/^mxfp4/, 17, 32],
  [/^q2_k/, 84, 256],
  [/^q3_k/, 110, 256],
  [/^q4_k/, 144, 256],
  [/^q5_k/, 176, 256],
  [/^q6_k/, 210, 256],
  [/^iq4_xs/, 136, 256],
  [/^iq3_xxs/, 98, 256],
  [/^iq3_s/, 110, 256],
  [/^iq2_xxs/, 66, 256],
  [/^iq2_xs/, 74, 256],
  [/^iq2_s/, 82, 256],
  [/^iq1_s/, 50, 256],
]

/** Bytes an element of a ggml type takes, scales included (`q4_0`: 18 / 32, repacked ones alike); undefined: a type we do not know. */
export function bytesAnElement(type: string): number | undefined {
  const word = type.toLowerCase()
  const found = blocks.find(([pattern]) => pattern.test(word))
  return found === undefined ? undefined : found[1] / found[2]
}

/** The kind of a ggml op by its word and the name of its output: a fused op is its heaviest part, products of attention
 *  (`kq`, `kqv`) are attention, and rows that are fetched from anything but the embedding are a copy. */
export function kindOfGgmlOp(op: string, output: string): OpKind {
  const kind = kindOfOpWord(op, 'strided')
  if (kind === 'matmul' && /^kqv?(_|-|$)(?!out)/i.test(output)) return 'attention'
  return kind === 'embedding' && /get_?rows/i.test(op) && output !== '' && roleOfName(output) !== 'embedding' ? 'copy' : kind
}

/** A tensor of a log: its dims and its type's word (`f32` where the log has none). */
export interface Tensor {
  readonly dims: Dims
  readonly type: string
}

/** FLOPs an element of the output, as `model/operators.ts` counts norms and activations; others move data. */
const flopsAnElement: Partial<Record<OpKind, number>> = { norm: 5, activation: 4, softmax: 5, elementwise: 1, rope: 3 }

/** FLOPs and bytes of an op from its tensors; undefined where a type is unknown. Views have none. Rows that are fetched or stored
 *  count as they are, never the table or the cache that they are in. */
export function workOfTensors(op: string, kind: OpKind, sources: readonly Tensor[], output: Tensor): { flops?: number; bytes?: number } {
  if (kind === 'view') return { flops: 0, bytes: 0 }
  const [first, second] = sources
  const outputs = count(output.dims)
  if (/SET_ROWS|CPY|CONT|DUP/i.test(op) && (kind === 'copy' || kind === 'rope')) {
    const moved = first === undefined ? NaN : count(first.dims)
    return whole(kind === 'rope' ? 3 * moved : 0, moved * (size(first?.type) + size(output.type)))
  }
  if (/GET_ROWS/i.test(op)) return whole(0, outputs * (size(first?.type) + size(output.type)))
  if (kind === 'attention' && /FLASH|ATTN/i.test(op) && second !== undefined) {
    // q is d x tokens x heads, k is d x cached x heads of the cache.
    const [d, tokens, heads, streams] = first!.dims
    return whole(4 * d * tokens * heads * streams * second.dims[1], sources.slice(0, 3).reduce((sum, tensor) => sum + bytesOf(tensor), bytesOf(output)))
  }
  if ((kind === 'matmul' || kind === 'attention') && first !== undefined && second !== undefined) {
    const [k, n, experts] = first.dims
    const used = /MUL_MAT_ID/i.test(op) ? Math.min(experts, output.dims[1] * output.dims[2]) * n * k * size(first.type) : bytesOf(first)
    return whole(2 * k * outputs, used + bytesOf(second) + bytesOf(output))
  }
  return whole(outputs * (flopsAnElement[kind] ?? 0), sources.reduce((sum, tensor) => sum + bytesOf(tensor), bytesOf(output)))
}

/** Tokens in the cache that a product of attention looks at, padded as the cache is; 0: it is none. Flash attention has q, k and v;
 *  `kq` has the cache in its columns. */
export function cachedOf(type: string, name: string, sources: readonly Tensor[], output: Tensor | undefined): number {
  if (/FLASH_ATTN/i.test(type)) return sources[1]?.dims[1] ?? 0
  return /^kq(_soft_max\w*)?(-|$)/.test(name) ? (output?.dims[0] ?? 0) : 0
}

/** A matmul's shape from its output and its weights. */
export function matmulOf(sources: readonly Tensor[], output: Tensor | undefined): { m: number; n: number; k: number } | undefined {
  const [weights] = sources
  return output === undefined || weights === undefined ? undefined : { m: output.dims[1] * output.dims[2] * output.dims[3], n: output.dims[0], k: weights.dims[0] }
}

/** `a x b -> c` of dims and of types, put together. */
export function tensorsOf(dimsText: string, typesText: string): { sources: Tensor[]; output: Tensor | undefined } {
  const [dimsIn, dimsOut] = dimsText.split('->')
  const [typesIn, typeOut] = typesText.split('->')
  const types = (typesIn ?? '').split(' x ').map((word) => word.trim())
  const sources: Tensor[] = []
  for (const [i, word] of (dimsIn ?? '').split(' x ').entries()) {
    const dims = dimsOf(word)
    if (dims !== undefined && sources.length < 16) sources.push({ dims, type: types[i] ?? '' })
  }
  const dims = dimsOf(dimsOut ?? '')
  return { sources, output: dims === undefined ? undefined : { dims, type: (typeOut ?? '').trim() } }
}

const size = (type: string | undefined): number => (type === undefined ? NaN : (bytesAnElement(type) ?? NaN))
export const count = ([a, b, c, d]: Dims): number => a * b * c * d
const bytesOf = ({ dims, type }: Tensor): number => count(dims) * size(type)
const safe = (value: number): number | undefined => (Number.isSafeInteger(Math.round(value)) ? Math.round(value) : undefined)

function whole(flops: number, bytes: number): { flops?: number; bytes?: number } {
  const [f, b] = [safe(flops), safe(bytes)]
  return { ...(f === undefined ? {} : { flops: f }), ...(b === undefined ? {} : { bytes: b }) }
}
