import type { NpuEvent } from '../trace/workload.js'
import { NPU } from '../run/resources.js'
import { NORMAL_WORLD, rank, type Rank, type TaskIndex } from '../run/tasks.js'
import type { Agenda } from './agenda.js'
import type { Boundary } from './factors.js'
import type { Lowerer } from './lowerer.js'

/** A job of the normal world on the NPU, as it ran. */
export interface NpuJob {
  readonly id: string
  readonly atNs: number
  readonly durationNs: number
  readonly deadlineNs: number | undefined
  endNs: number
}

/** Which world has the NPU, and the normal world's jobs that wait for it. */
export class NpuTurns {
  readonly jobs: NpuJob[] = []
  private isSecure = false
  /** The latest hand-over: nothing overtakes it. */
  private handed: TaskIndex = -1
  private waiting: NpuJob[] = []

  constructor(
    private readonly l: Lowerer,
    private readonly agenda: Agenda,
  ) {}

  arrived({ id, atNs, durationNs, deadlineNs }: NpuEvent, at: TaskIndex): void {
    const job: NpuJob = { id, atNs, durationNs, deadlineNs, endNs: -1 }
    this.jobs.push(job)
    const { npu } = this.l.policy
    if (npu.boundary === 'job' || !npu.usesNpu || !this.isSecure) this.run(job, this.behind(at))
    else this.waiting.push(job)
  }

  /** For a request that begins. */
  take(after: TaskIndex): TaskIndex {
    if (this.isSecure || !this.l.policy.npu.usesNpu) return after
    this.isSecure = true
    return (this.handed = this.l.policy.npu.take(this.l, this.behind(after)))
  }

  /** At a request's end. */
  give(after: TaskIndex): TaskIndex {
    if (!this.isSecure) return after
    const given = this.handOver(after, this.waiting.length > 0 ? rank.due : rank.after)
    this.runWaiting(given)
    return given
  }

  /** Somebody waits for the NPU. */
  get isWanted(): boolean {
    return this.waiting.length > 0
  }

  /** Inside a request: lets waiting jobs in, and takes the NPU again behind them; -1: nobody came in. */
  between(what: Exclude<Boundary, 'job' | 'request'>, after: TaskIndex): TaskIndex {
    const { npu } = this.l.policy
    const allowed = npu.boundary === 'layer' || npu.boundary === what
    if (!this.isSecure || !allowed || !(this.isWanted || npu.eager)) return -1
    return this.take(this.runWaiting(this.handOver(after, rank.compute)))
  }

  renamed(named: (task: TaskIndex) => TaskIndex): void {
    this.handed = named(this.handed)
  }

  private handOver(after: TaskIndex, at: Rank): TaskIndex {
    this.isSecure = false
    return (this.handed = this.l.policy.npu.give(this.l, after, at))
  }

  private behind(after: TaskIndex): TaskIndex {
    return this.handed < 0 || this.handed === after ? after : this.l.write.join([after, this.handed])
  }

  private runWaiting(after: TaskIndex): TaskIndex {
    const { write } = this.l
    const { request, step } = write
    let last = after
    for (const job of this.waiting) last = this.run(job, last)
    this.waiting = []
    write.request = request
    write.step = step
    return last
  }

  private run(job: NpuJob, after: TaskIndex): TaskIndex {
    const { write } = this.l
    write.request = NORMAL_WORLD
    write.step = 0
    const task = write.add({ cause: 'compute', mask: NPU, rank: rank.due, durationNs: job.durationNs, count: 1 }, after)
    write.at.hook[task] = 1
    this.agenda.when(task, (nowNs) => {
      job.endNs = nowNs
      return undefined
    })
    return task
  }
}
