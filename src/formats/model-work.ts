import type { Architecture } from '../model/architecture.js'
import { operators, type Operator } from '../model/operators.js'
import type { Quantisation } from '../model/quantisation.js'
import { roleOfName, type OpRole } from './op-roles.js'

/** What a part of a forward pass does, as arithmetic knows it. The shape is 0 where parts of unlike shapes are one op. */
export interface Work {
  readonly m: number
  readonly n: number
  readonly k: number
  readonly flops: number
  /** Read + written, weights included. */
  readonly bytes: number
}

const MAX_PASSES = 512
/** Activations are kept in half precision, as in `model/operators.ts`. */
const ACTIVATION_BYTES = 2
/** What runtimes call one op and the model knows in parts. */
const fused: Readonly<Partial<Record<OpRole, readonly OpRole[]>>> = {
  qkv: ['q', 'k', 'v'],
  'gate-up': ['gate', 'up'],
  ffn: ['gate', 'up', 'down'],
  layer: ['q', 'k', 'v', 'o', 'gate', 'up', 'down'],
}

/** The work of a model by role: of one layer (all are alike), of the head or of the embedding. A fused op does the sum of its parts.
 *  `norms`: all of a layer. What `model/operators.ts` counts to its neighbours is here apart: rotary embedding (3 FLOPs an element:
 *  two products and a sum), residual adds, and the new rows of the KV cache. */
export class ModelWork {
  private readonly passes = new Map<number, ReadonlyMap<OpRole, Work>>()

  constructor(
    readonly model: Architecture,
    private readonly quant: Quantisation,
  ) {}

  /** The work of `role` over `tokens` new tokens behind `past` cached ones; undefined: the model has no such part. */
  of(role: OpRole, tokens: number, past: number): Work | undefined {
    if (!(tokens >= 1 && tokens <= 1_000_000 && past >= 0 && past <= 16_000_000)) return undefined
    const key = tokens * 2 ** 25 + past
    let pass = this.passes.get(key)
    if (pass === undefined) {
      if (this.passes.size === MAX_PASSES) this.passes.clear()
      this.passes.set(key, (pass = this.made(tokens, past)))
    }
    return pass.get(role)
  }

  private made(tokens: number, past: number): ReadonlyMap<OpRole, Work> {
    const { model } = this
    const found = new Map<OpRole, Work>()
    for (const op of operators({ ...model, layers: 1 }, this.quant, tokens, past)) {
      const role = roleOfOperator(op)
      if (role === 'norm') found.set('norms', sum([found.get('norms'), op.layer < 0 ? undefined : op]))
      if (!found.has(role)) found.set(role, { m: op.m, n: op.n, k: op.k, flops: op.flops, bytes: op.bytes })
    }
    const heads = tokens * (model.heads + model.kvHeads) * model.headDim
    found.set('rope', elements(heads, 3, 2))
    found.set('residual', elements(tokens * model.hidden, 1, 3))
    found.set('kv-write', elements(tokens * 2 * model.kvHeads * model.headDim, 0, 2))
    for (const [role, parts] of Object.entries(fused) as [OpRole, readonly OpRole[]][]) {
      if (found.has(role)) continue
      // A model whose projections are fused has the larger parts.
      const own = parts.every((part) => found.has(part)) ? parts : role === 'ffn' ? (['gate-up', 'down'] as const) : (['qkv', 'o', 'gate-up', 'down'] as const)
      if (own.every((part) => found.has(part))) found.set(role, sum(own.map((part) => found.get(part))))
    }
    return found
  }
}

/** What `model/operators.ts` calls an operator of its list. */
function roleOfOperator({ kind, name }: Operator): OpRole {
  return kind === 'matmul' ? (roleOfName(name) ?? 'head') : kind
}

const elements = (count: number, flops: number, passes: number): Work => ({ m: 0, n: 0, k: 0, flops: count * flops, bytes: count * passes * ACTIVATION_BYTES })

/** Several ops as one: of matmuls that share their input the columns add up. */
function sum(parts: readonly (Omit<Work, never> | undefined)[]): Work {
  const known = parts.filter((part) => part !== undefined)
  const [first] = known
  const isOne = first !== undefined && first.k > 0 && known.every(({ m, k }) => m === first.m && k === first.k)
  const add = (of: (work: Work) => number): number => known.reduce((all, work) => all + of(work), 0)
  return {
    m: isOne ? first.m : 0,
    n: isOne ? add(({ n }) => n) : 0,
    k: isOne ? first.k : 0,
    flops: add(({ flops }) => flops),
    // A fused matmul reads its input once.
    bytes: add(({ bytes }) => bytes) - (isOne ? (known.length - 1) * first.m * first.k * ACTIVATION_BYTES : 0),
  }
}
