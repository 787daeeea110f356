import { BadInput } from '../../base/errors.js'
import type { Spool } from '../../trace/spool.js'
import { microsToNs, wholeMicros } from '../decimal.js'
import { EventScanner } from '../event-scanner.js'
import { JsonScan } from '../json-bytes.js'
import { ABSENT, ESCAPED, NUMBER, OBJECT } from '../json-kinds.js'
import { decodeString } from '../json-text.js'
import { KeyTable } from '../key-table.js'
import { Skipped } from '../skipped.js'
import { flowRow } from '../slice-flows.js'
import { SliceSources } from '../slice-sources.js'
import { sliceRow } from '../slice-tree.js'
import type { SliceEvents } from '../slices.js'
import { WordTable } from '../word-table.js'
import type { TraceLines } from '../trace-lines.js'
import { machineWords } from './machine-words.js'

const [CAT, NAME, PH, TS, DUR, PID, TID, ID, ARGS, BP] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const
const keys = new KeyTable(['cat', 'name', 'ph', 'ts', 'dur', 'pid', 'tid', 'id', 'args', 'bp'], 0)
const MAX_OPEN = 1_000_000

interface Open {
  readonly name: number
  readonly cat: number
  readonly startNs: number
}

/** What a pass over the events gives: slices and flows in spools, names of tracks, counts. Events of our own export go
 *  to `own` as they are. */
export class ChromeEvents implements SliceEvents {
  readonly words: WordTable
  readonly skipped = new Skipped()
  readonly scanner: EventScanner
  /** What the file says of the machine, in `metadata` and `otherData`. */
  readonly machine: string[] = []
  own: TraceLines | undefined
  private readonly trackNames = new Map<string, string>()
  private readonly sources: SliceSources
  private baseUs = NaN
  private readonly stacks = new Map<number, Open[]>()
  private readonly asyncs = new Map<string, Open>()
  private opened = 0

  constructor(
    file: string,
    readonly slices: Spool,
    readonly flows: Spool,
    private readonly makeOwn: () => TraceLines,
  ) {
    this.words = new WordTable('names', 250_000, file)
    this.sources = new SliceSources(this.words, (track) => track.slice(0, Math.max(0, track.indexOf('/'))))
    this.scanner = new EventScanner(file, new JsonScan(BP + 1), keys, {
      onEvent: (scan) => this.event(scan),
      onFact: (key, json) => this.fact(key, json),
    })
  }

  /** Ends the file: what began and did not end is counted. */
  finish(): void {
    let left = this.asyncs.size
    for (const stack of this.stacks.values()) left += stack.length
    if (left > 0) this.skipped.count('begin without its end', left)
  }

  trackName(track: string): string | undefined {
    return this.trackNames.get(track)
  }

  processOf(track: string): string | undefined {
    return track.includes('/') ? this.trackNames.get(track.slice(0, track.indexOf('/'))) : undefined
  }

  leftOut(track: number, cat: number): string | undefined {
    return this.sources.leftOut(track, cat)
  }

  private fact(key: string, json: string): void {
    if (key !== 'otherData' && key !== 'metadata') return
    const value = this.json(json, key)
    this.machine.push(...machineWords(value))
    if (key !== 'otherData' || !json.includes('"worldswitch"')) return
    const header = typeof value === 'object' && value !== null ? (value as { worldswitch?: unknown }).worldswitch : undefined
    if (typeof header !== 'object' || header === null) return
    this.own = this.makeOwn()
    this.own.line(JSON.stringify(header), 1)
  }

  private event(scan: JsonScan): void {
    const ph = this.text(scan, PH)
    if (this.own !== undefined) {
      if (ph === 'X') this.own.line(JSON.stringify(this.ownOp(scan)), 2)
      return
    }
    if (ph === 'M') return this.metadata(scan)
    if (!'XBEbesf'.includes(ph) || ph.length !== 1) return this.skipped.count(`event of phase ${ph.slice(0, 4)}`)
    const atNs = this.time(scan)
    const track = this.words.of(`${this.text(scan, PID)}/${this.text(scan, TID)}`, this.scanner.place())
    const name = (): number => this.words.of(this.text(scan, NAME), this.scanner.place())
    const cat = (): number => this.words.of(this.text(scan, CAT), this.scanner.place())
    if (ph === 'X') {
      const durationNs = scan.kind[DUR] === NUMBER ? microsToNs(scan, scan.from[DUR]!, scan.to[DUR]!, 0) : NaN
      if (scan.kind[DUR] === ABSENT) return this.skipped.count('complete event without dur')
      if (!(durationNs >= 0)) throw new BadInput(this.scanner.place('dur'), 'microseconds, 0 or more', this.text(scan, DUR))
      this.slice(track, { name: name(), cat: cat(), startNs: atNs }, durationNs)
    } else if (ph === 'B') {
      const stack = this.stacks.get(track) ?? []
      this.stacks.set(track, stack)
      this.open()
      stack.push({ name: name(), cat: cat(), startNs: atNs })
    } else if (ph === 'E') {
      const begun = this.stacks.get(track)?.pop()
      if (begun === undefined) return this.skipped.count('end without its begin')
      this.opened--
      this.ended(track, begun, atNs)
    } else if (ph === 's' || ph === 'f') {
      const { row } = this.flows
      row[flowRow.track] = track
      row[flowRow.atNs] = atNs
      row[flowRow.seq] = this.flows.length
      row[flowRow.id] = this.words.of(`flow ${this.text(scan, CAT)} ${this.text(scan, ID)}`, this.scanner.place())
      row[flowRow.isEnd] = ph === 'f' ? 1 : 0
      this.flows.add()
    } else this.async(scan, ph, name(), cat(), atNs)
  }

  /** Nestable events of one id: a track of their own. */
  private async(scan: JsonScan, ph: string, name: number, cat: number, atNs: number): void {
    const key = `${cat} ${this.text(scan, ID)} ${name}`
    if (ph === 'b') {
      this.open()
      this.asyncs.set(key, { name, cat, startNs: atNs })
      return
    }
    const begun = this.asyncs.get(key)
    if (begun === undefined) return this.skipped.count('end without its begin')
    this.asyncs.delete(key)
    this.opened--
    this.ended(this.words.of(`async ${this.text(scan, CAT)}`, this.scanner.place()), begun, atNs)
  }

  private open(): void {
    if (++this.opened > MAX_OPEN) throw new BadInput(this.scanner.place(), `at most ${MAX_OPEN} events begun and not ended`, 'more of them')
  }

  private ended(track: number, begun: Open, atNs: number): void {
    if (atNs < begun.startNs) this.skipped.count('end before its begin')
    else this.slice(track, begun, atNs - begun.startNs)
  }

  private slice(track: number, { name, cat, startNs }: Open, durationNs: number): void {
    const { row } = this.slices
    this.sources.see(track, cat)
    row[sliceRow.track] = track
    row[sliceRow.startNs] = startNs
    row[sliceRow.minusDurationNs] = -durationNs
    row[sliceRow.seq] = this.slices.length
    row[sliceRow.name] = name
    row[sliceRow.cat] = cat
    this.slices.add()
  }

  private time(scan: JsonScan): number {
    const isTime = scan.kind[TS] === NUMBER
    if (Number.isNaN(this.baseUs) && isTime) this.baseUs = wholeMicros(scan, scan.from[TS]!, scan.to[TS]!)
    const ns = isTime ? microsToNs(scan, scan.from[TS]!, scan.to[TS]!, this.baseUs) : NaN
    if (Number.isNaN(ns)) throw new BadInput(this.scanner.place('ts'), 'microseconds within 104 days of the first event', this.text(scan, TS))
    return ns
  }

  private metadata(scan: JsonScan): void {
    const what = this.text(scan, NAME)
    if (what !== 'thread_name' && what !== 'process_name') return
    const named = this.args(scan)?.['name']
    const key = what === 'thread_name' ? `${this.text(scan, PID)}/${this.text(scan, TID)}` : this.text(scan, PID)
    if (typeof named === 'string' && this.trackNames.size < 100_000) this.trackNames.set(key, named.slice(0, 200))
  }

  private ownOp(scan: JsonScan): unknown {
    const op = this.args(scan)?.['op']
    if (op === undefined) throw new BadInput(this.scanner.place('args'), 'the op of a trace that worldswitch exported', undefined, 'the file was changed: its header says worldswitch')
    return op
  }

  private args(scan: JsonScan): Readonly<Record<string, unknown>> | undefined {
    if (scan.kind[ARGS] !== OBJECT) return undefined
    return this.json(new TextDecoder().decode(scan.buf.subarray(scan.from[ARGS]!, scan.to[ARGS]!)), 'args') as Record<string, unknown>
  }

  /** The scanner forgives words that no JSON has (`NaN`, `inf`); where a value is needed they are a fault. */
  private json(text: string, field: string): unknown {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new BadInput(this.scanner.place(field), 'a JSON object', undefined, (error as Error).message)
    }
  }

  /** A string's text, or what else stands there as it is written; '' without it. */
  private text(scan: JsonScan, slot: number): string {
    if (scan.kind[slot] === ABSENT) return ''
    const to = Math.min(scan.to[slot]!, scan.from[slot]! + (1 << 16))
    return decodeString(scan.buf, scan.from[slot]!, to, scan.kind[slot] === ESCAPED) ?? new TextDecoder().decode(scan.buf.subarray(scan.from[slot]!, to))
  }
}
