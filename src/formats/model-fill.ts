import type { Architecture } from '../model/architecture.js'
import { dataTypes, movesNothing, opKinds, phaseIndex, type OpKind } from '../trace/words.js'
import { modelHeader, weightTensors } from '../trace/model-header.js'
import type { RuleSet, TraceModel, TraceRequest, TraceTensor } from '../trace/trace.js'
import type { TraceWriter } from '../trace/writer.js'
import type { ModelMatch } from './model-match.js'
import { ModelWork, type Work } from './model-work.js'
import { Roles, type OpRole } from './op-roles.js'
import { UnitOrder, matmulKey, type SeenMatmuls } from './unit-order.js'

const bytesOfType: Partial<Record<(typeof dataTypes)[number], number>> = { f32: 4, f16: 2, bf16: 2, int8: 1, int4: 0.5, f8: 1, f64: 8, int32: 4, int64: 8, f4: 0.5 }
/** Kinds that read weights. */
const weighted = new Set<OpKind>(['matmul', 'norm', 'embedding'])

/** Completes ops from the matched model: shapes by role, bytes and FLOPs by arithmetic, the weight that an op reads.
 *  What it fills in is named field by field in the op's rules; what the file had is left as it was. */
export class ModelFill {
  readonly models: readonly TraceModel[]
  readonly tensors: readonly TraceTensor[]
  private readonly work: ModelWork | undefined
  private readonly order: UnitOrder | undefined
  private readonly roles = new Roles()

  /** `orderRule`: how a matmul without a layer finds it (`matmul-order`; `op-order` where the file's order is not that of time). */
  constructor(
    private readonly match: ModelMatch | undefined,
    private readonly requests: readonly TraceRequest[],
    private readonly into: TraceWriter,
    matmuls: SeenMatmuls,
    private readonly orderRule = 'matmul-order',
  ) {
    this.models = match === undefined ? [] : [modelHeader(match.model, match.quant)]
    this.tensors = match === undefined ? [] : weightTensors(match.model, match.quant)
    this.work = match === undefined ? undefined : new ModelWork(match.model, match.quant)
    this.order = match === undefined ? undefined : new UnitOrder(match.model, matmuls)
  }

  /** Fills row `i` of the writer's open chunk. `flops` and `bytes` are the file's, -1 where it has none. Returns what was
   *  filled by which rule; undefined when nothing was. */
  complete(i: number, flops: number, bytes: number, name: string): RuleSet | undefined {
    const { op } = this.into
    if (movesNothing(op.kind[i]!)) {
      op.flops[i] = op.bytes[i] = 0
      return undefined
    }
    const rules: Record<string, string> = {}
    const kind = opKinds[op.kind[i]!]!
    const { match } = this
    let known: Work | undefined
    // A request of another model than the one that was matched (a draft's) is left as it was.
    if (match !== undefined && this.requests[op.request[i]!]?.model !== -1) {
      const role = this.placed(i, kind, this.roles.of(name), match, rules)
      known = this.known(i, kind, role)
      if (known !== undefined && kind === 'attention' && isProduct.test(name)) known = half(known)
      if (known !== undefined && kind === 'matmul') this.shaped(i, known, match.rule, rules)
    }
    op.flops[i] = Math.max(0, flops)
    op.bytes[i] = Math.max(0, bytes)
    const isShaped = kind === 'matmul' && op.m[i]! > 0 && op.n[i]! > 0 && op.k[i]! > 0
    if (isShaped) this.fromShape(i, flops, bytes, rules)
    else if (match !== undefined && known !== undefined) {
      if (flops < 0) rules['flops'] = set(op.flops, i, known.flops, match.rule)
      if (bytes < 0) rules['bytes'] = set(op.bytes, i, known.bytes, match.rule)
    }
    return Object.keys(rules).length === 0 ? undefined : rules
  }

  /** Finds the unit whose weights row `i` reads, by its layer and role or by order. Returns its role. */
  private placed(i: number, kind: OpKind, named: OpRole | undefined, { model, rule }: ModelMatch, rules: Record<string, string>): OpRole | undefined {
    const { op } = this.into
    if (!weighted.has(kind)) return named
    let role = named
    let layer = op.layer[i]!
    let by = rule
    if (kind === 'matmul' && layer < 0) {
      const [n, k] = [op.n[i]!, op.k[i]!]
      const place = this.order!.of(op.request[i]!, op.step[i]!, n, k, named)
      if (place !== undefined && place.layer >= 0) {
        op.layer[i] = layer = place.layer
        rules['layer'] = by = matmulKey(n, k, named) === '' ? 'op-order' : this.orderRule
      }
      role ??= place?.role
    }
    const unit = kind === 'embedding' && layer >= 0 ? -1 : unitOf(layer, kind, role, model)
    if (unit >= 0) {
      op.tensor[i] = unit
      rules['tensor'] = by
    }
    return role
  }

  /** The model's work of row `i`: of its role (matmuls), or of one op of its kind in a layer. */
  private known(i: number, kind: OpKind, role: OpRole | undefined): Work | undefined {
    const { op } = this.into
    const what = kind === 'matmul' ? role : kind === 'norm' || kind === 'attention' || kind === 'activation' || kind === 'embedding' ? kind : undefined
    if (what === undefined) return undefined
    const request = this.requests[op.request[i]!]
    const prompt = (request?.promptTokens ?? 0) * (request?.batch ?? 1)
    const isPrefill = op.phase[i] === phaseIndex.prefill
    if (!isPrefill && op.phase[i] !== phaseIndex.decode) return undefined
    const rows = kind === 'matmul' && role !== 'head' ? op.m[i]! : 0
    const tokens = rows > 0 ? rows : isPrefill ? prompt : (request?.batch ?? 1)
    const past = isPrefill ? 0 : (request?.promptTokens ?? 0) + Math.max(0, op.step[i]! - 1)
    return this.work!.of(what, tokens, past)
  }

  private shaped(i: number, known: Work, rule: string, rules: Record<string, string>): void {
    const { op } = this.into
    if (known.k === 0 || op.k[i]! > 0 || (op.n[i]! > 0 && op.n[i] !== known.n)) return
    if (op.n[i] === 0) rules['n'] = set(op.n, i, known.n, rule)
    rules['k'] = set(op.k, i, known.k, rule)
    if (op.m[i] === 0) rules['m'] = set(op.m, i, known.m, rule)
  }

  /** FLOPs and bytes of a matmul by its shape. */
  private fromShape(i: number, flops: number, bytes: number, rules: Record<string, string>): void {
    const { op } = this.into
    const [m, n, k] = [op.m[i]!, op.n[i]!, op.k[i]!]
    if (flops < 0 && 2 * m * n * k <= Number.MAX_SAFE_INTEGER) rules['flops'] = set(op.flops, i, 2 * m * n * k, 'matmul-shape')
    const weight = this.match?.quant.bytesPerWeight ?? bytesOfType[dataTypes[op.dataType[i]!]!]
    const filled = weight === undefined ? NaN : Math.round(n * k * weight + m * (n + k) * 2)
    if (bytes < 0 && Number.isSafeInteger(filled)) rules['bytes'] = set(op.bytes, i, filled, this.match === undefined ? 'matmul-shape' : this.match.rule)
  }
}

/** One of the two products of attention where they are ops of their own. */
const isProduct = /^(MUL_MAT|kqv?(-|$))/
const half = (work: Work): Work => ({ ...work, flops: work.flops / 2, bytes: work.bytes / 2 })

function set(column: { [i: number]: number }, i: number, value: number, rule: string): string {
  column[i] = Math.round(value)
  return rule
}

/** The unit whose weights an op reads: its layer's, or by role that of embedding or head; -1: not known. */
export function unitOf(layer: number, kind: string, role: OpRole | undefined, model: Architecture): number {
  if (layer >= 0) return layer < model.layers ? layer + 1 : -1
  if (role === 'head') return model.tied ? 0 : model.layers + 1
  return role === 'embedding' || kind === 'embedding' ? 0 : -1
}
