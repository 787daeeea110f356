import { BadInput } from '../base/errors.js'
import type { RowSink, Spool } from '../trace/spool.js'
import { Passes, passOf, type PassSaid } from './annotations.js'
import { ByteStrings } from './byte-strings.js'
import { microsToNs, wholeMicros, wholeNumber } from './decimal.js'
import { EventScanner } from './event-scanner.js'
import { JsonScan } from './json-bytes.js'
import { ABSENT, ARRAY, ESCAPED, NUMBER, TEXT } from './json-text.js'
import { KeyTable } from './key-table.js'
import { CPU_OP, KERNEL, MEMCPY, MEMSET, gpuRow, launchRow } from './kineto-rows.js'
import type { ExecutionTrace } from './pytorch-et/execution-trace.js'
import { noteDropped } from './operator-table.js'
import { Skipped } from './skipped.js'
import type { TorchOp } from './torch-cost.js'
import { TorchCosts } from './torch-costs.js'
import { THREAD_BASE, TorchNames, addOperator } from './torch-names.js'

const CAT = 0
const NAME = 1
const PH = 2
const TS = 3
const DUR = 4
const PID = 5
const TID = 6
const ARGS = 7
const EXTERNAL = 8
const CORRELATION = 9
const DEVICE = 10
const STREAM = 11
const BYTES = 12
const DIMS = 13
const TYPES = 14
const RECORD = 15
const args = new KeyTable(['External id', 'correlation', 'device', 'stream', 'bytes', 'Input Dims', 'Input type', 'Record function id'], EXTERNAL)
const keys = new KeyTable(['cat', 'name', 'ph', 'ts', 'dur', 'pid', 'tid', 'args'], 0, ARGS, args)

const RUNTIME = 5
const ANNOTATION = 6
const UNWANTED = 0
const whatIs = new Map<string, number>([
  ['kernel', KERNEL],
  ['gpu_memcpy', MEMCPY],
  ['gpu_memset', MEMSET],
  ['cpu_op', CPU_OP],
  ['cuda_runtime', RUNTIME],
  ['cuda_driver', RUNTIME],
  ['xpu_runtime', RUNTIME],
  ['privateuse1_runtime', RUNTIME],
  ['user_annotation', ANNOTATION],
])

export interface Category {
  readonly text: string
  readonly what: number
  count: number
}

/** What a pass over the events gives: device work, launches and operators as rows; annotations; counts. With spools it is
 *  `DeviceEvents`. */
export class KinetoEvents<Rows extends RowSink = Spool> {
  readonly names = new ByteStrings()
  skipped = new Skipped()
  readonly serving = new Passes()
  readonly steps = new Passes()
  readonly scanner: EventScanner
  deviceName = ''
  /** Operators whose shapes came from an execution trace. */
  shapedByStructure = 0
  private readonly categories = new ByteStrings()
  protected readonly known: Category[] = []
  private category: Category = { text: '', what: UNWANTED, count: 0 }
  /** What times are counted from: whole microseconds of the first event; NaN before it. */
  baseUs = NaN
  private readonly costs = new TorchCosts()
  readonly operators = this.costs.table
  private readonly meanings = new TorchNames(this.names)
  private readonly isGraph: boolean[] = []
  private readonly passes: (PassSaid | null)[] = []
  private readonly place = () => this.scanner.place()
  private latestPid = new Uint8Array(0)
  private latestTid = new Uint8Array(0)
  private latestThread = -1

  constructor(
    file: string,
    readonly gpu: Rows,
    readonly launches: Rows,
    readonly cpu: Rows,
    private readonly structure?: ExecutionTrace,
  ) {
    const scan = new JsonScan(RECORD + 1)
    scan.gateSlot = CAT
    scan.gate = (from, to) => this.categoryOf(scan, from, to)
    this.scanner = new EventScanner(file, scan, keys, {
      onEvent: (event) => this.event(event),
      onFact: (key, json) => this.fact(key, json),
    })
  }

  get hasCounters(): boolean {
    return this.known.some(({ text }) => text === 'cuda_profiler_range')
  }

  operator(name: number): TorchOp {
    return this.meanings.operator(name)
  }

  kernel(name: number): { kind: number; dataType: number } {
    return this.meanings.kernel(name)
  }

  /** Events by category that became no ops. `kept`: the categories that did. */
  leftOut(kept: readonly string[]): Skipped {
    noteDropped(this.operators, this.skipped)
    for (const { text, count } of this.known) if (count > 0 && !kept.includes(text)) this.skipped.count(text, count)
    return this.skipped
  }

  /** The number of the category, which is counted when its event is whole (half of one is scanned again with the next
   *  chunk); its complement where such events are not wanted. */
  private categoryOf(scan: JsonScan, from: number, to: number): number {
    return this.answerOf(this.categories.intern(scan.buf, from, to, scan.kind[CAT] === ESCAPED, this.place))
  }

  private answerOf(id: number): number {
    let category = this.known[id]
    if (category === undefined) {
      const text = this.categories.text(id)
      this.known[id] = category = { text, what: whatIs.get(text) ?? UNWANTED, count: 0 }
    }
    return category.what === UNWANTED ? ~id : id
  }

  /** Adds to the events of a category. */
  countCategory(text: string, count: number): void {
    const answer = this.answerOf(this.categories.internText(text, this.place))
    this.known[answer < 0 ? ~answer : answer]!.count += count
  }

  private event(scan: JsonScan): void {
    if (scan.kind[CAT] !== TEXT && scan.kind[CAT] !== ESCAPED) return this.skipped.count('event without a category')
    const answer = scan.gateAnswer
    this.category = this.known[answer < 0 ? ~answer : answer]!
    this.category.count++
    if (answer < 0) return
    const { buf } = scan
    if (scan.kind[PH] !== TEXT || scan.to[PH]! - scan.from[PH]! !== 1 || buf[scan.from[PH]!] !== 88) {
      this.category.count--
      return this.skipped.count(`${this.category.text} that is no complete event`)
    }
    const isTime = scan.kind[TS] === NUMBER
    if (Number.isNaN(this.baseUs) && isTime) this.baseUs = wholeMicros(scan, scan.from[TS]!, scan.to[TS]!)
    const startNs = isTime ? microsToNs(scan, scan.from[TS]!, scan.to[TS]!, this.baseUs) : NaN
    if (Number.isNaN(startNs)) throw this.wrong(scan, TS, 'ts', 'microseconds within 104 days of the first event')
    const durationNs = scan.kind[DUR] === NUMBER ? microsToNs(scan, scan.from[DUR]!, scan.to[DUR]!, 0) : NaN
    if (!(durationNs >= 0)) throw this.wrong(scan, DUR, 'dur', 'microseconds, 0 or more')
    const { what } = this.category
    if (what === CPU_OP) this.cpuOp(scan, startNs, durationNs)
    else if (what === RUNTIME) this.launch(scan, startNs)
    else if (what === ANNOTATION) this.annotation(scan, startNs, durationNs)
    else this.device(scan, startNs, durationNs, what)
  }

  private device(scan: JsonScan, startNs: number, durationNs: number, what: number): void {
    const { row } = this.gpu
    row[gpuRow.correlation] = this.whole(scan, CORRELATION)
    row[gpuRow.seq] = this.gpu.length
    row[gpuRow.startNs] = startNs
    row[gpuRow.durationNs] = durationNs
    row[gpuRow.device] = this.whole(scan, DEVICE, PID)
    row[gpuRow.stream] = this.whole(scan, STREAM, TID)
    row[gpuRow.name] = this.text(scan, NAME)
    row[gpuRow.what] = what
    row[gpuRow.external] = this.whole(scan, EXTERNAL)
    row[gpuRow.bytes] = Math.max(0, this.whole(scan, BYTES)) * (what === MEMCPY ? 2 : 1) // read and written
    this.gpu.add()
  }

  private launch(scan: JsonScan, startNs: number): void {
    const correlation = this.whole(scan, CORRELATION)
    if (correlation < 0) return
    const name = this.text(scan, NAME)
    const { row } = this.launches
    row[launchRow.correlation] = correlation
    row[launchRow.thread] = this.thread(scan)
    row[launchRow.atNs] = startNs
    row[launchRow.external] = this.whole(scan, EXTERNAL)
    row[launchRow.isGraph] = (this.isGraph[name] ??= /GraphLaunch/i.test(this.names.text(name))) ? 1 : 0
    this.launches.add()
  }

  private cpuOp(scan: JsonScan, startNs: number, durationNs: number): void {
    const name = this.text(scan, NAME)
    addOperator(this.cpu, this.thread(scan), startNs, durationNs, this.whole(scan, EXTERNAL), this.operatorOf(scan, name))
  }

  /** Its row in the table, by the shapes in the event, else by those that an execution trace of the same run has for it. */
  private operatorOf(scan: JsonScan, name: number): number {
    const { from, to, kind } = scan
    const op = this.operator(name)
    if (kind[DIMS] === ARRAY) {
      const hasTypes = kind[TYPES] === ARRAY
      return this.costs.of(name, op, scan, from[DIMS]!, to[DIMS]!, hasTypes ? from[TYPES]! : 0, hasTypes ? to[TYPES]! : 0)
    }
    const known = this.structure?.shapesOf(this.whole(scan, RECORD))
    if (known === undefined) return this.costs.of(name, op, scan, 0, 0, 0, 0)
    this.shapedByStructure++
    return this.costs.of(name, op, this.structure!, known.dimsFrom, known.dimsTo, known.typesFrom, known.typesTo)
  }

  private annotation(scan: JsonScan, startNs: number, durationNs: number): void {
    this.annotate(this.text(scan, NAME), startNs, durationNs)
  }

  /** Takes what an annotation of that name (a number of `names`) says of the forward passes. */
  annotate(name: number, startNs: number, durationNs: number): void {
    const said = (this.passes[name] ??= passOf(this.names.text(name)) ?? null)
    if (said === null) return
    const passes = said.rule === 'profiler-step' ? this.steps : this.serving
    passes.rule = said.rule
    passes.add(startNs, startNs + durationNs, said)
  }

  /** `deviceProperties` lists the devices; the first that has a name gives the trace its device. */
  private fact(key: string, json: string): void {
    if (key !== 'deviceProperties') return
    const name = /"name"\s*:\s*"((?:[^"\\]|\\.){1,200})"/.exec(json)?.[1]
    if (name !== undefined && this.deviceName === '') this.deviceName = name
  }

  /** A process and thread as one number; most events are on the thread of the one before. */
  private thread(scan: JsonScan): number {
    if (this.isSameWord(scan, PID, this.latestPid) && this.isSameWord(scan, TID, this.latestTid)) return this.latestThread
    this.latestPid = scan.buf.slice(scan.from[PID]!, scan.to[PID]!)
    this.latestTid = scan.buf.slice(scan.from[TID]!, scan.to[TID]!)
    return (this.latestThread = this.word(scan, PID) * THREAD_BASE + this.word(scan, TID))
  }

  private isSameWord(scan: JsonScan, slot: number, word: Uint8Array): boolean {
    const from = scan.from[slot]!
    let same = scan.kind[slot] === NUMBER && scan.to[slot]! - from === word.length ? 0 : word.length + 1
    while (same < word.length && scan.buf[from + same] === word[same]) same++
    return same === word.length
  }

  /** The name of a thread's lane. */
  threadName(thread: number): string {
    return `thread ${this.names.text(thread % THREAD_BASE)}`
  }

  private word(scan: JsonScan, slot: number): number {
    if (scan.kind[slot] === ABSENT) return this.names.intern(scan.buf, 0, 0, false, this.place)
    return this.names.intern(scan.buf, scan.from[slot]!, scan.to[slot]!, scan.kind[slot] === ESCAPED, this.place)
  }

  private text(scan: JsonScan, slot: number): number {
    const isText = scan.kind[slot] === TEXT || scan.kind[slot] === ESCAPED
    if (!isText) throw this.wrong(scan, slot, 'name', 'a string')
    return this.names.intern(scan.buf, scan.from[slot]!, scan.to[slot]!, scan.kind[slot] === ESCAPED, this.place)
  }

  /** A whole number of 0 or more from the first slot that has one; -1: none has. */
  private whole(scan: JsonScan, slot: number, otherwise = slot): number {
    const value = this.wholeAt(scan, slot)
    return value < 0 && otherwise !== slot ? this.wholeAt(scan, otherwise) : value
  }

  private wholeAt(scan: JsonScan, slot: number): number {
    if (scan.kind[slot] !== NUMBER && scan.kind[slot] !== TEXT) return -1
    const value = wholeNumber(scan, scan.from[slot]!, scan.to[slot]!)
    return Number.isNaN(value) ? -1 : value
  }

  private wrong(scan: JsonScan, slot: number, field: string, expected: string): BadInput {
    const isFound = scan.kind[slot] !== ABSENT
    const bytes = scan.buf.subarray(scan.from[slot]!, Math.min(scan.to[slot]!, scan.from[slot]! + 80))
    return new BadInput(this.scanner.place(field), expected, isFound ? new TextDecoder().decode(bytes) : undefined)
  }
}
