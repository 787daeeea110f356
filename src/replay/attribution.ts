import { BrokenLaw } from '../base/errors.js'
import { causeIndex, causes, type Cause } from '../run/causes.js'
import type { TaskGraph, TaskIndex } from '../run/tasks.js'
import type { Schedule } from './engine.js'

const WAIT = causeIndex.wait

/** Where a window's time went: exposed ns by cause index, summing to its length, and what of it other requests held. */
export interface Exposure {
  readonly exposedNs: Float64Array
  /** Other requests' segments: `request * causes.length + cause` → ns; `FURTHER`: those that are not told apart. */
  readonly blockedNs: Map<number, number>
}

/** The key of what is waited for behind the others that are named. */
export const FURTHER = -1

/** How far other requests are told apart in a window: `most` pairs of request and cause; behind them, and before `firstNs`, when
 *  the request's own first task starts, all that is left of the window is waiting. Without it a queue of n requests is walked n times. */
export interface Told {
  readonly most: number
  readonly firstNs: number
}

/**
 * Walks back from the end of `last` over holders and clips at `fromNs`. Every link's end is the next one's start, so
 * the segments fill the window. Time of other requests, and time held by the clock, is `wait`.
 * Throws `BrokenLaw` if the sum is not the length: checked on every window of every run. `told`: see there; all otherwise.
 */
export function exposure(graph: Pick<TaskGraph, 'tasks'>, schedule: Pick<Schedule, 'startNs' | 'holder'>, last: TaskIndex, fromNs: number, request: number, told?: Told, visit?: (task: TaskIndex, startNs: number, endNs: number) => void): Exposure {
  const { tasks } = graph
  const { startNs, holder } = schedule
  const exposedNs = new Float64Array(causes.length)
  const blockedNs = new Map<number, number>()
  const endNs = startNs[last]! + tasks.durationNs[last]!
  let at = endNs
  let t: TaskIndex = last
  while (at > fromNs) {
    if (told !== undefined && blockedNs.size >= told.most && at <= told.firstNs) {
      exposedNs[WAIT]! += at - fromNs
      blockedNs.set(FURTHER, (blockedNs.get(FURTHER) ?? 0) + at - fromNs)
      break
    }
    if (t < 0) {
      exposedNs[WAIT]! += at - fromNs
      visit?.(-1, fromNs, at)
      at = fromNs
      break
    }
    const start = Math.max(startNs[t]!, fromNs)
    if (startNs[t]! + tasks.durationNs[t]! !== at) throw new BrokenLaw(`task ${t} does not end where its successor on the critical path starts`)
    if (at > start) {
      const cause = tasks.cause[t]!
      if (tasks.request[t] === request) exposedNs[cause]! += at - start
      else {
        exposedNs[WAIT]! += at - start
        const named = tasks.request[t]! * causes.length + cause
        const key = told === undefined || blockedNs.size < told.most || blockedNs.has(named) ? named : FURTHER
        blockedNs.set(key, (blockedNs.get(key) ?? 0) + at - start)
      }
      visit?.(t, start, at)
    }
    at = start
    t = holder[t]!
  }
  let sum = 0
  for (const ns of exposedNs) sum += ns
  if (sum !== Math.max(0, endNs - fromNs)) throw new BrokenLaw(`exposed times sum to ${sum} ns in a window of ${endNs - fromNs} ns`)
  return { exposedNs, blockedNs }
}

/** Adds a task's time from `startNs` to `endNs` to the windows `boundsNs[w] … boundsNs[w + 1]` that it lies in; what lies
 *  outside all of them comes last. Index: `w * causes.length + cause`. */
export function addBusy(busy: Float64Array, boundsNs: readonly number[], cause: number, startNs: number, endNs: number): void {
  const windows = boundsNs.length - 1
  const from = boundsNs[0]!
  const to = boundsNs[windows]!
  busy[windows * causes.length + cause]! += Math.max(0, Math.min(endNs, from) - startNs) + Math.max(0, endNs - Math.max(startNs, to))
  for (let w = windowAt(boundsNs, startNs); w < windows && boundsNs[w]! < endNs; w++)
    busy[w * causes.length + cause]! += Math.max(0, Math.min(endNs, boundsNs[w + 1]!) - Math.max(startNs, boundsNs[w]!))
}

/** The first window that ends after `ns`. */
function windowAt(boundsNs: readonly number[], ns: number): number {
  let low = 0
  let high = boundsNs.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (boundsNs[middle + 1]! <= ns) low = middle + 1
    else high = middle
  }
  return low
}

/** Non-zero times by cause name, in the causes' order. */
export function namedNs(values: ArrayLike<number>, offset = 0): Partial<Record<Cause, number>> {
  const named: Partial<Record<Cause, number>> = {}
  for (let c = 0; c < causes.length; c++) if (values[offset + c]! !== 0) named[causes[c]!] = values[offset + c]!
  return named
}
