import { MONITOR, RESOURCE_COUNT, type Servers } from '../run/resources.js'
import type { TaskGraph } from '../run/tasks.js'
import { dependenciesOf } from './dependencies.js'

/** The engine's rules written for reading, in O(n²): the oracle of `runTasks`. Durations of tasks that hold a resource
 *  must be at least 1. */
export function slowSchedule(graph: TaskGraph, servers: Servers): { startNs: number[]; holder: number[] } {
  const { tasks } = graph
  const { first, to } = dependenciesOf(graph)
  const all = Array.from({ length: tasks.length }, (_, t) => ({
    t,
    mask: tasks.mask[t]!,
    priority: tasks.priority[t]!,
    notBefore: tasks.notBeforeNs[t]!,
    duration: tasks.durationNs[t]!,
    after: [...to.subarray(first[t]!, first[t + 1]!)],
    start: -1,
    ended: false,
    holder: -1,
  }))
  const bits = (mask: number): number[] => Array.from({ length: RESOURCE_COUNT }, (_, r) => r).filter((r) => (mask & (1 << r)) !== 0)
  const free = [...servers]
  const endOf = (t: number): number => all[t]!.start + all[t]!.duration
  let now = 0
  const isReady = (task: (typeof all)[number]): boolean => task.start < 0 && task.notBefore <= now && task.after.every((on) => all[on]!.ended)
  for (;;) {
    for (let again = true; again; ) {
      again = false
      for (const task of all) {
        if (task.start >= 0 && !task.ended && endOf(task.t) === now) {
          task.ended = true
          for (const r of bits(task.mask)) free[r]!++
          again = true
        }
        if (isReady(task) && task.mask === 0 && task.duration === 0) {
          task.start = now
          task.ended = true
          again = true
        }
      }
    }
    const reserved = free.map(() => 0)
    const passed = new Set<number>()
    for (const task of all.filter(isReady).sort((a, b) => a.priority - b.priority || a.t - b.t)) {
      if (passed.has(task.mask)) continue
      const missing = bits(task.mask).filter((r) => free[r]! - reserved[r]! <= 0)
      if (missing.length === 0) {
        task.start = now
        for (const r of bits(task.mask)) free[r]!--
      } else {
        passed.add(task.mask)
        if (missing.length === 1 && 1 << missing[0]! === MONITOR) for (const r of bits(task.mask)) if (1 << r !== MONITOR) reserved[r]!++
      }
    }
    const times = all.flatMap((task) => (task.start < 0 ? (task.notBefore > now ? [task.notBefore] : []) : task.ended ? [] : [endOf(task.t)]))
    if (times.length === 0) break
    now = Math.min(...times)
  }
  for (const task of all) task.holder = holderOf(task.t)
  return { startNs: all.map((task) => task.start), holder: all.map((task) => task.holder) }

  /** By definition, from times alone. */
  function holderOf(t: number): number {
    const task = all[t]!
    const endedThen = (u: number): boolean => u !== t && endOf(u) === task.start && (all[u]!.start < task.start || all[u]!.mask === 0)
    const dependency = task.after.filter((on) => endOf(on) === task.start).sort((a, b) => a - b)[0]
    if (dependency !== undefined) return dependency
    const server = all.find((u) => endedThen(u.t) && (u.mask & task.mask) !== 0)
    if (server !== undefined) return server.t
    if (task.notBefore === task.start || task.start === 0) return -1
    return all.find((u) => endedThen(u.t))?.t ?? -1
  }
}
