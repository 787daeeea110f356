import { rank, type TaskIndex } from '../run/tasks.js'
import type { Agenda } from './agenda.js'
import type { Lowerer } from './lowerer.js'
import type { RequestSource } from './request-source.js'

/** A request that has arrived and is not served yet. */
export interface Waiting {
  readonly index: number
  readonly arrivalNs: number
  /** The task whose end is the arrival; -1: forgotten. */
  arrived: TaskIndex
}

/** Who has arrived, who waits, whose last token is out. A workflow's next request arrives when those before it have ended. */
export class Arrivals {
  /** In order of arrival. */
  queue: Waiting[] = []
  private readonly known = new Set<number>()
  private readonly over = new Set<number>()

  constructor(
    private readonly l: Lowerer,
    private readonly agenda: Agenda,
    private readonly source: RequestSource,
    /** Somebody has come: now, at a task. */
    private readonly onArrival: (at: TaskIndex) => void,
  ) {}

  /** Requests that come of their own, as clocked tasks. */
  announce(): void {
    const { write } = this.l
    for (const [index, request] of this.source.requests.entries()) {
      if (request.after.length > 0) continue
      write.request = index
      this.agenda.when(write.hooked([], request.arrivalNs), (nowNs, at) => void this.arrive(index, at, nowNs))
    }
  }

  /** A request's last token is out: who waited for it arrives, at once or when its think time has passed. */
  ended(index: number, at: TaskIndex, nowNs: number): void {
    this.over.add(index)
    for (const [other, { after, thinkNs, arrivalNs }] of this.source.requests.entries())
      if (after.includes(index) && after.every((on) => this.over.has(on))) this.follow(other, Math.max(thinkNs, arrivalNs - nowNs), at, nowNs)
  }

  /** Who will be served after `index`, as far as anybody knows: the first that waits, else its workflow's next. */
  nextAfter(index: number): number | undefined {
    const waiting = this.queue[0]?.index
    if (waiting !== undefined) return waiting
    const next = this.source.requests.findIndex(({ after }) => after.includes(index) && after.every((on) => on === index || this.over.has(on)))
    return next < 0 ? undefined : next
  }

  renamed(named: (task: TaskIndex) => TaskIndex): void {
    for (const waiting of this.queue) waiting.arrived = named(waiting.arrived)
  }

  /** Of requests that arrive at one instant, the first of the list is the first. */
  private arrive(index: number, at: TaskIndex, nowNs: number): void {
    if (this.known.has(index)) return
    for (const [other, request] of this.source.requests.entries())
      if (other === index || (request.after.length === 0 && request.arrivalNs === nowNs && !this.known.has(other))) this.enqueue(other, at, nowNs)
    this.onArrival(at)
  }

  private enqueue(index: number, at: TaskIndex, nowNs: number): void {
    this.known.add(index)
    this.queue.push({ index, arrivalNs: nowNs, arrived: at })
  }

  private follow(index: number, waitNs: number, at: TaskIndex, nowNs: number): void {
    if (waitNs <= 0) return this.enqueue(index, at, nowNs) // whoever ended serves the next
    const { write } = this.l
    write.request = index
    write.step = 0
    const timer = write.add({ cause: 'wait', mask: 0, rank: rank.compute, durationNs: waitNs }, at)
    write.at.hook[timer] = 1
    this.agenda.when(timer, (thenNs, task) => void this.arrive(index, task, thenNs))
  }
}
