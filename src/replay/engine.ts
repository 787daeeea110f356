import { BrokenLaw } from '../base/errors.js'
import { MONITOR, RESOURCE_COUNT, type Servers } from '../run/resources.js'
import type { TaskGraph } from '../run/tasks.js'

export const ENGINE_VERSION = 1

/** When each task started, and what held it up until then: the one task whose end is its start (-1: the clock). */
export interface Schedule {
  readonly startNs: Float64Array
  readonly holder: Int32Array
  readonly endNs: number
}

const CLASSES = 1 << RESOURCE_COUNT

/**
 * A deterministic list schedule: whenever a server comes free or a task becomes ready, servers go to ready tasks in
 * order of (priority, number); nothing is ever cut. A task starts when all its resources are free; where only
 * the monitor's lock is missing its servers stay with it, or a call would starve behind its caller's other work.
 * Ready tasks wait in one heap a set of resources, so a choice looks at a handful of heads. O(n log n); nothing is
 * allocated a task.
 *
 * Holder: a dependency that ended at the start (lowest number), else the lowest-numbered task that released one of
 * the task's resources then, else the lowest-numbered one that ended then, else the clock. So a walk back over
 * `holder` touches link by link, and a window's exposed times sum to its length.
 */
export function runTasks(graph: TaskGraph, servers: Servers): Schedule {
  const { tasks, first, to } = graph
  const { mask, durationNs, priority, notBeforeNs } = tasks
  const n = tasks.length
  const next = successors(n, first, to)
  const startNs = new Float64Array(n).fill(-1)
  const holder = new Int32Array(n).fill(-1)
  const readyNs = new Float64Array(n)
  const readyBy = new Int32Array(n).fill(-1)
  const waiting = new Int32Array(n)
  const ready = readyHeaps(n, mask)
  const { heap, base, size } = ready
  // Running tasks and, as -1 - t, arrivals yet to come; ordered by (time, number).
  const events = new Int32Array(n + 1)
  const eventNs = new Float64Array(n + 1)
  let eventCount = 0
  const free = Int32Array.from(servers)
  const reserved = new Int32Array(RESOURCE_COUNT)
  const releasedNs = new Float64Array(RESOURCE_COUNT).fill(-1)
  const releasedBy = new Int32Array(RESOURCE_COUNT)
  const done = new Int32Array(n) // a stack of joins to finish within the same instant
  let busyMask = 0
  let now = 0
  let endedNs = -1
  let endedBy = -1
  let finished = 0

  for (let r = 0; r < RESOURCE_COUNT; r++) if (free[r]! <= 0) busyMask |= 1 << r
  for (let t = 0; t < n; t++) waiting[t] = first[t + 1]! - first[t]!
  for (let t = 0; t < n; t++) if (first[t + 1]! === first[t]! && startNs[t] === -1) becomesReady(t)

  for (;;) {
    startAll()
    if (eventCount === 0) break
    now = eventNs[0]!
    while (eventCount > 0 && eventNs[0] === now) {
      const t = popEvent()
      if (t < 0) arrives(-1 - t)
      else {
        let held = mask[t]!
        for (let r = 0; held !== 0; r++, held >>= 1)
          if ((held & 1) !== 0) {
            if (free[r]!++ === 0) busyMask &= ~(1 << r)
            if (releasedNs[r] !== now || t < releasedBy[r]!) {
              releasedNs[r] = now
              releasedBy[r] = t
            }
          }
        ends(t)
      }
    }
  }
  if (finished !== n) throw new BrokenLaw(`${n - finished} of ${n} tasks never started: they need a resource without servers, or wait for each other`)
  return { startNs, holder, endNs: endedNs < 0 ? 0 : endedNs }

  /** Ready tasks in order of (priority, number). One that lacks the lock alone keeps its servers from lower ones: its
   *  caller waits on its own core. One that lacks a server keeps nothing: nobody takes a lock without a core. */
  function startAll(): void {
    let closed = busyMask // resources with no server left to give
    let passed = 0 // sets of resources whose head must wait
    reserved.fill(0)
    for (;;) {
      let best = -1
      let bestPriority = Infinity
      let bestTask = 0
      for (let i = 0; i < ready.masks.length; i++) {
        const m = ready.masks[i]!
        if (size[m] === 0 || (m !== 0 && (m & ~closed) === 0) || (passed & (1 << m)) !== 0) continue
        const t = heap[base[m]!]!
        const p = priority[t]!
        if (p < bestPriority || (p === bestPriority && t < bestTask)) {
          best = m
          bestPriority = p
          bestTask = t
        }
      }
      if (best < 0) return
      if ((best & closed) === 0) {
        popReady(best)
        start(bestTask, best)
        closed |= busyMask
      } else {
        passed |= 1 << best
        if ((best & closed) === MONITOR) for (let r = 0; r < RESOURCE_COUNT; r++) if ((best & ~MONITOR & (1 << r)) !== 0) reserved[r]!++
      }
      for (let r = 0; r < RESOURCE_COUNT; r++) if (free[r]! <= reserved[r]!) closed |= 1 << r
    }
  }

  function start(t: number, m: number): void {
    startNs[t] = now
    if (readyBy[t]! >= 0 && readyNs[t] === now) holder[t] = readyBy[t]!
    else {
      let by = -1
      let held = m
      for (let r = 0; held !== 0; r++, held >>= 1)
        if ((held & 1) !== 0 && releasedNs[r] === now && (by < 0 || releasedBy[r]! < by)) by = releasedBy[r]!
      if (by < 0 && notBeforeNs[t] !== now && endedNs === now) by = endedBy
      holder[t] = by
    }
    let held = m
    for (let r = 0; held !== 0; r++, held >>= 1) if ((held & 1) !== 0 && --free[r]! === 0) busyMask |= 1 << r
    pushEvent(t, now + durationNs[t]!)
  }

  /** Task `t` is over: its successors may be ready, joins among them end at once. */
  function ends(task: number): void {
    let depth = 0
    done[depth++] = task
    while (depth > 0) {
      const t = done[--depth]!
      finished++
      if (endedNs !== now || t < endedBy) {
        endedNs = now
        endedBy = t
      }
      for (let e = next.first[t]!; e < next.first[t + 1]!; e++) {
        const s = next.to[e]!
        if (readyNs[s]! < now || readyBy[s]! < 0 || (readyNs[s] === now && t < readyBy[s]!)) {
          readyNs[s] = now
          readyBy[s] = t
        }
        if (--waiting[s]! > 0) continue
        if (notBeforeNs[s]! > now) pushEvent(-1 - s, notBeforeNs[s]!)
        else if (mask[s] === 0 && durationNs[s] === 0) {
          startNs[s] = now
          holder[s] = readyBy[s]!
          done[depth++] = s
        } else pushReady(s)
      }
    }
  }

  function becomesReady(t: number): void {
    if (notBeforeNs[t]! > 0) pushEvent(-1 - t, notBeforeNs[t]!)
    else if (mask[t] === 0 && durationNs[t] === 0) {
      startNs[t] = 0
      ends(t)
    } else pushReady(t)
  }

  /** A join ends as it arrives: what waits for it is ready within the same instant. */
  function arrives(t: number): void {
    if (mask[t] !== 0 || durationNs[t] !== 0) return pushReady(t)
    startNs[t] = now
    holder[t] = readyNs[t] === now ? readyBy[t]! : -1
    ends(t)
  }

  function pushReady(t: number): void {
    const m = mask[t]!
    const at = base[m]!
    const p = priority[t]!
    let i = size[m]!++
    while (i > 0) {
      const up = (i - 1) >> 1
      const u = heap[at + up]!
      if (priority[u]! < p || (priority[u] === p && u < t)) break
      heap[at + i] = u
      i = up
    }
    heap[at + i] = t
  }

  function popReady(m: number): void {
    const at = base[m]!
    const length = --size[m]!
    if (length === 0) return
    const t = heap[at + length]!
    const p = priority[t]!
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      if (down >= length) break
      let d = heap[at + down]!
      if (down + 1 < length) {
        const other = heap[at + down + 1]!
        if (priority[other]! < priority[d]! || (priority[other] === priority[d] && other < d)) {
          down++
          d = other
        }
      }
      if (p < priority[d]! || (p === priority[d] && t < d)) break
      heap[at + i] = d
      i = down
    }
    heap[at + i] = t
  }

  function pushEvent(t: number, ns: number): void {
    let i = eventCount++
    while (i > 0) {
      const up = (i - 1) >> 1
      if (eventNs[up]! < ns || (eventNs[up] === ns && events[up]! < t)) break
      eventNs[i] = eventNs[up]!
      events[i] = events[up]!
      i = up
    }
    eventNs[i] = ns
    events[i] = t
  }

  function popEvent(): number {
    const top = events[0]!
    const length = --eventCount
    if (length > 0) {
      const t = events[length]!
      const ns = eventNs[length]!
      let i = 0
      for (;;) {
        let down = 2 * i + 1
        if (down >= length) break
        if (
          down + 1 < length &&
          (eventNs[down + 1]! < eventNs[down]! || (eventNs[down + 1] === eventNs[down] && events[down + 1]! < events[down]!))
        )
          down++
        if (ns < eventNs[down]! || (ns === eventNs[down] && t < events[down]!)) break
        eventNs[i] = eventNs[down]!
        events[i] = events[down]!
        i = down
      }
      eventNs[i] = ns
      events[i] = t
    }
    return top
  }
}

/** Successors in compressed rows, each row in rising order: a counting sort of the dependencies. */
function successors(n: number, first: Uint32Array, to: Uint32Array): { first: Uint32Array; to: Uint32Array } {
  const outFirst = new Uint32Array(n + 2)
  for (let e = 0; e < to.length; e++) outFirst[to[e]! + 2]!++
  for (let t = 2; t < n + 2; t++) outFirst[t]! += outFirst[t - 1]!
  const out = new Uint32Array(to.length)
  for (let t = 0; t < n; t++) for (let e = first[t]!; e < first[t + 1]!; e++) out[outFirst[to[e]! + 1]!++] = t
  return { first: outFirst.subarray(0, n + 1), to: out }
}

/** Room for one heap a set of resources that some task needs, side by side in one array. */
function readyHeaps(n: number, mask: Uint8Array): { heap: Int32Array; base: Int32Array; size: Int32Array; masks: Int32Array } {
  const count = new Int32Array(CLASSES)
  for (let t = 0; t < n; t++) count[mask[t]!]!++
  const base = new Int32Array(CLASSES)
  const masks: number[] = []
  let at = 0
  for (let m = 0; m < CLASSES; m++) {
    base[m] = at
    at += count[m]!
    if (count[m]! > 0) masks.push(m)
  }
  return { heap: new Int32Array(n), base, size: new Int32Array(CLASSES), masks: Int32Array.from(masks) }
}
