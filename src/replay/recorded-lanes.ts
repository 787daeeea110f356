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
    const mine = new Float64Array(ops.length) // starts, in order as ops are
    const until = new Float64Array(ops.length)
    let [timed, any] = [0, false]
    for (let i = 0; i < ops.length; i++) {
      if (ops.processor[i] !== processor || isSwitchKind(ops.kind[i]!)) continue
      any = true
      if (ops.durationNs[i] === 0 || isLaid[ops.rules[i]!] === true) continue
      mine[timed] = ops.startNs[i]!
      until[timed++] = ops.startNs[i]! + ops.durationNs[i]!
    }
    const starts = mine.subarray(0, timed)
    const ends = until.subarray(0, timed).sort()
    let running = 0
    let peak = any ? 1 : 0
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
