import type { Moment } from './parts.js'
import { TaskState } from './task.js'

const MAX_TASKS = 100_000
const MAX_CPUS = 4096

/** All tasks of a recording, and where events of it are lost. */
export class Tasks {
  /** Counts what is read: what came before what. */
  order = 0
  /** There is no room for more tasks: those that are known end. */
  onFull: () => void = () => {}
  private readonly tasks = new Map<number, TaskState>()
  /** By CPU: when events of it were lost last. */
  private readonly losses = new Map<number, number>()

  get all(): Iterable<TaskState> {
    return this.tasks.values()
  }

  of(at: Moment): TaskState {
    const key = keyOf(at)
    let task = this.tasks.get(key)
    if (task === undefined) {
      if (this.tasks.size === MAX_TASKS) {
        this.onFull()
        this.tasks.clear()
      }
      this.tasks.set(key, (task = new TaskState()))
    }
    return task
  }

  known(at: Moment): TaskState | undefined {
    return this.tasks.get(keyOf(at))
  }

  byPid(pid: number): TaskState | undefined {
    return this.tasks.get(pid)
  }

  /** What was noted under the first number is of the second; what is of none now. */
  adopt(from: number, to: number): TaskState | undefined {
    const known = this.tasks.get(from)
    this.tasks.delete(from)
    if (known === undefined || this.tasks.has(to)) return known
    this.tasks.set(to, known)
    return undefined
  }

  /** Events of the CPU are lost here: what was on it may have ended, and other things begun. */
  lost(cpu: number): void {
    this.order++
    if (this.losses.size < MAX_CPUS || this.losses.has(cpu)) this.losses.set(cpu, this.order)
  }

  /** Whether events of one of the CPUs are lost since then. */
  isLost(since: number, ...cpus: number[]): boolean {
    return this.losses.size > 0 && cpus.some((cpu) => (this.losses.get(cpu) ?? 0) > since)
  }

  /** The task, whose SMC frame is kept while nothing of it is lost. */
  framed(at: Moment): TaskState {
    const task = this.of(at)
    if (task.frame !== undefined && this.isLost(task.frame.order, task.frame.cpu, at.cpu)) task.frame = undefined
    return task
  }
}

/** Every CPU has an idle task, all of them 0. */
const keyOf = ({ pid, cpu }: Moment): number => (pid === 0 ? -1 - cpu : pid)
