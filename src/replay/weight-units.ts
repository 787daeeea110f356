import type { Trace } from '../trace/trace.js'
import type { Unit } from './factors.js'

/** Weights that no op names, as a share of all, from which on it is worth a sentence. */
export const UNNAMED = 0.05

/** Which restoration units an op of a request's first step waits for. */
export interface WeightUnits {
  /** The unit that op `i` names, as a layer; -2: none. */
  named(i: number): number
  /** Units that no op names, by the op that they were assigned to: each is needed when as large a part of the step's time has
   *  passed as of the weights lies before it. */
  readonly assigned: ReadonlyMap<number, readonly number[]>
  /** Their bytes over those of all units. */
  readonly assignedShare: number
}

/** For the ops `own[0]` … `own[until - 1]` of a request's first step. */
export function weightUnits(trace: Trace, own: Uint32Array, until: number, units: readonly Unit[]): WeightUnits {
  const { ops, header } = trace
  const named = (i: number): number => {
    const tensor = ops.tensor[i]!
    return tensor >= 0 ? header.tensors[tensor]!.layer : ops.layer[i]! >= 0 ? ops.layer[i]! : -2
  }
  const seen = new Set<number>()
  let stepNs = 0
  for (let j = 0; j < until; j++) {
    seen.add(named(own[j]!))
    stepNs += ops.durationNs[own[j]!]!
  }
  const assigned = new Map<number, number[]>()
  const allBytes = units.reduce((sum, { bytes }) => sum + bytes, 0)
  let before = 0
  let assignedBytes = 0
  let at = 0
  let passedNs = 0
  for (const { layer, bytes } of units) {
    if (!seen.has(layer) && until > 0) {
      const share = before / allBytes
      while (at < until - 1 && passedNs + ops.durationNs[own[at]!]! <= share * stepNs) passedNs += ops.durationNs[own[at++]!]!
      const op = own[at]!
      assigned.set(op, [...(assigned.get(op) ?? []), layer])
      assignedBytes += bytes
    }
    before += bytes
  }
  return { named, assigned, assignedShare: allBytes === 0 ? 0 : assignedBytes / allBytes }
}
