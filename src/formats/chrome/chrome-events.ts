import { BadInput } from '../../base/errors.js'
import type { Spool } from '../../trace/spool.js'
import { BROKEN_NAME } from '../broken-name.js'
import { Damaged } from '../damaged.js'
import { microsToNs, wholeMicros } from '../decimal.js'
import { EventScanner } from '../event-scanner.js'
import { JsonScan } from '../json-bytes.js'
import { ABSENT, ESCAPED, NUMBER, OBJECT, TEXT } from '../json-kinds.js'
import { decodeString } from '../json-text.js'
import { KeyTable } from '../key-table.js'
import { Skipped } from '../skipped.js'
import { FLOW_END, FLOW_START, FLOW_THROUGH, flowRow } from '../slice-flows.js'
import { NAMELESS, SlicePairs, THREAD } from '../slice-pairs.js'
import { SliceSources } from '../slice-sources.js'
import { addSlice } from '../slice-tree.js'
import type { SliceEvents } from '../slices.js'
import { numberOfText } from '../text-number.js'
import { WordTable } from '../word-table.js'
import type { TraceLines } from '../trace-lines.js'
import { machineWords } from './machine-words.js'

const [CAT, NAME, PH, TS, DUR, PID, TID, ID, ARGS, ID2, SCOPE, BIND_ID, FLOW_IN, FLOW_OUT] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] as const
const SLOTS = FLOW_OUT + 1
const keys = new KeyTable(['cat', 'name', 'ph', 'ts', 'dur', 'pid', 'tid', 'id', 'args', 'id2', 'scope', 'bind_id', 'flow_in', 'flow_out'], 0)
/** Inside a slice, not at its very begin or end, where another one may be on too. */
const INSIDE_NS = 0.5

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
  private readonly pairs: SlicePairs
  private readonly damaged = new Damaged(this.skipped)
  /** Events with a time that can be. */
  private whole = 0

  /** `baseUs`: what times are counted from; NaN: the first one. */
  constructor(
    private readonly file: string,
    readonly slices: Spool,
    readonly flows: Spool,
    pairs: Spool,
    private readonly makeOwn: () => TraceLines,
    private baseUs: number,
  ) {
    this.pairs = new SlicePairs(pairs)
    this.words = new WordTable('names', 250_000, file)
    this.sources = new SliceSources(this.words, (track) => track.slice(0, Math.max(0, track.indexOf('/'))))
    this.scanner = new EventScanner(file, new JsonScan(SLOTS), keys, {
      onEvent: (scan) => this.event(scan),
      onFact: (key, json) => this.fact(key, json),
      wants: (key) => key === 'otherData' || key === 'metadata',
      onLongFact: (key, head, place) => {
        // Of our own export it holds what every op means: without it the rest would be read as something else.
        if (key === 'otherData' && head.includes('"worldswitch"')) throw new BadInput({ ...place, field: key }, 'a header of a trace of at most 4 MiB', 'a longer one')
        this.skipped.count(`${key} of more than 4 MiB (what it says of the machine)`)
      },
      onBrokenName: (fault) => this.damaged.leaveOut(BROKEN_NAME, fault),
    })
  }

  /** Ends the file. Throws `BadInput` where events that cannot be are the rule. */
  finish(): void {
    this.damaged.finish(this.whole)
    this.pairs.finish(this.skipped, this.file, (group, lane, name, cat, startNs, durationNs) =>
      this.slice(lane === 0 ? group : this.words.of(`${this.words.text(group)} #${lane + 1}`), name, cat, startNs, durationNs),
    )
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
    if (!'XBEbeSFstf'.includes(ph) || ph.length !== 1) return this.skipped.count(`event of phase ${ph.slice(0, 4)}`)
    const atNs = this.time(scan)
    if (Number.isNaN(atNs))
      return this.damaged.leaveOut('event at no time of the recording (no number, or years away)', () => this.wrong(scan, TS, 'ts', 'microseconds within 104 days of the first event'))
    const track = (): number => this.word(`${this.text(scan, PID)}/${this.text(scan, TID)}`)
    if (ph === 'X') this.complete(scan, track(), atNs)
    else if (ph === 'B' || ph === 'E') {
      const of = track()
      if (ph === 'B') {
        this.pairs.begin(of, THREAD, atNs, this.word(this.text(scan, NAME)), this.word(this.text(scan, CAT)))
        this.bound(scan, of, atNs, NaN)
      } else this.pairs.end(of, THREAD, atNs, this.nameOfEnd(scan))
    } else if (ph === 's' || ph === 't' || ph === 'f')
      this.flow(track(), atNs, `flow ${this.text(scan, CAT)} ${this.idOf(scan)}`, ph === 's' ? FLOW_START : ph === 't' ? FLOW_THROUGH : FLOW_END)
    else this.async(scan, ph, atNs)
    this.whole++
  }

  private complete(scan: JsonScan, track: number, atNs: number): void {
    if (scan.kind[DUR] === ABSENT) return this.skipped.count('complete event without dur')
    const durationNs = isNumber(scan, DUR) ? microsToNs(scan, scan.from[DUR]!, scan.to[DUR]!, 0) : NaN
    if (!(durationNs >= 0)) {
      this.whole--
      return this.damaged.leaveOut('complete event whose duration cannot be', () => this.wrong(scan, DUR, 'dur', 'microseconds, 0 or more'))
    }
    this.slice(track, this.word(this.text(scan, NAME)), this.word(this.text(scan, CAT)), atNs, durationNs)
    this.bound(scan, track, atNs, durationNs)
  }

  /** Flows that a slice itself names: into it at its begin, out of it at its end (of which a begin event does not know). */
  private bound(scan: JsonScan, track: number, atNs: number, durationNs: number): void {
    if (scan.kind[BIND_ID] === ABSENT) return
    const [goesIn, goesOut] = [isTrue(scan, FLOW_IN), isTrue(scan, FLOW_OUT)]
    const id = `bind ${this.text(scan, BIND_ID)}`
    const inside = durationNs > 2 * INSIDE_NS ? INSIDE_NS : durationNs === 0 ? 0 : INSIDE_NS / 2
    if (goesIn) this.flow(track, atNs + inside, id, FLOW_END)
    if (goesOut) this.flow(track, atNs + (durationNs > 0 ? durationNs - inside : inside), id, FLOW_START)
  }

  private flow(track: number, atNs: number, id: string, what: number): void {
    const { row } = this.flows
    row[flowRow.track] = track
    row[flowRow.atNs] = atNs
    row[flowRow.seq] = this.flows.length
    row[flowRow.id] = this.word(id)
    row[flowRow.what] = what
    this.flows.add()
  }

  /** Nestable events (and the older begin and finish) of one category, id and scope are one job; those of a category stand on tracks
   *  of their own. Ids are those of the process, unless they say that they are global. */
  private async(scan: JsonScan, ph: string, atNs: number): void {
    const cat = this.text(scan, CAT)
    const id2 = this.id2Of(scan)
    const process = id2?.isGlobal === true ? '' : this.text(scan, PID)
    const older = ph === 'S' || ph === 'F' ? `${this.text(scan, NAME)} ` : ''
    const key = numberOfText(`${older}${JSON.stringify([cat, id2?.id ?? this.text(scan, ID), this.text(scan, SCOPE), process])}`)
    const group = this.word(`${process === '' ? '' : `${process}/`}async ${cat}`)
    if (ph === 'b' || ph === 'S') this.pairs.begin(group, key, atNs, this.word(this.text(scan, NAME)), this.word(cat))
    else this.pairs.end(group, key, atNs, this.nameOfEnd(scan))
  }

  private nameOfEnd(scan: JsonScan): number {
    const name = this.text(scan, NAME)
    return name === '' ? NAMELESS : this.word(name)
  }

  private idOf(scan: JsonScan): string {
    const id2 = this.id2Of(scan)
    return id2 === undefined ? this.text(scan, ID) : id2.isGlobal ? id2.id : `${id2.id} of ${this.text(scan, PID)}`
  }

  private id2Of(scan: JsonScan): { readonly id: string; readonly isGlobal: boolean } | undefined {
    if (scan.kind[ID2] !== OBJECT) return undefined
    const { local, global } = this.json(new TextDecoder().decode(scan.buf.subarray(scan.from[ID2]!, scan.to[ID2]!)), 'id2') as { local?: unknown; global?: unknown }
    return { id: String(local ?? global), isGlobal: local === undefined }
  }

  private slice(track: number, name: number, cat: number, startNs: number, durationNs: number): void {
    this.sources.see(track, cat)
    addSlice(this.slices, track, name, cat, startNs, durationNs)
  }

  /** NaN: it is no time, or years from the first one. */
  private time(scan: JsonScan): number {
    if (!isNumber(scan, TS)) return NaN
    if (Number.isNaN(this.baseUs)) this.baseUs = wholeMicros(scan, scan.from[TS]!, scan.to[TS]!)
    return microsToNs(scan, scan.from[TS]!, scan.to[TS]!, this.baseUs)
  }

  private wrong(scan: JsonScan, slot: number, field: string, expected: string): BadInput {
    return new BadInput(this.scanner.place(field), expected, scan.kind[slot] === ABSENT ? undefined : this.text(scan, slot))
  }

  private word(text: string): number {
    return this.words.of(text, this.scanner.place())
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

/** Times are numbers, or strings that write one. */
const isNumber = (scan: JsonScan, slot: number): boolean => scan.kind[slot] === NUMBER || scan.kind[slot] === TEXT

/** `true`, as a word or a string. */
const isTrue = (scan: JsonScan, slot: number): boolean => scan.kind[slot] !== ABSENT && scan.to[slot]! - scan.from[slot]! === 4 && scan.buf[scan.from[slot]!] === 116
