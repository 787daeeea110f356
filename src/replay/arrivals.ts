import { rank, type TaskIndex } from '../run/tasks.js'
import type { Agenda } from './agenda.js'
import type { Queued } from './factors.js'
import type { Lowerer } from './lowerer.js'
import type { RequestSource } from './request-source.js'

/** A request that has arrived and is not served yet, as a scheduler sees it. */
export class Waiting implements Queued {
  constructor(
    /** Index into the source's requests. */
    readonly request: number,
    readonly model: number,
    readonly arrivalNs: number,
    /** The task whose end is the arrival; -1: forgotten. */
    public arrived: TaskIndex,
    private readonly isResident: (model: number) => boolean,
  ) {}

  /** All of its weights are in memory: asked when somebody wants to know, since most schedulers do not. */
  get resident(): boolean {
    return this.isResident(this.model)
  }
}

/** Who has arrived, who waits, whose last token is out. A workflow's next request arrives when those before it have ended. */
export class Arrivals {
  /** In order of arrival. */
  queue: Waiting[] = []
  private readonly known = new Set<number>()
  private readonly over = new Set<number>()
  /** By request: those that wait for its last token, in order. */
  private readonly followers = new Map<number, number[]>()
  /** By time of arrival: requests that wait for nobody, in order, until the first of them has come. */
  private readonly together = new Map<number, number[]>()

  constructor(
    private readonly l: Lowerer,
    private readonly agenda: Agenda,
    private readonly source: RequestSource,
    /** Somebody has come: now, at a task. */
    private readonly onArrival: (at: TaskIndex) => void,
    private readonly isResident: (model: number) => boolean,
  ) {
    for (const [index, { after, arrivalNs }] of source.requests.entries()) {
      if (after.length === 0) listed(this.together, arrivalNs).push(index)
      for (const on of new Set(after)) listed(this.followers, on).push(index)
    }
  }

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
    for (const other of this.followers.get(index) ?? []) {
      const { after, thinkNs, arrivalNs } = this.source.requests[other]!
      if (after.every((on) => this.over.has(on))) this.follow(other, Math.max(thinkNs, arrivalNs - nowNs), at, nowNs)
    }
  }

  /** Who will be served after `index`, as far as anybody knows: the first that waits, else its workflow's next. */
  nextAfter(index: number): number | undefined {
    const waiting = this.queue[0]?.request
    if (waiting !== undefined) return waiting
    return this.followers.get(index)?.find((other) => this.source.requests[other]!.after.every((on) => on === index || this.over.has(on)))
  }

  renamed(named: (task: TaskIndex) => TaskIndex): void {
    for (const waiting of this.queue) waiting.arrived = named(waiting.arrived)
  }

  /** Of requests that arrive at one instant, the first of the list is the first. */
  private arrive(index: number, at: TaskIndex, nowNs: number): void {
    if (this.known.has(index)) return
    const others = this.together.get(nowNs) ?? []
    this.together.delete(nowNs) // they come now, or have come
    for (const other of others.includes(index) ? others : [...others, index].sort((a, b) => a - b)) if (other === index || !this.known.has(other)) this.enqueue(other, at, nowNs)
    this.onArrival(at)
  }

  private enqueue(index: number, at: TaskIndex, nowNs: number): void {
    this.known.add(index)
    this.queue.push(new Waiting(index, this.source.requests[index]!.model, nowNs, at, this.isResident))
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

function listed(lists: Map<number, number[]>, key: number): number[] {
  let list = lists.get(key)
  if (list === undefined) lists.set(key, (list = []))
  return list
}
