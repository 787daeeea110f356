import type { TaskTable } from '../run/tasks.js'
import type { Running } from './engine.js'
import { ACCOUNTED, type Tally } from './tally.js'

/**
 * Accounts what is over, and marks what must stay: tasks that are not over or whose request is not, what may still hold
 * up a later task, and the chains of holders behind those, back to `neededFromNs`. On a chain, links of one request
 * and cause become one: they touch, so a window sees the same time. Writes `startNs`, `holder`, `durationNs`.
 */
export function sweep(tasks: TaskTable, { length, nowNs, startNs, holder, over }: Running, tally: Tally, neededFromNs: number): Uint8Array {
  const keep = new Uint8Array(length)
  const references = new Int32Array(length)
  for (let t = 0; t < length; t++) {
    if (over[t] === 0 || !tally.isOpen(tasks.request[t]!)) {
      keep[t] = 1
      continue
    }
    if (tasks.hook[t] !== ACCOUNTED) {
      tally.account(tasks, t, startNs[t]!)
      tasks.hook[t] = ACCOUNTED
    }
    if (startNs[t]! + tasks.durationNs[t]! >= nowNs) keep[t] = 1
  }
  for (let t = 0; t < length; t++) {
    if (keep[t] !== 1) continue
    for (let at = t; ; ) {
      const h = pastJoins(at)
      holder[at] = h
      if (h < 0 || startNs[at]! < 0 || startNs[at]! <= neededFromNs) break
      references[h]!++
      if (keep[h] !== 0) break
      keep[h] = 2
      at = h
    }
  }
  // From the latest on, so that a whole run of links folds into its last one.
  for (let t = length - 1; t >= 0; t--) {
    if (keep[t] !== 2) continue
    for (let h = holder[t]!; h >= 0 && keep[h] === 2 && references[h] === 1 && tasks.request[h] === tasks.request[t] && tasks.cause[h] === tasks.cause[t]; h = holder[t]!) {
      tasks.durationNs[t]! += tasks.durationNs[h]!
      startNs[t] = startNs[h]!
      holder[t] = holder[h]!
      keep[h] = 0
    }
  }
  for (let t = 0; t < length; t++) if (keep[t] === 2) keep[t] = 1
  return keep

  /** The holder of `t`, joins left out: they take no time. */
  function pastJoins(t: number): number {
    let h = holder[t]!
    while (h >= 0 && tasks.durationNs[h] === 0 && over[h] !== 0) h = holder[h]!
    return h
  }
}
