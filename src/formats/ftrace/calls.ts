import type { RecordedCalls } from '../../trace/trace.js'
import type { Skipped } from '../skipped.js'
import { CallCount } from './call-count.js'
import { isFastCall, type CallRule, type Moment, type SwitchPart } from './parts.js'
import { RETURN_FROM_RPC, THREAD_LIMIT, isRpcEnd, wordOfCall, wordOfEnd } from './smc-words.js'
import { settle, type OpenPair, type TaskState, type Waiting } from './task.js'
import type { Tasks } from './tasks.js'

/** Pairs begins with ends task by task, and pairs with calls: a call is a chain of pairs, resumed from its RPCs with
 *  the same param (FORMATS: world switches). A fast SMC is a pair of no call and cuts none. What lost its partner is counted in
 *  `skipped`, and never paired across events that are lost. */
export class Calls {
  private readonly count: CallCount

  constructor(
    private readonly tasks: Tasks,
    private readonly skipped: Skipped,
    private readonly emit: (part: SwitchPart) => void,
  ) {
    this.count = new CallCount(skipped)
    tasks.onFull = () => this.finish()
  }

  /** Calls as the recording shows them begin and end. */
  get recorded(): RecordedCalls {
    return this.count.record
  }

  /** What was noted under `pid` was done by `task`. */
  adopt(pid: number, task: { readonly comm: string; readonly pid: number }): void {
    const own = this.tasks.byPid(pid)
    if (own !== undefined) settle(own, this.emit)
    const known = this.tasks.adopt(pid, task.pid)
    if (known !== undefined) this.ends(known)
  }

  /** The driver's function that the task is in. */
  caller(at: Moment, name: string): void {
    this.tasks.of(at).caller = name
  }

  begin(at: Moment, param: string, a0: number): void {
    const isFast = isFastCall(a0)
    const task = this.active(at, isFast)
    if (task.fast !== undefined) this.lostFast(task)
    const pair = { begin: at, order: this.tasks.order, param, a0, awayNs: 0, smc: undefined }
    if (isFast) task.fast = { ...pair, name: wordOfCall(a0), call: 'fast-smc' }
    else {
      const call = this.link(task, at, param, a0)
      task.open = { ...pair, name: a0 !== RETURN_FROM_RPC && task.caller !== '' ? task.caller : wordOfCall(a0), call }
    }
  }

  end(at: Moment, param: string, a0: number): void {
    const task = this.active(at, this.tasks.known(at)?.fast !== undefined)
    if (task.fast !== undefined && this.endFast(task, at, param, a0)) return
    const { open } = task
    task.open = undefined
    const isPair = open !== undefined && open.param === param && !this.tasks.isLost(open.order, open.begin.cpu, at.cpu)
    const hasHead = isPair && open.call !== 'head-not-recorded'
    if (isPair) {
      this.emitPair(open, at, a0)
      this.count.returned(a0, hasHead)
    } else {
      if (open !== undefined) this.count.lost('secure world')
      // What ends here may be the call that is known to wait: its begin from there is lost, and with it where it belongs.
      if (waits(task.last)) this.count.lost('normal world')
      this.skipped.count('end without its begin')
      this.count.met()
    }
    const isOver = !isRpcEnd(a0) && a0 !== THREAD_LIMIT
    task.last = isOver ? undefined : { at, order: this.tasks.order, a0, param, hasHead, awayNs: 0 }
    if (isOver) task.caller = ''
  }

  /** A function graph measured an SMC of the task: inside a pair its own time, elsewhere one without events. */
  smc(at: Moment, startNs: number, durationNs: number, isDrivers: boolean, isLeaf: boolean): void {
    const task = this.tasks.of(at)
    const pair = task.fast ?? task.open
    const untilNs = isLeaf ? startNs + durationNs : NaN
    const measured = { durationNs, startNs, untilNs, isDrivers }
    if (pair !== undefined && (pair.smc === undefined || (isDrivers && !pair.smc.isDrivers))) {
      const other = pair.smc
      pair.smc = measured
      if (other !== undefined) this.emit(loose(at, other.startNs, other.durationNs))
      return
    }
    settle(task, this.emit)
    if (task.last !== undefined && pair === undefined && startNs >= 0) task.last.awayNs += durationNs
    if (isLeaf && startNs >= 0) task.leaf = { part: loose(at, startNs, durationNs), awayNs: 0 }
    else this.emit(loose(at, startNs, durationNs))
  }

  /** A call of which one event tells at its end how long it took. */
  told(at: Moment, durationNs: number, a0: number): void {
    const call = isFastCall(a0) ? 'fast-smc' : 'first-entry'
    if (call === 'first-entry') {
      this.count.begun()
      this.count.returned(0, true)
    }
    const { comm, pid, timeNs } = at
    this.emit({ kind: 'world-switch', name: wordOfCall(a0), type: 'done', comm, pid, startNs: timeNs - durationNs, durationNs, untilNs: timeNs, how: Number.isNaN(timeNs) ? 'no-clock' : 'events', call })
  }

  /** Ends the file: what is still open has lost its partner. */
  finish(): void {
    for (const task of this.tasks.all) this.ends(task)
  }

  private ends(task: TaskState): void {
    settle(task, this.emit)
    if (task.fast !== undefined) this.lostFast(task)
    if (task.open !== undefined) this.count.lost('secure world')
    else if (waits(task.last)) this.count.lost('normal world')
  }

  /** To which call a begin belongs. */
  private link(task: TaskState, at: Moment, param: string, a0: number): CallRule {
    const { open, last } = task
    task.open = undefined
    task.last = undefined
    const isResumed = a0 === RETURN_FROM_RPC
    if (open !== undefined) this.count.lost('secure world')
    else if (waits(last)) {
      const isSame = last.param === param && isRpcEnd(last.a0) === isResumed && !this.tasks.isLost(last.order, last.at.cpu, at.cpu)
      if (isSame) {
        this.gap(last, at)
        return last.hasHead ? 'resumed' : 'head-not-recorded'
      }
      this.count.lost('normal world')
    }
    if (isResumed) this.count.met()
    else this.count.begun()
    return isResumed ? 'head-not-recorded' : 'first-entry'
  }

  /** False: the end is not that of the fast SMC. */
  private endFast(task: TaskState, at: Moment, param: string, a0: number): boolean {
    const fast = task.fast!
    const isItsOwn = fast.param === param && !this.tasks.isLost(fast.order, fast.begin.cpu, at.cpu)
    if (isItsOwn && isRpcEnd(a0) && task.open === undefined) {
      // It sleeps: a call that can be resumed is none of the fast ones, whatever its number says.
      task.fast = undefined
      task.open = { ...fast, call: this.link(task, fast.begin, param, fast.a0) }
      return false
    }
    if (!isItsOwn || isRpcEnd(a0)) {
      this.lostFast(task)
      return false
    }
    task.fast = undefined
    if (task.handlers.isOn) this.skipped.count('fast SMC of a handler: its time is the handler’s')
    else {
      this.emitPair(fast, at, a0)
      const took = at.timeNs - fast.begin.timeNs - fast.awayNs
      for (const around of [task.open ?? task.last, task.frame]) if (took > 0 && around !== undefined) around.awayNs += took
    }
    return true
  }

  private lostFast(task: TaskState): void {
    task.fast = undefined
    this.skipped.count('fast SMC without its end')
  }

  private emitPair(pair: OpenPair, at: Moment, a0: number): void {
    const { begin, smc } = pair
    const whole = at.timeNs - begin.timeNs
    const hasClock = !Number.isNaN(whole)
    if (whole < 0) return this.skipped.count('end before its begin')
    this.emit({
      kind: 'world-switch',
      name: pair.name,
      type: pair.call === 'fast-smc' ? 'done' : wordOfEnd(a0),
      comm: begin.pid === at.pid ? begin.comm : at.comm,
      pid: at.pid,
      startNs: begin.timeNs,
      durationNs: Math.max(0, smc !== undefined ? smc.durationNs : hasClock ? whole - pair.awayNs : 0),
      untilNs: at.timeNs,
      how: smc !== undefined ? 'function-graph' : hasClock ? 'events' : 'no-clock',
      call: pair.call,
    })
  }

  private gap(last: Waiting, at: Moment): void {
    const took = at.timeNs - last.at.timeNs
    const hasClock = took >= 0
    const word = wordOfEnd(last.a0)
    const durationNs = hasClock ? Math.max(0, took - last.awayNs) : 0
    this.emit({ kind: 'rpc', name: word, type: word, comm: at.comm, pid: at.pid, startNs: last.at.timeNs, durationNs, untilNs: last.at.timeNs + durationNs, how: hasClock ? 'events' : 'no-clock' })
  }

  /** The task of which an SMC begins or ends: no handler of it can be on, unless the SMC is the handler's own. */
  private active(at: Moment, mayBeHandlers: boolean): TaskState {
    this.tasks.order++
    const task = this.tasks.of(at)
    settle(task, this.emit)
    if (!mayBeHandlers) {
      task.handlers.drop()
      task.outSinceNs = NaN
    }
    return task
  }
}

const waits = (last: Waiting | undefined): last is Waiting => last !== undefined && (isRpcEnd(last.a0) || last.a0 === THREAD_LIMIT)

const loose = ({ comm, pid }: Moment, startNs: number, durationNs: number): SwitchPart => ({
  kind: 'world-switch',
  name: 'fast-call',
  type: 'done',
  comm,
  pid,
  startNs,
  durationNs,
  untilNs: startNs + durationNs,
  how: 'function-graph',
  call: 'fast-smc',
})
