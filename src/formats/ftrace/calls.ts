import type { Skipped } from '../skipped.js'
import { RETURN_FROM_RPC, THREAD_LIMIT, isRpcEnd, wordOfCall, wordOfEnd } from './smc-words.js'

/** Who did it and when. `timeNs` NaN: the file has no clock. */
export interface Moment {
  readonly comm: string
  readonly pid: number
  readonly cpu: number
  readonly timeNs: number
}

/** A recorded piece of a call. `startNs` NaN where there is no clock; `how` names what was worked out. */
export interface SwitchPart {
  readonly kind: 'world-switch' | 'rpc' | 'interrupt'
  readonly name: string
  readonly type: string
  readonly comm: string
  readonly pid: number
  readonly startNs: number
  readonly durationNs: number
  readonly how: 'events' | 'function-graph' | 'no-clock'
}

interface OpenPair {
  readonly begin: Moment
  readonly param: string
  readonly name: string
  /** Of handlers and of other tasks while the SMC was on. */
  awayNs: number
  /** As the function graph measured the SMC itself; NaN: it did not. */
  smcNs: number
  awayInSmcNs: number
}

interface Task {
  open: OpenPair | undefined
  /** The end before: its call goes on when the task comes back with the same param. */
  last: { at: Moment; a0: number; param: string } | undefined
  /** The driver's function that makes the call, where functions were traced. */
  caller: string
  outSinceNs: number
}

const MAX_TASKS = 100_000

/** Pairs begins with ends task by task, and pairs with calls: a call is a chain of pairs, resumed from its RPCs with
 *  the same param (FORMATS: world switches). What lost its partner is counted in `skipped`. */
export class Calls {
  private readonly tasks = new Map<number, Task>()
  private readonly irqs = new Map<number, { at: Moment; name: string }[]>()

  constructor(
    private readonly skipped: Skipped,
    private readonly emit: (part: SwitchPart) => void,
  ) {}

  /** What was noted under `pid` was done by `task`. */
  adopt(pid: number, task: { readonly comm: string; readonly pid: number }): void {
    const known = this.tasks.get(pid)
    if (known === undefined) return
    this.tasks.delete(pid)
    if (!this.tasks.has(task.pid)) this.tasks.set(task.pid, known)
  }

  /** The driver's function that the task is in. */
  caller(at: Moment, name: string): void {
    this.task(at.pid).caller = name
  }

  begin(at: Moment, param: string, a0: number): void {
    const task = this.task(at.pid)
    const { last } = task
    if (task.open !== undefined) this.skipped.count('begin without its end')
    const isSame = last !== undefined && last.param === param
    const waits = last !== undefined && isRpcEnd(last.a0)
    let name = wordOfCall(a0)
    if (a0 === RETURN_FROM_RPC) {
      if (task.open === undefined && waits && isSame) this.gap(last, at)
      else {
        if (waits && !isSame) this.skipped.count('call without its end')
        this.skipped.count('call without its head')
      }
    } else {
      if (task.open === undefined && last?.a0 === THREAD_LIMIT && isSame) this.gap(last, at)
      else if (waits) this.skipped.count('call without its end')
      if (task.caller !== '') name = task.caller
    }
    task.open = { begin: at, param, name, awayNs: 0, smcNs: NaN, awayInSmcNs: 0 }
    task.last = undefined
  }

  end(at: Moment, param: string, a0: number): void {
    const task = this.task(at.pid)
    const { open } = task
    if (open === undefined || open.param !== param) {
      if (open !== undefined) this.skipped.count('begin without its end')
      this.skipped.count('end without its begin')
      // Its call goes on all the same: the next begin of the same param resumes it.
      task.open = undefined
      task.last = undefined
      return
    }
    const hasClock = !Number.isNaN(at.timeNs) && !Number.isNaN(open.begin.timeNs)
    const whole = at.timeNs - open.begin.timeNs
    if (hasClock && whole < 0) this.skipped.count('end before its begin')
    else {
      const bySmc = !Number.isNaN(open.smcNs)
      const durationNs = bySmc ? open.smcNs - open.awayInSmcNs : hasClock ? whole - open.awayNs : 0
      this.emit({
        kind: 'world-switch',
        name: open.name,
        type: wordOfEnd(a0),
        comm: open.begin.comm,
        pid: at.pid,
        startNs: open.begin.timeNs,
        durationNs: Math.max(0, durationNs),
        how: bySmc ? 'function-graph' : hasClock ? 'events' : 'no-clock',
      })
    }
    task.open = undefined
    task.last = { at, a0, param }
    if (!isRpcEnd(a0) && a0 !== THREAD_LIMIT) task.caller = ''
  }

  /** The function graph measured an SMC of the task: inside a pair its own time, elsewhere a fast call without events. */
  smc(at: Moment, durationNs: number): void {
    const task = this.tasks.get(at.pid)
    if (task?.open !== undefined && Number.isNaN(task.open.smcNs)) task.open.smcNs = durationNs
    else
      this.emit({ kind: 'world-switch', name: 'fast-call', type: 'done', comm: at.comm, pid: at.pid, startNs: at.timeNs, durationNs, how: 'function-graph' })
  }

  /** A call of which one event tells at its end how long it took. */
  told(at: Moment, durationNs: number, name: string): void {
    this.emit({ kind: 'world-switch', name, type: 'done', comm: at.comm, pid: at.pid, startNs: at.timeNs - durationNs, durationNs, how: Number.isNaN(at.timeNs) ? 'no-clock' : 'events' })
  }

  interruptIn(at: Moment, name: string): void {
    const stack = this.irqs.get(at.cpu) ?? []
    if (stack.length < 64) stack.push({ at, name })
    this.irqs.set(at.cpu, stack)
  }

  interruptOut(at: Moment, durationNs = NaN, isInSmc = false): void {
    const entered = this.irqs.get(at.cpu)?.pop()
    const open = this.tasks.get(at.pid)?.open
    if (entered === undefined || open === undefined || entered.at.pid !== at.pid || entered.at.timeNs < open.begin.timeNs) return
    const took = Number.isNaN(durationNs) ? at.timeNs - entered.at.timeNs : durationNs
    if (Number.isNaN(took) || took < 0) return
    open.awayNs += took
    if (isInSmc) open.awayInSmcNs += took
    this.emit({ kind: 'interrupt', name: entered.name, type: 'handler', comm: at.comm, pid: at.pid, startNs: entered.at.timeNs, durationNs: took, how: 'events' })
  }

  /** Another task took the CPU: while a pair is open (a kernel that may preempt there), that is not the SMC's time. */
  switched(at: Moment, fromPid: number, toPid: number): void {
    const from = this.tasks.get(fromPid)
    if (from?.open !== undefined) from.outSinceNs = at.timeNs
    const to = this.tasks.get(toPid)
    if (to?.open === undefined || Number.isNaN(to.outSinceNs)) return
    const took = at.timeNs - to.outSinceNs
    if (took > 0) {
      to.open.awayNs += took
      const { comm } = to.open.begin
      this.emit({ kind: 'interrupt', name: 'preempted', type: 'other-task', comm, pid: toPid, startNs: to.outSinceNs, durationNs: took, how: 'events' })
    }
    to.outSinceNs = NaN
  }

  /** Ends the file: what is still open has lost its partner. */
  finish(): void {
    for (const { open, last } of this.tasks.values()) {
      if (open !== undefined) this.skipped.count('begin without its end')
      else if (last !== undefined && isRpcEnd(last.a0)) this.skipped.count('call without its end')
    }
  }

  private gap(last: NonNullable<Task['last']>, at: Moment): void {
    const took = at.timeNs - last.at.timeNs
    const hasClock = took >= 0
    this.emit({
      kind: 'rpc',
      name: wordOfEnd(last.a0),
      type: wordOfEnd(last.a0),
      comm: at.comm,
      pid: at.pid,
      startNs: last.at.timeNs,
      durationNs: hasClock ? took : 0,
      how: hasClock ? 'events' : 'no-clock',
    })
  }

  private task(pid: number): Task {
    let task = this.tasks.get(pid)
    if (task === undefined) {
      if (this.tasks.size === MAX_TASKS) this.tasks.clear()
      this.tasks.set(pid, (task = { open: undefined, last: undefined, caller: '', outSinceNs: NaN }))
    }
    return task
  }
}
