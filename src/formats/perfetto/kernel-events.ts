import type { Spool } from '../../trace/spool.js'
import type { FtraceReader } from '../ftrace/reader.js'
import type { Skipped } from '../skipped.js'
import type { WordTable } from '../word-table.js'
import type { FtraceMessage, Packet } from './messages.js'

/** Sorted by time and the order of the file. */
const row = { timeNs: 0, seq: 1, cpu: 2, pid: 3, what: 4, name: 5, param: 6, number: 7 } as const
export const KERNEL_WIDTH = 8
export const KERNEL_KEYS = 2

const what = { lost: 0, switched: 1, irqIn: 2, irqOut: 3, call: 4, step: 5, stepEnd: 6, layer: 7 } as const
const MAX_CPUS = 4096

/** Events of the kernel: bundles hold those of one CPU, some behind others that are later, so that a task that changes its CPU is
 *  in order only by time. Sections of apps are put in order elsewhere and pass through. */
export class KernelEvents {
  /** CPUs that have lost events ahead of their next one. */
  private readonly lossy = new Set<number>()

  constructor(
    private readonly spool: Spool,
    private readonly words: WordTable,
    private readonly kernel: FtraceReader,
    private readonly skipped: Skipped,
  ) {}

  bundle({ cpu = 0, event: events = [], lostEvents }: NonNullable<Packet['ftraceEvents']>): void {
    if (lostEvents === true) {
      this.skipped.count('bundle of kernel events with losses')
      if (this.lossy.size < MAX_CPUS) this.lossy.add(cpu)
    }
    for (const event of events) {
      if (this.lossy.delete(cpu)) this.add(cpu, event, what.lost)
      this.event(cpu, event)
    }
  }

  /** All events are here. */
  finish(): void {
    const reader = this.spool.sorted()
    while (reader.next()) this.happened(reader.data, reader.at)
    this.kernel.finish()
  }

  private event(cpu: number, event: FtraceMessage): void {
    const { print, schedSwitch, irqEntry, irqExit, generic } = event
    if (print !== undefined) this.print(cpu, event, print.buf ?? '')
    else if (schedSwitch !== undefined) this.add(cpu, event, what.switched, 0, schedSwitch.prevPid ?? 0, schedSwitch.nextPid ?? 0)
    else if (irqEntry !== undefined) this.add(cpu, event, what.irqIn, this.words.of((irqEntry.name ?? 'irq').slice(0, 60)))
    else if (irqExit !== undefined) this.add(cpu, event, what.irqOut)
    else if (generic !== undefined) this.generic(cpu, event, generic)
    else this.skipped.count('kernel event of another kind')
  }

  private generic(cpu: number, event: FtraceMessage, { eventName: name = '', field = [] }: NonNullable<FtraceMessage['generic']>): void {
    const text = (of: string): string => {
      const found = field.find((one) => one.name === of)
      return found?.strValue ?? (found?.uintValue ?? found?.intValue ?? 0).toString(16)
    }
    const first = (of: string): number => Number.parseInt(/[0-9a-f]+/i.exec(text(of).replace(/0x/gi, ''))?.[0] ?? '', 16)
    const a0 = { optee_invoke_fn_begin: 'args', optee_invoke_fn_end: 'rets', scm_smc_request: 'smc_id' }[name]
    const number = a0 === undefined ? 0 : first(a0)
    if (a0 !== undefined && !(number <= 0xffffffff)) this.skipped.count(`${name} that cannot be read`)
    else if (a0 === 'args' || a0 === 'rets') this.add(cpu, event, what.call, this.words.of(name), this.words.of(text('param').slice(0, 40)), number)
    else if (name === 'scm_call') this.kernel.happened(moment(event, cpu), name, text('args'))
    else if (name.startsWith('scm_')) this.add(cpu, event, what.call, this.words.of(name.slice(0, 60)), this.words.of(''), number)
    else this.skipped.count('kernel event of another kind')
  }

  private print(cpu: number, event: FtraceMessage, text: string): void {
    const step = /^step (\d{1,7}) (begin|end)\b/.exec(text)
    const layer = /^layer (\d{1,7})\/(\d{1,6})\b/.exec(text)
    if (step !== null) this.add(cpu, event, step[2] === 'begin' ? what.step : what.stepEnd, 0, 0, Number(step[1]))
    else if (layer !== null) this.add(cpu, event, what.layer, 0, Number(layer[1]), Number(layer[2]))
    else this.kernel.happened(moment(event, cpu), 'print', text)
  }

  private add(cpu: number, event: FtraceMessage, is: number, name = 0, param = 0, number = 0): void {
    const { row: to } = this.spool
    to[row.timeNs] = event.timestamp ?? 0
    to[row.seq] = this.spool.length
    to[row.cpu] = cpu
    to[row.pid] = event.pid ?? 0
    to[row.what] = is
    to[row.name] = name
    to[row.param] = param
    to[row.number] = number
    this.spool.add()
  }

  private happened(data: Float64Array, from: number): void {
    const { kernel, words } = this
    const [cpu, is] = [data[from + row.cpu]!, data[from + row.what]!]
    const [name, param, number] = [data[from + row.name]!, data[from + row.param]!, data[from + row.number]!]
    const at = moment({ timestamp: data[from + row.timeNs]!, pid: data[from + row.pid]! }, cpu)
    if (is === what.lost) kernel.lost(cpu)
    else if (is === what.switched) kernel.interruptions.switched(at, param, number)
    else if (is === what.irqIn) kernel.interruptions.enter(at, 'event', words.text(name))
    else if (is === what.irqOut) kernel.interruptions.leave(at, 'event')
    else if (is === what.step || is === what.stepEnd) kernel.happened(at, 'print', `step ${number} ${is === what.step ? 'begin' : 'end'}`)
    else if (is === what.layer) kernel.happened(at, 'print', `layer ${param}/${number}`)
    else if (words.text(name) === 'optee_invoke_fn_begin') kernel.calls.begin(at, words.text(param), number)
    else if (words.text(name) === 'optee_invoke_fn_end') kernel.calls.end(at, words.text(param), number)
    else kernel.happened(at, words.text(name), `smc_id:${number.toString(16)}`)
  }
}

const moment = ({ timestamp = 0, pid = 0 }: FtraceMessage, cpu: number): { comm: string; pid: number; cpu: number; timeNs: number } => ({ comm: 'task', pid, cpu, timeNs: timestamp })
