import type { Calls } from './calls.js'
import type { GraphRow } from './graph-line.js'
import type { Interruptions } from './interruptions.js'
import type { Moment } from './parts.js'
import { callers } from './smc-words.js'
import type { Tasks } from './tasks.js'

const driversSmc: ReadonlySet<string> = new Set(['optee_smccc_smc', 'optee_smccc_hvc'])
const smcFunctions: ReadonlySet<string> = new Set([...driversSmc, '__arm_smccc_smc', 'arm_smccc_smc', '__arm_smccc_hvc', 'arm_smccc_hvc'])

/** SMCs as a function graph measured them: a leaf, or a frame less the handlers in it. An SMC calls nothing: what else lies in its
 *  frame interrupted it, with arrows around it or without. */
export class SmcFrames {
  constructor(
    private readonly tasks: Tasks,
    private readonly calls: Calls,
    private readonly interruptions: Interruptions,
  ) {}

  row(at: Moment, row: GraphRow): void {
    const { interruptions } = this
    if (row.what === 'event') return
    if (row.what === 'irq-in') return interruptions.enter(at, 'arrow')
    if (row.what === 'irq-out') return void interruptions.leave(at, 'arrow')
    const { what, name, durationNs } = row
    if (interruptions.isOn(at)) {
      if (what === 'open') return interruptions.enter(at, 'frame', name)
      if (what === 'leaf') return interruptions.leaf(at, durationNs)
      if (interruptions.leave(at, 'frame', durationNs)) return
    }
    if (what === 'open') this.open(at, name)
    else if (what === 'leaf') this.leaf(at, name, durationNs)
    else this.close(at, durationNs)
  }

  private open(at: Moment, name: string): void {
    const task = this.tasks.framed(at)
    const isSmc = smcFunctions.has(name)
    if (task.frame === undefined) {
      if (isSmc) task.frame = { depth: 1, isDrivers: driversSmc.has(name), order: ++this.tasks.order, cpu: at.cpu, awayNs: 0 }
      else if (callers.has(name)) this.calls.caller(at, name)
    } else if (isSmc) task.frame.depth++
    else this.interruptions.enter(at, 'frame', name)
  }

  private leaf(at: Moment, name: string, durationNs: number): void {
    if (Number.isNaN(durationNs)) return
    const isSmc = smcFunctions.has(name)
    if (this.tasks.framed(at).frame === undefined) {
      if (isSmc) this.calls.smc(at, at.timeNs, durationNs, driversSmc.has(name), true)
    } else if (!isSmc) {
      this.interruptions.enter(at, 'frame', name)
      this.interruptions.leave(at, 'frame', durationNs)
    }
  }

  private close(at: Moment, durationNs: number): void {
    const task = this.tasks.framed(at)
    const { frame } = task
    if (frame === undefined || --frame.depth > 0) return
    task.frame = undefined
    if (!Number.isNaN(durationNs)) this.calls.smc(at, at.timeNs - durationNs, Math.max(0, durationNs - frame.awayNs), frame.isDrivers, false)
  }
}
