import type { RowSink, Spool } from '../trace/spool.js'
import { Passes, passOf, type PassSaid } from './annotations.js'
import { BROKEN_NAME } from './broken-name.js'
import { ByteStrings } from './byte-strings.js'
import { MAX_ROOM_BYTES } from './byte-window.js'
import { Damaged } from './damaged.js'
import { wholeMicros } from './decimal.js'
import { EventScanner } from './event-scanner.js'
import { JsonScan } from './json-bytes.js'
import { ARRAY, ESCAPED, NUMBER, TEXT } from './json-kinds.js'
import { KinetoCategories, isOfAccelerator, type Category } from './kineto-categories.js'
import { kinetoKeys } from './kineto-keys.js'
import { BYTES, CAT, CORRELATION, DEVICE, DIMS, DUR, EXTERNAL, NAME, PH, PID, RECORD, SLOTS, STREAM, TID, TS, TYPES } from './kineto-matcher/layout.js'
import { LearningMatcher } from './kineto-matcher/learning-matcher.js'
import { GPU_WIDTH, gpuRow, launchRow } from './kineto-rows.js'
import { KinetoValues } from './kineto-values.js'
import { ANNOTATION, CPU_OP, KERNEL, MEMCPY, MEMSET, RUNTIME, UNWANTED } from './kineto-what.js'
import type { ExecutionTrace } from './pytorch-et/execution-trace.js'
import { noteDropped } from './operator-table.js'
import { Recordings } from './recordings.js'
import { Skipped } from './skipped.js'
import { torchOp, type TorchOp } from './torch-op.js'
import { TorchCosts } from './torch-costs.js'
import { THREAD_BASE, TorchNames, addOperator, type NamedKernel } from './torch-names.js'


/** What a pass over the events gives: device work, launches and operators as rows; annotations; counts. With spools it is
 *  `DeviceEvents`. */
export class KinetoEvents<Rows extends RowSink = Spool> {
  readonly names = new ByteStrings()
  readonly skipped = new Skipped()
  readonly serving = new Passes()
  readonly steps = new Passes()
  readonly scanner: EventScanner
  readonly recordings = new Recordings()
  isTraining = false
  deviceName = ''
  /** Operators whose shapes came from an execution trace. */
  shapedByStructure = 0
  private readonly categories = new KinetoCategories(() => this.scanner.place())
  private readonly damaged = new Damaged(this.skipped)
  private base = NaN
  readonly matcher: LearningMatcher | undefined
  private readonly values: KinetoValues
  private readonly costs = new TorchCosts()
  readonly operators = this.costs.table
  private readonly meanings = new TorchNames(this.names)
  private readonly isGraph: boolean[] = []
  private readonly annotations: (Annotation | undefined)[] = []

  constructor(
    file: string,
    readonly gpu: Rows,
    readonly launches: Rows,
    readonly cpu: Rows,
    private readonly structure?: ExecutionTrace,
    makeMatcher = LearningMatcher.make,
  ) {
    this.matcher = makeMatcher(MAX_ROOM_BYTES, {
      category: () => this.categories.of(scan),
      whatIs: (category) => (structure === undefined ? this.categories.at(category).what : UNWANTED),
      onCount: (category, count) => this.countCategory(category, count),
      onCalls: (rows, count) => this.cpu.addAll(rows, count),
      onLaunches: (rows, count) => this.launches.addAll(rows, count),
      onDevice: (rows, count) => this.addDevice(rows, count),
    })
    const scan = new JsonScan(SLOTS, this.matcher?.room)
    this.values = new KinetoValues(scan, this.names, (field) => this.scanner.place(field))
    this.scanner = new EventScanner(file, scan, kinetoKeys, {
      matcher: this.matcher,
      onEvent: (event) => this.event(event),
      onFact: (key, json) => this.fact(key, json),
      wants: (key) => key === 'deviceProperties',
      onBrokenName: (fault) => this.damaged.leaveOut(BROKEN_NAME, fault),
    })
  }

  /** What times are counted from: whole microseconds of the first event; NaN before it. */
  get baseUs(): number {
    return this.base
  }

  set baseUs(micros: number) {
    this.base = micros
    if (!Number.isNaN(micros)) this.matcher?.countFrom(micros)
  }

  get hasCounters(): boolean {
    return this.categories.list.some(({ text }) => text === 'cuda_profiler_range')
  }

  operator(name: number): TorchOp {
    return this.meanings.operator(name)
  }

  kernel(name: number): NamedKernel {
    return this.meanings.kernel(name)
  }

  /** The name of a thread's lane. */
  threadName(thread: number): string {
    return `thread ${this.names.text(thread % THREAD_BASE)}`
  }

  /** The name of a stream's lane. */
  streamName(device: number, stream: number): string {
    return `${device}/${stream}`
  }

  get isAccelerator(): boolean {
    const counted = this.categories.list.filter(({ count }) => count > 0)
    return counted.some(({ text }) => isOfAccelerator(text)) && !counted.some(({ text, what }) => what === KERNEL && !isOfAccelerator(text))
  }

  /** Events by category that became no ops: where there is device work, all others. */
  leftOut(isDevice: boolean): Skipped {
    noteDropped(this.operators, this.skipped)
    const isKept = (what: number): boolean => (isDevice ? what === KERNEL || what === MEMCPY || what === MEMSET : what === CPU_OP)
    for (const { text, what, count } of this.categories.list) if (count > 0 && !isKept(what)) this.skipped.count(text, count)
    return this.skipped
  }

  /** Adds to the events of a category. */
  countCategory(category: number, count: number): void {
    this.categories.at(category).count += count
  }

  private event(scan: JsonScan): void {
    const { values } = this
    if (scan.kind[CAT] !== TEXT && scan.kind[CAT] !== ESCAPED) return this.skipped.count('event without a category')
    const number = this.categories.of(scan)
    const category = this.categories.at(number)
    category.count++
    if (number < 0) return
    if (scan.kind[PH] !== TEXT || scan.to[PH]! - scan.from[PH]! !== 1 || scan.buf[scan.from[PH]!] !== 88) {
      category.count--
      return this.skipped.count(`${category.text} that is no complete event`)
    }
    if (Number.isNaN(this.base) && (scan.kind[TS] === NUMBER || scan.kind[TS] === TEXT)) this.baseUs = wholeMicros(scan, scan.from[TS]!, scan.to[TS]!)
    const startNs = values.ns(TS, this.base)
    if (Number.isNaN(startNs)) return this.leaveOut(category, 'at no time of the recording (no number, or years away)', TS, 'ts', 'microseconds within 104 days of the first event')
    const durationNs = values.ns(DUR, 0)
    if (category.what === ANNOTATION && scan.kind[DUR] === NUMBER && !(durationNs >= 0)) {
      category.count--
      return this.skipped.count(`${category.text} whose duration cannot be`)
    }
    if (!(durationNs >= 0)) return this.leaveOut(category, 'whose duration cannot be', DUR, 'dur', 'microseconds, 0 or more')
    const { what } = category
    if (what === ANNOTATION) return this.annotate(values.name(NAME), startNs, durationNs)
    this.matcher?.flushRows() // they came before this one
    if (what === CPU_OP) this.call(scan, startNs, durationNs)
    else if (what === RUNTIME) this.launch(startNs)
    else this.device(startNs, durationNs, what)
  }

  private leaveOut(category: Category, why: string, slot: number, field: string, expected: string): void {
    category.count--
    this.damaged.leaveOut(`${category.text} ${why}`, () => this.values.wrong(slot, field, expected))
  }

  /** The events have ended. Throws `BadInput` where those that cannot be are the rule. */
  finish(): void {
    this.damaged.finish(this.gpu.length + this.launches.length + this.cpu.length)
  }

  private device(startNs: number, durationNs: number, what: number): void {
    const { values } = this
    const { row } = this.gpu
    const name = values.name(NAME)
    this.matcher?.learnDevice(name)
    row[gpuRow.correlation] = values.whole(CORRELATION)
    row[gpuRow.seq] = this.gpu.length
    row[gpuRow.startNs] = startNs
    row[gpuRow.durationNs] = durationNs
    row[gpuRow.device] = values.whole(DEVICE, PID)
    row[gpuRow.stream] = values.whole(STREAM, TID)
    row[gpuRow.name] = name
    row[gpuRow.what] = what
    row[gpuRow.external] = values.whole(EXTERNAL)
    row[gpuRow.bytes] = Math.max(0, values.whole(BYTES)) * (what === MEMCPY ? 2 : 1) // read and written
    this.gpu.add()
  }

  /** Adds device work, whose `seq` is filled here. */
  addDevice(rows: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) rows[i * GPU_WIDTH + gpuRow.seq] = this.gpu.length + i
    this.gpu.addAll(rows, count)
  }

  private launch(startNs: number): void {
    const { values } = this
    const { row } = this.launches
    const correlation = values.whole(CORRELATION)
    if (correlation < 0) return
    const name = values.name(NAME)
    const thread = values.thread()
    const isGraph = (this.isGraph[name] ??= /GraphLaunch/i.test(this.names.text(name))) ? 1 : 0
    this.matcher?.learnLaunch(thread, isGraph)
    row[launchRow.correlation] = correlation
    row[launchRow.thread] = thread
    row[launchRow.atNs] = startNs
    row[launchRow.external] = values.whole(EXTERNAL)
    row[launchRow.isGraph] = isGraph
    this.launches.add()
  }

  private call(scan: JsonScan, startNs: number, durationNs: number): void {
    const { values } = this
    const name = values.name(NAME)
    const thread = values.thread()
    const operator = this.operatorOf(scan, name)
    if (this.operators.room > 0) this.matcher?.learnCall(thread, operator)
    addOperator(this.cpu, thread, startNs, durationNs, values.whole(EXTERNAL), operator)
  }

  /** Its row in the table, by the shapes in the event, else by those that an execution trace of the same run has for it. */
  private operatorOf(scan: JsonScan, name: number): number {
    const { from, to, kind } = scan
    const op = this.operator(name)
    if (kind[DIMS] === ARRAY) {
      const hasTypes = kind[TYPES] === ARRAY
      return this.costs.of(name, op, scan, from[DIMS]!, to[DIMS]!, hasTypes ? from[TYPES]! : 0, hasTypes ? to[TYPES]! : 0)
    }
    const known = this.structure?.shapesOf(this.values.whole(RECORD))
    if (known === undefined) return this.costs.of(name, op, scan, 0, 0, 0, 0)
    this.shapedByStructure++
    return this.costs.of(name, op, this.structure!, known.dimsFrom, known.dimsTo, known.typesFrom, known.typesTo)
  }

  /** Takes what an annotation of that name (a number of `names`) says of the forward passes and of the recording. */
  annotate(name: number, startNs: number, durationNs: number): void {
    const { said, isSpan, isTraining } = (this.annotations[name] ??= annotationOf(this.names.text(name)))
    this.isTraining ||= isTraining
    if (isSpan) this.recordings.span(startNs, startNs + durationNs)
    if (said === undefined) return
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
}

interface Annotation {
  readonly said: PassSaid | undefined
  /** The span that the profiler writes of itself. */
  readonly isSpan: boolean
  readonly isTraining: boolean
}

const annotationOf = (name: string): Annotation => ({
  said: passOf(name),
  isSpan: /^PyTorch Profiler\b/.test(name),
  isTraining: torchOp(name).isTraining,
})
