import type { Trace } from '../trace/trace.js'
import { opKinds, phases, type OpKind } from '../trace/words.js'

/** Sums of a trace, to be held against arithmetic that is not an importer's. */
export interface Meaning {
  /** Whole ns by kind, without kinds that are not there. */
  readonly nsByKind: Partial<Record<OpKind, number>>
  readonly ns: number
  readonly flops: number
  readonly bytes: number
  /** By phase: its first and last step. */
  readonly steps: Readonly<Record<string, readonly [first: number, last: number]>>
}

/** The sums of the ops that `of` picks (by index); by default of all. */
export function meaningOf({ ops }: Trace, of: (op: number) => boolean = () => true): Meaning {
  const nsByKind: Partial<Record<OpKind, number>> = {}
  const steps: Record<string, [number, number]> = {}
  let [ns, flops, bytes] = [0, 0, 0]
  for (let i = 0; i < ops.length; i++) {
    if (!of(i)) continue
    const kind = opKinds[ops.kind[i]!]!
    nsByKind[kind] = (nsByKind[kind] ?? 0) + ops.durationNs[i]!
    ns += ops.durationNs[i]!
    flops += ops.flops[i]!
    bytes += ops.bytes[i]!
    const phase = phases[ops.phase[i]!]!
    const [first, last] = steps[phase] ?? [Infinity, 0]
    steps[phase] = [Math.min(first, ops.step[i]!), Math.max(last, ops.step[i]!)]
  }
  return { nsByKind, ns, flops, bytes, steps }
}

/** Whether `found` is within 5 % of `expected`. */
export const isNear = (found: number, expected: number): boolean => Math.abs(found - expected) <= 0.05 * Math.abs(expected)
