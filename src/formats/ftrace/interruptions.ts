import type { Skipped } from '../skipped.js'
import type { Handled, HandlerSign } from './handlers.js'
import type { Moment, SwitchPart } from './parts.js'
import { settle, type TaskState } from './task.js'
import type { Tasks } from './tasks.js'

/** What ran on a CPU while a task of it was in an SMC: handlers of interrupts, and other tasks. */
export class Interruptions {
  constructor(
    private readonly tasks: Tasks,
    private readonly skipped: Skipped,
    private readonly emit: (part: SwitchPart) => void,
  ) {}

  /** Whether a handler is on that interrupted the task. */
  isOn(at: Moment): boolean {
    const task = this.tasks.known(at)
    if (task?.handlers.isOn !== true) return false
    if (this.tasks.isLost(task.handlersOrder, task.handlersCpu, at.cpu)) task.handlers.drop()
    return task.handlers.isOn
  }

  enter(at: Moment, sign: HandlerSign, name?: string): void {
    const task = this.tasks.of(at)
    if (this.isOn(at) && sign === 'arrow' && task.handlers.has('arrow')) task.handlers.drop()
    task.handlersOrder = ++this.tasks.order
    task.handlersCpu = at.cpu
    task.handlers.enter(at, sign, name)
  }

  /** A function that called no other, within a handler. */
  leaf(at: Moment, durationNs: number): void {
    this.tasks.of(at).handlers.leaf(durationNs)
  }

  /** False: no handler is on that could end by this sign. */
  leave(at: Moment, sign: HandlerSign, durationNs = NaN): boolean {
    if (!this.isOn(at)) return false
    const task = this.tasks.of(at)
    if (!task.handlers.has(sign)) {
      // A frame that began ahead of the handler ends in it: the handler's end is lost.
      const cut = sign === 'frame' ? task.handlers.cut() : undefined
      if (cut !== undefined) this.handled(task, cut)
      return false
    }
    const handled = task.handlers.leave(at, sign, durationNs)
    if (handled !== undefined) this.handled(task, handled)
    return true
  }

  /** Time of a handler that ran while the task was in an SMC: taken off, and an op of its own. */
  private handled(task: TaskState, { at, name, tookNs }: Handled): void {
    const { leaf, frame } = task
    const endNs = at.timeNs + tookNs
    const isInLeaf = leaf !== undefined && at.timeNs < leaf.part.untilNs
    if (leaf !== undefined && !isInLeaf) settle(task, this.emit)
    if (!isInLeaf && frame === undefined && task.open === undefined && task.fast === undefined) return
    if (Number.isNaN(tookNs)) return this.skipped.count('handler of an interrupt of which nothing tells how long it took')
    if (isInLeaf) leaf.awayNs += Math.min(endNs, leaf.part.untilNs) - at.timeNs
    if (frame !== undefined) frame.awayNs += tookNs
    for (const pair of [task.fast, task.open])
      if (pair !== undefined && !(at.timeNs < pair.begin.timeNs)) {
        pair.awayNs += tookNs
        const smc = pair.smc
        if (smc !== undefined && at.timeNs >= smc.startNs && at.timeNs < smc.untilNs) smc.durationNs -= Math.min(endNs, smc.untilNs) - at.timeNs
      }
    this.emit({ kind: 'interrupt', name, type: 'handler', comm: at.comm, pid: at.pid, startNs: at.timeNs, durationNs: tookNs, untilNs: endNs, how: 'events' })
  }

  /** Another task took the CPU: while an SMC is on (a kernel that may preempt there), that is not the SMC's time. */
  switched(at: Moment, fromPid: number, toPid: number): void {
    const from = this.tasks.byPid(fromPid)
    // A frame that the task is preempted in lasts until it is back: its time holds this.
    if (from !== undefined && (from.open ?? from.fast ?? from.frame) !== undefined && !from.handlers.has('frame')) from.outSinceNs = at.timeNs
    const to = this.tasks.byPid(toPid)
    if (to === undefined || Number.isNaN(to.outSinceNs)) return
    const startNs = to.outSinceNs
    to.outSinceNs = NaN
    const owner = to.open ?? to.fast
    const took = at.timeNs - startNs
    if ((owner === undefined && to.frame === undefined) || !(took > 0)) return
    for (const off of [to.open, to.fast, to.frame]) if (off !== undefined) off.awayNs += took
    this.emit({ kind: 'interrupt', name: 'preempted', type: 'other-task', comm: owner?.begin.comm ?? at.comm, pid: toPid, startNs, durationNs: took, untilNs: at.timeNs, how: 'events' })
  }
}
