import { BadInput, type Place } from '../base/errors.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { didYouMean } from './did-you-mean.js'
import type { ImportTools } from './format.js'
import { Checked } from './trace-check.js'
import { checkHeader, type HeaderLine } from './trace-header.js'
import { numberColumns, wordColumns } from './trace-op-line.js'

const U32 = 2 ** 32 - 1
const SAFE = Number.MAX_SAFE_INTEGER
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

/** Takes the lines of the interchange, from wherever they stood, and gives the header at the end. */
export class TraceLines {
  header: HeaderLine | undefined
  private readonly lanes = new Map<string, number>()
  /** By request. */
  readonly latestStep: number[] = []
  /** By the header's rule set: the writer's. */
  ruleOf: number[] = []
  latestStartNs = 0
  /** A line that is no JSON: forgiven in words only when it turns out to be the last (a cut file). */
  private broken: { line: number; reason: string } | undefined

  constructor(
    private readonly file: string,
    readonly into: TraceWriter,
  ) {}

  /** The next line is an op, and none before it was broken. */
  get isReady(): boolean {
    return this.header !== undefined && this.broken === undefined
  }

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
