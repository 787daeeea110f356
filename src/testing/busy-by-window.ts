import { addBusy } from '../replay/attribution.js'
import type { Schedule } from '../replay/engine.js'
import { causes } from '../run/causes.js'
import type { TaskGraph } from '../run/tasks.js'

/** Busy time by cause of one request's tasks, clipped to consecutive windows; indexed as `addBusy` says. */
export function busyByWindow({ tasks }: Pick<TaskGraph, 'tasks'>, schedule: Schedule, request: number, boundsNs: readonly number[]): Float64Array {
  const busy = new Float64Array(boundsNs.length * causes.length)
  for (let t = 0; t < tasks.length; t++) {
    const startNs = schedule.startNs[t]!
    if (tasks.request[t] === request && tasks.durationNs[t] !== 0) addBusy(busy, boundsNs, tasks.cause[t]!, startNs, startNs + tasks.durationNs[t]!)
  }
  return busy
}
