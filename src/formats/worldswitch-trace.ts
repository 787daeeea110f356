import { BadInput, type Place } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { OpField } from '../trace/trace.js'
import { dataTypes, opKinds, phases, processorNames, type DataType, type OpKind, type Phase, type ProcessorName } from '../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { no, notJson, yes } from './detected.js'
import type { Format, ImportTools } from './format.js'
import { eachLine } from './lines.js'
import { Checked } from './trace-check.js'
import { checkHeader, type HeaderLine } from './trace-header.js'
import { didYouMean } from './did-you-mean.js'

export const MAX_HEADER_BYTES = 8 << 20
export const MAX_LINE_BYTES = 1 << 20

/** Columns that stand in a line as words of a closed list, as numbers with a least and a greatest value. */
export const wordColumns = { kind: opKinds, phase: phases, dataType: dataTypes, processor: processorNames } as const
const U32 = 2 ** 32 - 1
const SAFE = Number.MAX_SAFE_INTEGER
export const numberColumns = {
  request: [0, U32],
  step: [0, U32],
  layer: [-1, 2 ** 31 - 1],
  tensor: [-1, 2 ** 31 - 1],
  m: [0, U32],
  n: [0, U32],
  k: [0, U32],
  startNs: [0, SAFE],
  durationNs: [0, SAFE],
  flops: [0, SAFE],
  bytes: [0, SAFE],
  rules: [0, 2 ** 16 - 1],
} as const satisfies Partial<Record<OpField, readonly [number, number]>>
const wordFields = Object.entries(wordColumns) as [keyof typeof wordColumns, readonly string[]][]
const numberFields = Object.entries(numberColumns) as [keyof typeof numberColumns, readonly [number, number]][]
const lineKeys: readonly string[] = [
  ...Object.keys(wordColumns),
  'lane',
  'type',
  'name',
  ...Object.keys(numberColumns),
  'after',
  'strings',
]

/** A line of the interchange behind the header: an op. What is absent is its default: 0, the first word, -1 for `layer`
 *  and `tensor`, no dependencies. Published as schemas/trace-op.schema.json. */
export interface TraceOpLine {
  readonly kind?: OpKind
  readonly phase?: Phase
  readonly dataType?: DataType
  readonly processor?: ProcessorName
  /** One of the header's lanes. */
  readonly lane?: string
  readonly type?: string
  readonly name?: string
  /** Index into the header's requests. */
  readonly request?: number
  readonly step?: number
  readonly layer?: number
  /** Index into the header's tensors. */
  readonly tensor?: number
  readonly m?: number
  readonly n?: number
  readonly k?: number
  /** Whole nanoseconds since the trace began; lines are in this order. */
  readonly startNs: number
  readonly durationNs: number
  readonly flops?: number
  /** Read + written. */
  readonly bytes?: number
  /** Index into the header's rule sets. */
  readonly rules?: number
  /** Ops, counted from 0, that this one waits for; all of them above. */
  readonly after?: readonly number[]
  /** Strings that are numbered before this op's own. */
  readonly strings?: readonly string[]
}

/** The project's own interchange: JSON Lines, a header and then an op a line, in order of start. */
export const worldswitchTrace: Format = {
  id: 'worldswitch-trace',
  title: 'worldswitch trace (JSON Lines)',
  source: 'schemas/trace-header.schema.json',
  takes: [],
  content: ['timeline', 'world-switches'],
  phases: 'in the file',
  bytes: 'in the file',
  runtime: 'worldswitch',
  command: 'worldswitch traces export TRACE --to decode.trace.jsonl.gz',
  detect({ text }) {
    const line = /^[\s\ufeff]*(\{[^\n]*)/.exec(text)?.[1] ?? ''
    // Our export as trace events carries the same header.
    if (line.startsWith('{"otherData"')) return no('it is an export as trace events')
    if (/"schema"\s*:\s*"worldswitch-trace/.test(line)) return yes
    // An op where the header should stand: still ours, so that the missing header is what the user hears of.
    if (/^\{[^{]*"(startNs|durationNs)"\s*:/.test(line)) return yes
    return line === '' ? notJson : no('no header line of a worldswitch trace')
  },
  async read(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
    const reader = new TraceLines(source.name, into)
    const { lines, isEnded } = await eachLine(
      source,
      tools,
      (line) => (line === 1 ? MAX_HEADER_BYTES : MAX_LINE_BYTES),
      (text, line) => reader.line(text, line),
    )
    return reader.finish(lines, isEnded, tools)
  },
}

/** Takes the lines of the interchange, from wherever they stood, and gives the header at the end. */
export class TraceLines {
  private header: HeaderLine | undefined
  private readonly lanes = new Map<string, number>()
  private readonly latestStep: number[] = []
  private ruleOf: number[] = []
  private latestStartNs = 0
  /** A line that is no JSON: forgiven in words only when it turns out to be the last (a cut file). */
  private broken: { line: number; reason: string } | undefined

  constructor(
    private readonly file: string,
    private readonly into: TraceWriter,
  ) {}

  line(text: string, line: number): void {
    if (this.broken !== undefined) throw this.noJson(false)
    const body = line === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
    if (body.trim() === '') return
    let value: unknown
    try {
      value = JSON.parse(body)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.broken = { line, reason: body.slice(-60) }
      return
    }
    const place: Place = { file: this.file, line }
    if (this.header === undefined) this.begin(checkHeader(value, place))
    else this.op(Checked.of(value, place, ''), this.header)
  }

  finish(lines: number, isEnded: boolean, tools: ImportTools): HeaderFacts {
    if (this.broken !== undefined) throw this.noJson(!isEnded)
    if (this.header === undefined) throw new BadInput({ file: this.file, line: 1 }, 'a header line', 'nothing but blanks')
    const { schema: _schema, ruleSets: _ruleSets, ops, strings, ...facts } = this.header
    if (ops !== undefined && ops !== this.into.opCount)
      throw new BadInput(
        { file: this.file, line: lines },
        `${ops} ops, as the header says`,
        this.into.opCount,
        'the file was cut off',
      )
    for (const text of strings ?? []) this.into.intern(text)
    return { ...facts, name: tools.name ?? facts.name }
  }

  private noJson(isCut: boolean): BadInput {
    const { line, reason } = this.broken!
    const hint = isCut ? 'the last line is cut off: the file was not written to its end' : undefined
    return new BadInput({ file: this.file, line }, 'a line of JSON', reason, hint)
  }

  private begin(header: HeaderLine): void {
    this.header = header
    header.lanes.forEach((lane, i) => this.lanes.set(lane, i))
    if (this.lanes.size < header.lanes.length)
      throw new BadInput({ file: this.file, line: 1, field: 'lanes' }, 'different names', 'the same twice')
    this.ruleOf = header.ruleSets.map((set) => this.into.ruleSet(set))
  }

  private op(line: Checked, header: HeaderLine): void {
    for (const field of ['lanes', 'requests'] as const)
      if (header[field].length === 0)
        throw new BadInput({ file: this.file, line: 1, field }, 'at least one, since ops follow', 'an empty list')
    line.onlyKeys(lineKeys)
    const startNs = line.whole('startNs', 0, SAFE, 'whole nanoseconds')
    line.whole('durationNs', 0, SAFE, 'whole nanoseconds')
    if (startNs < this.latestStartNs)
      throw line.fail('startNs', `${this.latestStartNs} or more (ops stand in order of start)`, startNs)
    this.latestStartNs = startNs
    const step = line.has('step') ? line.whole('step', 0, U32) : 0
    const request = this.indexInto(line, 'request', header.requests.length)
    const latest = this.latestStep[request] ?? 0
    if (step < latest) throw line.fail('step', `${latest} or more (steps of a request do not go back)`, step)
    this.latestStep[request] = step
    for (const text of this.newStrings(line)) this.into.intern(text)
    const i = this.into.push()
    const { op } = this.into
    for (const [field, words] of wordFields) if (line.has(field)) op[field][i] = words.indexOf(line.word(field, words))
    for (const [field, [least, most]] of numberFields)
      if (line.has(field))
        op[field][i] = line.whole(field, least, most, field.endsWith('Ns') ? 'whole nanoseconds' : 'a whole number')
    if (op.tensor[i]! >= header.tensors.length)
      throw line.fail('tensor', `an index below ${header.tensors.length}, or -1`, op.tensor[i])
    if (line.has('rules')) op.rules[i] = this.ruleOf[this.indexInto(line, 'rules', header.ruleSets.length)]!
    if (line.has('lane')) op.lane[i] = this.laneOf(line, header)
    op.type[i] = this.into.intern(line.has('type') ? line.text('type') : '')
    op.name[i] = this.into.intern(line.has('name') ? line.text('name') : '')
    if (line.has('after')) this.dependencies(line)
  }

  private indexInto(line: Checked, field: string, length: number): number {
    const value = line.has(field) ? line.whole(field, 0) : 0
    if (value >= length && line.has(field)) throw line.fail(field, `an index below ${length}`, value)
    return value
  }

  private laneOf(line: Checked, header: HeaderLine): number {
    const lane = line.text('lane')
    const index = this.lanes.get(lane)
    if (index === undefined)
      throw line.fail('lane', "one of the header's lanes", lane, didYouMean(lane, header.lanes.slice(0, 100)))
    return index
  }

  private newStrings(line: Checked): readonly string[] {
    if (!line.has('strings')) return []
    return line.list('strings').map((text, i) => {
      if (typeof text !== 'string') throw line.fail(`strings[${i}]`, 'a string', text)
      return text
    })
  }

  private dependencies(line: Checked): void {
    const self = this.into.opCount - 1
    line.list('after').forEach((on, i) => {
      const field = `after[${i}]`
      const index = line.wholeOf(field, on, 0, U32, 'the index of an op')
      if (index === self) throw line.fail(field, 'an earlier op', on, 'an op cannot wait for itself')
      if (index > self)
        throw line.fail(field, `an op before this one (index below ${self})`, on, 'ops wait for earlier ones only')
      this.into.waitsFor(index)
    })
  }
}
