import type { Replayed } from '../replay/replay.js'
import type { Trace } from '../trace/trace.js'
import { opKinds, phases } from '../trace/words.js'

/** From the start of an op's first task to the end of its last, in ns, by its number in the trace; 0: it has none. */
export function opSpans(trace: Trace, { plan, schedule }: Replayed): Float64Array {
  const { tasks } = plan.graph
  const from = new Float64Array(trace.ops.length).fill(Infinity)
  const to = new Float64Array(trace.ops.length)
  for (let t = 0; t < tasks.length; t++) {
    const op = tasks.op[t]!
    if (op < 0) continue
    from[op] = Math.min(from[op]!, schedule.startNs[t]!)
    to[op] = Math.max(to[op]!, schedule.startNs[t]! + tasks.durationNs[t]!)
  }
  return to.map((ns, op) => (from[op] === Infinity ? 0 : ns - from[op]!))
}

/** Ops of one kind in one phase, under two policies. */
export interface OpDifference {
  readonly phase: string
  readonly kind: string
  readonly ops: number
  readonly firstNs: number
  readonly secondNs: number
  readonly differenceNs: number
  /** The op that differs most. */
  readonly most: string
  readonly mostNs: number
}

/** Where operators take longer under one policy than under another: by phase and kind, the largest difference first. */
export function opDifferences(trace: Trace, first: Float64Array, second: Float64Array): OpDifference[] {
  const { ops, strings } = trace
  const groups = new Map<string, { phase: string; kind: string; ops: number; firstNs: number; secondNs: number; most: number; mostNs: number }>()
  for (let op = 0; op < ops.length; op++) {
    if (first[op] === 0 && second[op] === 0) continue
    const [phase, kind] = [phases[ops.phase[op]!]!, opKinds[ops.kind[op]!]!]
    const key = `${phase} ${kind}`
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = { phase, kind, ops: 0, firstNs: 0, secondNs: 0, most: op, mostNs: 0 }))
    const differenceNs = first[op]! - second[op]!
    group.ops++
    group.firstNs += first[op]!
    group.secondNs += second[op]!
    if (Math.abs(differenceNs) > Math.abs(group.mostNs)) {
      group.most = op
      group.mostNs = differenceNs
    }
  }
  const nameOf = (op: number): string => {
    const layer = ops.layer[op]!
    return `${strings[ops.name[op]!] || opKinds[ops.kind[op]!]!}${layer >= 0 ? `, layer ${layer}` : ''}, step ${ops.step[op]!}`
  }
  return [...groups.values()]
    .map(({ most, ...group }) => ({ ...group, differenceNs: group.firstNs - group.secondNs, most: nameOf(most) }))
    .sort((a, b) => Math.abs(b.differenceNs) - Math.abs(a.differenceNs) || (a.phase + a.kind < b.phase + b.kind ? -1 : 1))
}
