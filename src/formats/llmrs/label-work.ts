import type { OpKind } from '../../trace/words.js'
import type { ModelWork, Work } from '../model-work.js'
import { kindOfOpWord, roleOfName, type OpRole } from '../op-roles.js'

/** A pass over the model that a table's rows are of. */
export interface Pass {
  readonly tokens: number
  readonly past: number
}

/** What is filled in of an execution. */
export type Filled = Partial<Record<'m' | 'n' | 'k' | 'flops' | 'bytes', number>>

const roleOfKind: Partial<Record<OpKind, OpRole>> = { attention: 'attention', norm: 'norms', activation: 'activation', rope: 'rope', embedding: 'embedding' }
const parts: Partial<Record<OpRole, readonly OpRole[]>> = {
  ffn: ['gate', 'up', 'down'],
  layer: ['q', 'k', 'v', 'o', 'gate', 'up', 'down'],
}

/** What a label of the engine's tables stands for; undefined: for nothing that the model's arithmetic knows (`cast`). */
export function roleOfLabel(label: string): OpRole | undefined {
  if (label === 'matmul') return 'layer'
  if (/^add_/.test(label)) return 'residual'
  if (/^kv_/.test(label)) return 'kv-write'
  const kind = kindOfOpWord(label)
  return kind === 'matmul' ? roleOfName(label) : roleOfKind[kind]
}

/** Whether a role comes once a pass and not in each layer. */
export const isOfPass = (role: OpRole | undefined): boolean => role === 'head' || role === 'embedding'

/** The work of one of `executions` that together do all that the label does in a pass over `layers` layers (1: a table of one
 *  layer), the `j`-th of its layer. The engine may record a product in pieces: the shape is then a share of its columns. */
export function workOfLabel(work: ModelWork, role: OpRole, { tokens, past }: Pass, layers: number, executions: number, j: number): Filled {
  const whole = work.of(role, tokens, past)
  if (whole === undefined || executions === 0) return {}
  const times = isOfPass(role) ? 1 : role === 'residual' ? 2 * layers : layers
  const share = (of: (one: Work) => number): number => Math.round((of(whole) * times) / executions)
  const last = role === 'norms' && executions > 2 * layers ? finalNorm(work, tokens, past) : undefined
  const filled: Filled = {
    flops: share(({ flops }) => flops) + Math.round((last?.flops ?? 0) / executions),
    bytes: share(({ bytes }) => bytes) + Math.round((last?.bytes ?? 0) / executions),
  }
  const aLayer = isOfPass(role) ? executions : executions / layers
  const split = parts[role]
  if (whole.k > 0) return { ...filled, ...piece(whole, aLayer) }
  if (split === undefined || aLayer % split.length !== 0) return filled
  const of = work.of(split[Math.floor((j * split.length) / aLayer) % split.length]!, tokens, past)
  if (of === undefined) return filled
  const pieces = aLayer / split.length
  return { flops: Math.round(of.flops / pieces), bytes: Math.round(of.bytes / pieces), ...piece(of, pieces) }
}

/** A share of a matmul's columns; nothing where they cannot be shared out. */
const piece = ({ m, n, k }: Work, pieces: number): Filled => (Number.isInteger(pieces) && n % pieces === 0 ? { m, n: n / pieces, k } : {})

/** The model's last norm, which tables of whole passes count among the others. */
function finalNorm(work: ModelWork, tokens: number, past: number): Work | undefined {
  const norm = work.of('norm', tokens, past)
  return norm === undefined ? undefined : { ...norm, flops: norm.flops / tokens, bytes: norm.bytes / tokens }
}
