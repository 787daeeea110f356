import type { Trace } from '../trace/trace.js'
import { isSwitchKind, processorNames } from '../trace/words.js'

/** How many ops ran at one time on each processor, by `processorNames`; 0: it ran none. */
export type Concurrency = readonly [cpu: number, npu: number, gpu: number]

const known = new WeakMap<Trace, Concurrency>()

/** The most ops that a recording shows at one time on each processor. Ops whose starts are inferred ran one by one. */
export function recordedConcurrency(trace: Trace): Concurrency {
  let found = known.get(trace)
  if (found === undefined) known.set(trace, (found = concurrencyOf(trace)))
  return found
}

/** Of each rule set: whether the start of an op that has it was inferred. */
export const inferredStarts = ({ header }: Trace): readonly boolean[] => header.ruleSets.map((rules) => rules['startNs'] !== undefined)

function concurrencyOf(trace: Trace): Concurrency {
  const { ops } = trace
  const isLaid = inferredStarts(trace)
  const most = processorNames.map((_, processor) => {
    const mine = Array.from(ops.startNs.keys()).filter((i) => ops.processor[i] === processor && !isSwitchKind(ops.kind[i]!))
    const placed = Float64Array.from(mine.filter((i) => ops.durationNs[i]! > 0 && isLaid[ops.rules[i]!] !== true))
    const ends = placed.map((i) => ops.startNs[i]! + ops.durationNs[i]!).sort()
    const starts = placed.map((i) => ops.startNs[i]!).sort()
    let running = 0
    let peak = mine.length > 0 ? 1 : 0
    for (let s = 0, e = 0; s < starts.length; s++) {
      while (ends[e]! <= starts[s]!) {
        e++
        running--
      }
      peak = Math.max(peak, ++running)
    }
    return peak
  })
  return [most[0]!, most[1]!, most[2]!]
}
