import type { Bytes } from '../base/bytes.js'
import { ARRAY, NUMBER, TEXT } from './json-kinds.js'
import { OpLineScan } from './op-line-scan.js'
import { TraceLines } from './trace-lines.js'
import { numberColumns, wordColumns } from './trace-op-line.js'

const wordNames = Object.keys(wordColumns) as (keyof typeof wordColumns)[]
const numberNames = Object.keys(numberColumns) as (keyof typeof numberColumns)[]
const LANE = wordNames.length
const TYPE = LANE + 1
const NAME = LANE + 2
const NUMBERS = LANE + 3
const AFTER = NUMBERS + numberNames.length
const slotOf = Object.fromEntries(numberNames.map((name, i) => [name, NUMBERS + i])) as Record<keyof typeof numberColumns, number>
const { startNs: START, durationNs: DURATION, request: REQUEST, step: STEP, layer: LAYER, tensor: TENSOR, m: M, n: N, k: K, flops: FLOPS, bytes: BYTES, rules: RULES } = slotOf
const [KIND, PHASE, DATA_TYPE, PROCESSOR] = (['kind', 'phase', 'dataType', 'processor'] as const).map((name) => wordNames.indexOf(name)) as [number, number, number, number]
const least = numberNames.map((name) => numberColumns[name][0])
const most = numberNames.map((name) => numberColumns[name][1])
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Lines of the interchange out of their bytes. A line as our export writes it becomes an op without becoming text or an
 *  object first; any other one, and every one that is wrong, is left to `TraceLines`, which says what is wrong. */
export class OpLines {
  readonly lines: TraceLines
  /** Those of the latest line: many lines come in one piece. */
  private bytes: Bytes = { buf: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)) }
  private readonly scan = new OpLineScan([...wordNames, 'lane', 'type', 'name', ...numberNames, 'after'], NAME)
  /** By a text's number: the writer's. */
  private readonly stringOf: number[] = []
  private readonly laneOf: number[] = []
  private readonly wordOf: number[][] = wordNames.map(() => [])

  constructor(...given: ConstructorParameters<typeof TraceLines>) {
    this.lines = new TraceLines(...given)
  }

  /** Takes the op whose line begins at `buf[from]` if it is of the usual kind and its line end stands before `buf[last]`: the index
   *  of that, or -1 and nothing is done. */
  early(buf: Uint8Array, from: number, last: number): number {
    const end = this.scanned(buf, from, last)
    return end >= 0 && end < last && (buf[end] === 10 || (buf[end] === 13 && buf[end + 1] === 10)) && this.take() ? end : -1
  }

  /** Takes line number `line`, `buf[from … to)` without its end. Throws `BadInput`. */
  line(buf: Uint8Array, from: number, to: number, line: number): void {
    if (this.scanned(buf, from, to) !== to || !this.take()) this.lines.line(decoder.decode(buf.subarray(from, to)), line)
  }

  private scanned(buf: Uint8Array, from: number, last: number): number {
    if (!this.lines.isReady) return -1
    if (buf !== this.bytes.buf) this.bytes = { buf, view: new DataView(buf.buffer, buf.byteOffset, buf.byteLength) }
    return this.scan.scan(this.bytes, from, last)
  }

  /** Pushes the op just scanned; false, and nothing is changed but what texts are known, where something is unusual. */
  private take(): boolean {
    const { scan, lines } = this
    const { kind, value } = scan
    const { header, into } = lines
    if (header === undefined || kind[START] !== NUMBER || kind[DURATION] !== NUMBER || value[START]! < lines.latestStartNs) return false
    for (let i = 0, slot = NUMBERS; slot < AFTER; i++, slot++)
      if (kind[slot] === NUMBER ? value[slot]! < least[i]! || value[slot]! > most[i]! : kind[slot] !== 0) return false
    const request = kind[REQUEST] === NUMBER ? value[REQUEST]! : 0
    const step = kind[STEP] === NUMBER ? value[STEP]! : 0
    if (header.lanes.length === 0 || request >= header.requests.length || step < (lines.latestStep[request] ?? 0)) return false
    if (kind[TENSOR] === NUMBER && value[TENSOR]! >= header.tensors.length) return false
    if (kind[RULES] === NUMBER && value[RULES]! >= header.ruleSets.length) return false
    if (kind[AFTER] !== 0 && (kind[AFTER] !== ARRAY || !this.areBefore(into.opCount))) return false
    for (let slot = 0; slot < NAME + 1; slot++) if (kind[slot] !== 0 && kind[slot] !== TEXT) return false
    const lane = kind[LANE] === 0 ? 0 : this.laneAt()
    if (lane < 0) return false
    for (let slot = 0; slot < LANE; slot++) if (kind[slot] !== 0 && this.wordAt(slot) < 0) return false

    lines.latestStartNs = value[START]!
    lines.latestStep[request] = step
    const i = into.push()
    this.fill(i)
    into.op.lane[i] = lane
    into.op.type[i] = this.stringAt(TYPE)
    into.op.name[i] = this.stringAt(NAME)
    for (let waits = 0; waits < scan.listLength; waits++) into.waitsFor(scan.list[waits]!)
    return true
  }

  /** Columns by name: a loop over them would meet every type of array at one place. */
  private fill(i: number): void {
    const { kind, value } = this.scan
    const { op } = this.lines.into
    if (kind[KIND] !== 0) op.kind[i] = this.wordAt(KIND)
    if (kind[PHASE] !== 0) op.phase[i] = this.wordAt(PHASE)
    if (kind[DATA_TYPE] !== 0) op.dataType[i] = this.wordAt(DATA_TYPE)
    if (kind[PROCESSOR] !== 0) op.processor[i] = this.wordAt(PROCESSOR)
    op.startNs[i] = value[START]!
    op.durationNs[i] = value[DURATION]!
    if (kind[REQUEST] !== 0) op.request[i] = value[REQUEST]!
    if (kind[STEP] !== 0) op.step[i] = value[STEP]!
    if (kind[LAYER] !== 0) op.layer[i] = value[LAYER]!
    if (kind[TENSOR] !== 0) op.tensor[i] = value[TENSOR]!
    if (kind[M] !== 0) op.m[i] = value[M]!
    if (kind[N] !== 0) op.n[i] = value[N]!
    if (kind[K] !== 0) op.k[i] = value[K]!
    if (kind[FLOPS] !== 0) op.flops[i] = value[FLOPS]!
    if (kind[BYTES] !== 0) op.bytes[i] = value[BYTES]!
    if (kind[RULES] !== 0) op.rules[i] = this.lines.ruleOf[value[RULES]!]!
  }

  private wordAt(slot: number): number {
    const text = this.scan.textOf[slot]!
    const known = this.wordOf[slot]!
    return (known[text] ??= (wordColumns[wordNames[slot]!] as readonly string[]).indexOf(this.scan.texts.text(text)))
  }

  private laneAt(): number {
    const text = this.scan.textOf[LANE]!
    return (this.laneOf[text] ??= this.lines.header!.lanes.indexOf(this.scan.texts.text(text)))
  }

  private stringAt(slot: number): number {
    if (this.scan.kind[slot] === 0) return 0
    const text = this.scan.textOf[slot]!
    return (this.stringOf[text] ??= this.lines.into.intern(this.scan.texts.text(text)))
  }

  private areBefore(op: number): boolean {
    const { list, listLength } = this.scan
    for (let i = 0; i < listLength; i++) if (list[i]! >= op) return false
    return true
  }
}
