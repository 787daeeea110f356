import { BrokenLaw } from '../base/errors.js'
import { MONITOR, RESOURCE_COUNT, type Servers } from '../run/resources.js'
import { tooLong, type Successors, type TaskGraph, type TaskTable, type TaskWriter } from '../run/tasks.js'
import { EventQueue, longer } from './event-queue.js'
import type { Schedule, Server } from './running.js'

export const ENGINE_VERSION = 3

export type { Running, Schedule, Server } from './running.js'

const CLASSES = 1 << RESOURCE_COUNT

/** What is run: written before, or still being written. */
interface Tasks {
  readonly length: number
  readonly at: Omit<TaskTable, 'length'>
  readonly edges: Successors
}

/**
 * A deterministic list schedule: whenever a server comes free or a task becomes ready, servers go to ready tasks in
 * order of (priority, number); nothing is ever cut. A task starts when all its resources are free; where only
 * the monitor's lock is missing its servers stay with it, or a call would starve behind its caller's other work.
 * Ready tasks wait in one heap a set of resources, so a choice looks at a handful of heads. O(n log n); nothing is
 * allocated a task. With a server, tasks with a hook are answered by more tasks; the whole graph, run again without
 * one, gives the same schedule.
 *
 * Holder: a dependency that ended at the start (lowest number), else the lowest-numbered task that released one of
 * the task's resources then, else the lowest-numbered one that ended then, else the clock. So a walk back over
 * `holder` touches link by link, and a window's exposed times sum to its length.
 */
export function runTasks(graph: TaskGraph | TaskWriter, servers: Servers, server?: Server): Schedule {
  const source: Tasks = 'tasks' in graph ? { length: graph.tasks.length, at: graph.tasks, edges: graph.edges } : graph
  let { mask, durationNs, priority, notBeforeNs, hook } = source.at
  let { head: firstEdge, next: nextEdge, to: edgeTo } = source.edges
  let room = Math.max(64, source.length)
  let startNs = new Float64Array(room).fill(-1)
  let holder = new Int32Array(room).fill(-1)
  let readyNs = new Float64Array(room)
  let readyBy = new Int32Array(room).fill(-1)
  let waiting = new Int32Array(room)
  let over = new Uint8Array(room)
  const heaps = Array.from({ length: CLASSES }, () => new Int32Array(16))
  const size = new Int32Array(CLASSES)
  let masks = new Int32Array(0) // sets of resources that some task needs
  const seen = new Uint8Array(CLASSES) // those, by the set
  // Running tasks and, as -1 - t, arrivals yet to come.
  const events = new EventQueue()
  const free = Int32Array.from(servers)
  const reserved = new Int32Array(RESOURCE_COUNT)
  const releasedNs = new Float64Array(RESOURCE_COUNT).fill(-1)
  const releasedBy = new Int32Array(RESOURCE_COUNT)
  let done = new Int32Array(64) // a stack of tasks that end within the same instant
  let depth = 0
  let busyMask = 0
  let now = 0
  let endedNs = -1
  let endedBy = -1
  let finished = 0
  let n = 0 // tasks that take part
  let edges = 0 // edges that count

  for (let r = 0; r < RESOURCE_COUNT; r++) if (free[r]! <= 0) busyMask |= 1 << r
  admit()
  drain()

  for (;;) {
    startAll()
    if (events.length === 0) break
    now = events.nextNs
    while (events.length > 0 && events.nextNs === now) {
      const t = events.pop()
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
      drain()
    }
    if (server?.swept !== undefined) sweep()
  }
  if (finished !== n) throw new BrokenLaw(`${n - finished} of ${n} tasks never started: they need a resource without servers, or wait for each other`)
  return { startNs: startNs.subarray(0, n), holder: holder.subarray(0, n), endNs: endedNs < 0 ? 0 : endedNs }

  /** Takes in what was written since: counts what each task waits for, and makes ready what waits for nothing. */
  function admit(): void {
    const from = n
    n = source.length
    ;({ mask, durationNs, priority, notBeforeNs, hook } = source.at)
    const { count, on: edgeOn } = source.edges
    ;({ head: firstEdge, next: nextEdge, to: edgeTo } = source.edges)
    if (n > room) grow()
    let isNew = false
    for (let t = from; t < n; t++)
      if (seen[mask[t]!] === 0) {
        seen[mask[t]!] = 1
        isNew = true
      }
    if (isNew) masks = Int32Array.from(Array.from({ length: CLASSES }, (_, m) => m).filter((m) => seen[m] === 1))
    for (; edges < count; edges++) {
      const on = edgeOn[edges]!
      const to = edgeTo[edges]!
      if (over[on] !== 0) {
        if (startNs[on]! + durationNs[on]! === now) heldBy(to, on)
        continue
      }
      if (to < from && waiting[to] === 0) throw new BrokenLaw(`task ${to} is ready already and cannot wait for task ${on}`)
      waiting[to]!++
    }
    for (let t = from; t < n; t++) if (waiting[t] === 0) becomesReady(t)
  }

  function grow(): void {
    const before = startNs.length
    while (room < n) room *= 2
    startNs = longer(startNs, room)
    startNs.fill(-1, before)
    holder = longer(holder, room)
    holder.fill(-1, before)
    readyNs = longer(readyNs, room)
    readyBy = longer(readyBy, room)
    readyBy.fill(-1, before)
    waiting = longer(waiting, room)
    over = longer(over, room)
  }

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
      for (let i = 0; i < masks.length; i++) {
        const m = masks[i]!
        if (size[m] === 0 || (m !== 0 && (m & ~closed) === 0) || (passed & (1 << m)) !== 0) continue
        const t = heaps[m]![0]!
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
    const endsNs = now + durationNs[t]!
    if (endsNs > Number.MAX_SAFE_INTEGER) throw tooLong()
    events.push(t, endsNs)
  }

  /** Task `t` is over: to be drained within this instant. */
  function ends(t: number): void {
    if (depth === done.length) done = longer(done, depth * 2)
    done[depth++] = t
  }

  /** What has ended makes ready what waited for it; joins among that end at once. */
  function drain(): void {
    while (depth > 0) {
      const t = done[--depth]!
      finished++
      over[t] = 1
      if (endedNs !== now || t < endedBy) {
        endedNs = now
        endedBy = t
      }
      if (hook[t] !== 0 && server !== undefined) asked(t, server)
      for (let e = firstEdge[t]!; e >= 0; e = nextEdge[e]!) {
        const s = edgeTo[e]!
        heldBy(s, t)
        if (--waiting[s]! === 0) becomesReady(s)
      }
    }
  }

  function asked(t: number, by: Server): void {
    over[t] = 0 // what is written now waits for it as for any other
    const first = firstEdge[t]!
    const also = by.ended(t, now)
    if (also >= 0) for (let e = first; e >= 0; e = source.edges.next[e]!) (graph as TaskWriter).dependsOn(source.edges.to[e]!, also)
    admit()
    over[t] = 1
  }

  /** Of what ended now, the lowest-numbered dependency holds a task up. */
  function heldBy(s: number, t: number): void {
    if (readyNs[s]! < now || readyBy[s]! < 0 || (readyNs[s] === now && t < readyBy[s]!)) {
      readyNs[s] = now
      readyBy[s] = t
    }
  }

  function becomesReady(t: number): void {
    if (notBeforeNs[t]! > now) events.push(-1 - t, notBeforeNs[t]!)
    else arrives(t)
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
    const p = priority[t]!
    let i = size[m]!++
    if (i === heaps[m]!.length) heaps[m] = longer(heaps[m]!, i * 2)
    const heap = heaps[m]!
    while (i > 0) {
      const up = (i - 1) >> 1
      const u = heap[up]!
      if (priority[u]! < p || (priority[u] === p && u < t)) break
      heap[i] = u
      i = up
    }
    heap[i] = t
  }

  function popReady(m: number): void {
    const heap = heaps[m]!
    const length = --size[m]!
    if (length === 0) return
    const t = heap[length]!
    const p = priority[t]!
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      if (down >= length) break
      let d = heap[down]!
      if (down + 1 < length) {
        const other = heap[down + 1]!
        if (priority[other]! < priority[d]! || (priority[other] === priority[d] && other < d)) {
          down++
          d = other
        }
      }
      if (p < priority[d]! || (p === priority[d] && t < d)) break
      heap[i] = d
      i = down
    }
    heap[i] = t
  }

  /** Forgets what the server says nobody asks for again; order and with it every tie stay. */
  function sweep(): void {
    const keep = server!.swept!({ nowNs: now, length: n, startNs, holder, over })
    if (keep === undefined) return
    const renamed = new Int32Array(n)
    ;(graph as TaskWriter).drop(keep, renamed)
    for (const column of [startNs, holder, readyNs, readyBy, waiting, over]) for (let t = 0; t < n; t++) if (renamed[t]! >= 0) column[renamed[t]!] = column[t]!
    const was = n
    n = source.length
    startNs.fill(-1, n, was)
    holder.fill(-1, n, was)
    readyNs.fill(0, n, was)
    readyBy.fill(-1, n, was)
    waiting.fill(0, n, was)
    over.fill(0, n, was)
    const named = (t: number): number => (t < 0 ? -1 : renamed[t]!)
    for (let t = 0; t < n; t++) {
      holder[t] = named(holder[t]!)
      readyBy[t] = named(readyBy[t]!)
    }
    for (const m of masks) for (let i = 0; i < size[m]!; i++) heaps[m]![i] = renamed[heaps[m]![i]!]!
    events.rename((t) => (t < 0 ? -1 - renamed[-1 - t]! : renamed[t]!))
    for (let r = 0; r < RESOURCE_COUNT; r++) releasedBy[r] = named(releasedBy[r]!)
    endedBy = named(endedBy)
    ;({ mask, durationNs, priority, notBeforeNs, hook } = source.at)
    ;({ head: firstEdge, next: nextEdge, to: edgeTo } = source.edges)
    edges = source.edges.count
    finished -= was - n
    server!.renamed!(renamed)
  }
}
