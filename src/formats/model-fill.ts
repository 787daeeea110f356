import type { Architecture } from '../model/architecture.js'
import { operators, type Operator } from '../model/operators.js'
import { dataTypes, kindIndex, opKinds, phaseIndex } from '../trace/words.js'
import { modelHeader, weightTensors } from '../trace/model-header.js'
import type { RuleSet, TraceModel, TraceRequest, TraceTensor } from '../trace/trace.js'
import type { TraceWriter } from '../trace/writer.js'
import type { ModelMatch } from './model-match.js'
import { roleOfName, type OpRole } from './op-roles.js'

const bytesOfType: Partial<Record<(typeof dataTypes)[number], number>> = { f32: 4, f16: 2, bf16: 2, int8: 1, int4: 0.5, f8: 1, f64: 8, int32: 4, int64: 8, f4: 0.5 }
const MAX_PASSES = 512

/** Completes ops from the matched model: shapes by role, bytes and FLOPs by arithmetic, the weight that an op reads.
 *  What it fills in is named field by field in the op's rules; what the file had is left as it was. */
export class ModelFill {
  readonly models: readonly TraceModel[]
  readonly tensors: readonly TraceTensor[]
  private readonly passes = new Map<number, ReadonlyMap<string, Operator>>()

  constructor(
    private readonly match: ModelMatch | undefined,
    private readonly requests: readonly TraceRequest[],
    private readonly into: TraceWriter,
  ) {
    this.models = match === undefined ? [] : [modelHeader(match.model, match.quant)]
    this.tensors = match === undefined ? [] : weightTensors(match.model, match.quant)
  }

  /** Fills row `i` of the writer's open chunk. `flops` and `bytes` are the file's, -1 where it has none. Returns what was
   *  filled by which rule; undefined when nothing was. */
  complete(i: number, flops: number, bytes: number, name: string): RuleSet | undefined {
    const { op } = this.into
    const rules: Record<string, string> = {}
    const { match } = this
    const kind = opKinds[op.kind[i]!]!
    const role = match === undefined ? undefined : roleOfName(name)
    if (match !== undefined) {
      const known = kind === 'matmul' || kind === 'embedding' ? this.operator(i, role, kind, match) : this.operator(i, undefined, kind, match)
      if (known !== undefined && kind === 'matmul' && op.n[i] === 0 && op.k[i] === 0) {
        op.n[i] = known.n
        op.k[i] = known.k
        if (op.m[i] === 0) {
          op.m[i] = known.m
          rules['m'] = match.rule
        }
        rules['n'] = rules['k'] = match.rule
      }
      const unit = unitOf(op.layer[i]!, kind, role, match.model)
      if (unit >= 0 && (kind === 'matmul' || kind === 'norm' || kind === 'embedding')) {
        op.tensor[i] = unit
        rules['tensor'] = match.rule
      }
      if (flops < 0 && bytes < 0 && known !== undefined && kind !== 'matmul') {
        op.flops[i] = Math.round(known.flops)
        op.bytes[i] = Math.round(known.bytes)
        rules['flops'] = rules['bytes'] = match.rule
        return rules
      }
    }
    this.fromShape(i, flops, bytes, rules)
    return Object.keys(rules).length === 0 ? undefined : rules
  }

  /** FLOPs and bytes of a matmul by its shape; elsewhere the file's or 0. */
  private fromShape(i: number, flops: number, bytes: number, rules: Record<string, string>): void {
    const { op } = this.into
    const [m, n, k] = [op.m[i]!, op.n[i]!, op.k[i]!]
    const isShaped = op.kind[i] === kindIndex.matmul && m > 0 && n > 0 && k > 0
    op.flops[i] = Math.max(0, flops)
    op.bytes[i] = Math.max(0, bytes)
    if (!isShaped) return
    if (flops < 0 && 2 * m * n * k <= Number.MAX_SAFE_INTEGER) {
      op.flops[i] = 2 * m * n * k
      rules['flops'] = 'matmul-shape'
    }
    const weight = this.match?.quant.bytesPerWeight ?? bytesOfType[dataTypes[op.dataType[i]!]!]
    const filled = weight === undefined ? NaN : Math.round(n * k * weight + m * (n + k) * 2)
    if (bytes < 0 && Number.isSafeInteger(filled)) {
      op.bytes[i] = filled
      rules['bytes'] = this.match === undefined ? 'matmul-shape' : this.match.rule
    }
  }

  /** The model's operator for row `i`: same layer and role (matmuls), or the same kind. */
  private operator(i: number, role: OpRole | undefined, kind: string, { model, quant }: ModelMatch): Operator | undefined {
    const { op } = this.into
    const request = this.requests[op.request[i]!]
    const isPrefill = op.phase[i] === phaseIndex.prefill
    const tokens = isPrefill ? (request?.promptTokens ?? 0) : op.phase[i] === phaseIndex.decode ? 1 : 0
    if (tokens < 1 || tokens > 1_000_000) return undefined
    const past = isPrefill ? 0 : (request?.promptTokens ?? 0) + Math.max(0, op.step[i]! - 1)
    const pass = this.pass(model, quant, tokens, past)
    const layer = Math.max(0, op.layer[i]!) < model.layers ? Math.max(0, op.layer[i]!) : 0
    if (kind !== 'matmul') return kind === 'embedding' ? pass.get('embedding') : pass.get(`${kind}@${layer}`)
    return role === undefined ? undefined : pass.get(role === 'head' ? 'head' : `${role}@${layer}`)
  }

  private pass(model: Architecture, quant: ModelMatch['quant'], tokens: number, past: number): ReadonlyMap<string, Operator> {
    const key = tokens * 2 ** 26 + past
    let found = this.passes.get(key)
    if (found === undefined) {
      if (this.passes.size === MAX_PASSES) this.passes.clear()
      this.passes.set(key, (found = byRole(operators(model, quant, tokens, past))))
    }
    return found
  }
}

/** The unit whose weights an op reads: its layer's, or by role that of embedding or head; -1: not known. */
export function unitOf(layer: number, kind: string, role: OpRole | undefined, model: Architecture): number {
  if (layer >= 0) return layer < model.layers ? layer + 1 : -1
  if (role === 'head') return model.tied ? 0 : model.layers + 1
  return role === 'embedding' || kind === 'embedding' ? 0 : -1
}

function byRole(ops: readonly Operator[]): ReadonlyMap<string, Operator> {
  const found = new Map<string, Operator>()
  for (const op of ops) {
    const role = op.kind === 'matmul' ? (roleOfName(op.name) ?? op.name) : op.kind
    const key = role === 'head' ? 'head' : op.kind === 'embedding' ? 'embedding' : `${role}@${Math.max(0, op.layer)}`
    if (!found.has(key)) found.set(key, op)
  }
  return found
}
