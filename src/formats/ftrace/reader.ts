import { atraceMark, type AtraceMark } from '../atrace.js'
import type { Skipped } from '../skipped.js'
import { Calls } from './calls.js'
import { parseGraphLine, parseTaskSwitch, rowOf, type GraphRow, type Task } from './graph-line.js'
import { Interruptions } from './interruptions.js'
import { parseEventLine, type FtraceEvent } from './line.js'
import type { Moment, SwitchPart } from './parts.js'
import { SmcFrames } from './smc-frames.js'
import { RETURN_FROM_RPC, WAIT_QUEUE, callers, parseSmc } from './smc-words.js'
import { Tasks } from './tasks.js'

const MAX_NAMES = 500
const MAX_HELD = 10_000

/** What a trace of the kernel holds, whether or not there is a world switch in it. */
export interface FtraceTally {
  events: number
  firstNs: number
  lastNs: number
  readonly byName: Map<string, number>
  readonly cpus: Set<number>
  readonly pids: Set<number>
  /** `entries-in-buffer/entries-written` where they differ, `LOST` lines. */
  overwritten: number
  lost: number
}

/** A mark of `trace_marker`: which step and layer the run is in from now on (-1: in none). */
export interface StepMark {
  readonly at: Moment
  /** `step 3 begin`. */
  readonly text: string
  readonly step: number
  readonly layer: number
}

/** Reads a trace line by line: events of `cat trace`, `trace_pipe` and `trace-cmd report`, rows of the function graph. */
export class FtraceReader {
  readonly tally: FtraceTally = { events: 0, firstNs: NaN, lastNs: NaN, byName: new Map(), cpus: new Set(), pids: new Set(), overwritten: 0, lost: 0 }
  readonly calls: Calls
  readonly interruptions: Interruptions
  private readonly frames: SmcFrames
  /** Of tasks whose names are not known yet. */
  private held: SwitchPart[] = []
  private readonly onCpu = new Map<number, { comm: string; pid: number }>()

  constructor(
    private readonly skipped: Skipped,
    private readonly emit: (part: SwitchPart) => void,
    private readonly onMark: (mark: StepMark) => void,
    private readonly onSection: (at: Moment, mark: AtraceMark) => void,
  ) {
    const hold = (part: SwitchPart): void => {
      if (part.pid >= 0 || this.held.length === MAX_HELD) emit(part)
      else this.held.push(part)
    }
    const tasks = new Tasks()
    this.calls = new Calls(tasks, skipped, hold)
    this.interruptions = new Interruptions(tasks, skipped, hold)
    this.frames = new SmcFrames(tasks, this.calls, this.interruptions)
    this.lost = (cpu) => tasks.lost(cpu)
  }

  /** Events of a CPU are lost here. */
  readonly lost: (cpu: number) => void

  /** Ends the file. */
  finish(): void {
    this.calls.finish()
    for (const part of this.held) this.emit(part)
    this.held = []
  }

  line(text: string): void {
    if (text.length === 0) return
    if (text.startsWith('#')) return this.header(text)
    const event = parseEventLine(text)
    if (event !== undefined) return this.event(event)
    const graph = parseGraphLine(text)
    if (graph !== undefined) {
      const task = graph.task ?? this.onCpu.get(graph.cpu) ?? { comm: `cpu${graph.cpu}`, pid: namelessPid(graph.cpu) }
      return this.row({ ...task, cpu: graph.cpu, timeNs: graph.timeNs }, graph.row)
    }
    const taken = parseTaskSwitch(text)
    if (taken !== undefined) {
      // Without the task column only a switch names the task that ran until then.
      if (!this.onCpu.has(taken.cpu)) this.adopt(namelessPid(taken.cpu), taken.from)
      this.onCpu.set(taken.cpu, taken.to)
      return
    }
    const lost = /^CPU:?\s*(\d{1,5}) \[(?:LOST )?(?:(\d{1,15}) )?EVENTS(?: DROPPED)?\]/.exec(text)
    if (lost !== null) {
      this.tally.lost += Number(lost[2] ?? 1)
      this.lost(Number(lost[1]))
    } else if (!/^(\s*-+\s*|version = .*|cpus=\d+|CPU \d+ is empty|\s*\.\.\.\s*|\s+)$/.test(text)) this.skipped.count('line that is no event')
  }

  private adopt(pid: number, task: Task): void {
    this.calls.adopt(pid, task)
    for (const part of this.held) if (part.pid === pid) this.emit({ ...part, ...task })
    this.held = this.held.filter((part) => part.pid !== pid)
  }

  private header(text: string): void {
    const entries = /entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})/.exec(text)
    if (entries !== null) this.tally.overwritten += Math.max(0, Number(entries[2]) - Number(entries[1]))
  }

  private count({ event, timeNs, cpu, pid }: FtraceEvent): void {
    const { tally } = this
    tally.events++
    if (!(timeNs >= tally.firstNs)) tally.firstNs = timeNs
    if (!(timeNs <= tally.lastNs)) tally.lastNs = timeNs
    const name = tally.byName.has(event) || tally.byName.size < MAX_NAMES ? event : 'other events'
    tally.byName.set(name, (tally.byName.get(name) ?? 0) + 1)
    if (tally.cpus.size < 4096) tally.cpus.add(cpu)
    if (tally.pids.size < 100_000) tally.pids.add(pid)
  }

  private event(event: FtraceEvent): void {
    this.count(event)
    const { event: name, payload } = event
    if (name === 'funcgraph_entry' || name === 'funcgraph_exit') {
      const row = rowOf(payload)
      if (row !== undefined) this.frames.row(event, row)
    } else if (name === 'function') {
      if (callers.has(payload)) this.calls.caller(event, payload)
    } else this.happened(event, name, payload)
  }

  /** An event by its name and payload, wherever it stood. */
  happened(at: Moment, name: string, payload: string): void {
    const { calls } = this
    if (name === 'optee_invoke_fn_begin' || name === 'optee_invoke_fn_end') {
      const smc = parseSmc(payload)
      if (smc === undefined || smc.registers.length === 0 || smc.registers.some(Number.isNaN)) this.skipped.count(`${name} that cannot be read`)
      else if (name === 'optee_invoke_fn_begin') calls.begin(at, smc.param, smc.registers[0]!)
      else calls.end(at, smc.param, smc.registers[0]!)
    } else if (name === 'scm_call_start') calls.begin(at, 'scm', Number.parseInt(/\bid[=:]?\s*(?:0x)?([0-9a-f]{1,8})\b/i.exec(payload)?.[1] ?? '0', 16))
    else if (name === 'scm_call_end') calls.end(at, 'scm', 0)
    else if (name.startsWith('scm_')) this.scm(at, name, payload)
    else if (name === 'irq_handler_entry') this.interruptions.enter(at, 'event', /name=(\S{1,60})/.exec(payload)?.[1] ?? 'irq')
    else if (name === 'irq_handler_exit') this.interruptions.leave(at, 'event')
    else if (name === 'sched_switch') {
      const pids = /prev_pid=(\d{1,10}).*next_pid=(\d{1,10})/.exec(payload) ?? /:(\d{1,10}) \[\d+\] \S+ ==> .*:(\d{1,10}) \[/.exec(payload)
      if (pids !== null) this.interruptions.switched(at, Number(pids[1]), Number(pids[2]))
    } else if (name === 'tracing_mark_write' || name === 'print' || name === 'bprint') {
      const text = payload.replace(/^(0x)?[0-9a-f]{8,16}s?:?\s+/i, '').replace(/^\w*tracing_mark_write:\s*/, '')
      const step = /^step (\d{1,7}) (begin|end)\b/.exec(text)
      const layer = /^layer (\d{1,7})\/(\d{1,6})\b/.exec(text)
      if (step !== null) this.onMark({ at, text: step[0], step: step[2] === 'begin' ? Number(step[1]) : -1, layer: -1 })
      else if (layer !== null) this.onMark({ at, text: layer[0], step: Number(layer[1]), layer: Number(layer[2]) })
      else {
        const section = atraceMark(text)
        if (section !== undefined) this.onSection(at, section)
      }
    }
  }

  /** Qualcomm's: a request and its end around a call of the task; while it sleeps in the wait queue it is in the normal world. An event
   *  of older kernels stands at the end and tells how long the call took. */
  private scm(at: Moment, name: string, payload: string): void {
    const { calls } = this
    const id = Number.parseInt(/\bsmc_id:\s*(?:0x)?([0-9a-f]{1,8})\b/i.exec(payload)?.[1] ?? '0', 16)
    if (name === 'scm_smc_request') calls.begin(at, 'scm', id)
    else if (name === 'scm_smc_done') calls.end(at, 'scm', 0)
    else if (name === 'scm_waitq_sleep') calls.end(at, 'scm', WAIT_QUEUE)
    else if (name === 'scm_waitq_resume') calls.begin(at, 'scm', RETURN_FROM_RPC)
    else if (name === 'scm_call') {
      const found = /^(\d{1,12})\s*\[\s*(?:0x)?([0-9a-f]{1,16})/i.exec(payload)
      if (found === null) this.skipped.count('scm_call that cannot be read')
      else calls.told(at, Number(found[1]) * 1000, Number.parseInt(found[2]!, 16))
    }
  }

  private row(at: Moment, row: GraphRow): void {
    if (row.what !== 'event') return this.frames.row(at, row)
    this.countRow(at, row.event)
    this.happened(at, row.event, row.payload)
  }

  private countRow(at: Moment, event: string): void {
    this.count({ ...at, event, payload: '' })
  }
}

const namelessPid = (cpu: number): number => -1 - cpu
