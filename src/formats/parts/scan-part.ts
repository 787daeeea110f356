import { BadInput } from '../../base/errors.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH } from '../kineto-rows.js'
import { JsonScan } from '../json-bytes.js'
import { kinetoKeys } from '../kineto-keys.js'
import { SLOTS } from '../kineto-matcher/layout.js'
import { KinetoMatcher } from '../kineto-matcher/matcher.js'
import { LEFT, TAKEN } from '../match-answers.js'
import { SLACK_BYTES } from '../byte-window.js'
import { Utf8Check } from '../utf8.js'
import { OTHER_COLUMNS, type KinetoPart, type PartJob, type PartRows } from './part.js'
import { RowList } from './row-list.js'

const PIECE_BYTES = 128 << 10
/** What does not end in so many bytes is left to the thread that reads in order. */
const MAX_EVENT_BYTES = 1 << 20

/** Fills a buffer with the file's bytes from a position on; how many there were. */
export type ReadInto = (into: Uint8Array, position: number) => number

/** Scans parts of one file, each on its own, with nothing but what a matcher was taught: what is not like that is passed on. */
export class PartScanner {
  private readonly matcher: KinetoMatcher
  private readonly calls = new RowList(CPU_WIDTH)
  private readonly launches = new RowList(LAUNCH_WIDTH)
  private readonly device = new RowList(GPU_WIDTH)
  private readonly others = new RowList(OTHER_COLUMNS)
  /** Of the events that are passed on, in its buffer one behind the other, the last one. */
  private readonly other = new JsonScan(SLOTS, { buf: new Uint8Array(1 << 16), kind: new Uint8Array(SLOTS), from: new Int32Array(SLOTS), to: new Int32Array(SLOTS) })
  /** The file's bytes from `origin` on, `length` of them, lie in the matcher's buffer. */
  private origin = 0
  private length = 0
  private check: Utf8Check | undefined

  constructor(
    module: WebAssembly.Module,
    private readonly job: PartJob,
    private readonly read: ReadInto,
    private readonly isUtf8: (bytes: Uint8Array) => boolean,
  ) {
    this.matcher = new KinetoMatcher(module, MAX_EVENT_BYTES + 2 * PIECE_BYTES, {
      onCalls: (rows, count) => this.calls.addAll(rows, count),
      onLaunches: (rows, count) => this.launches.addAll(rows, count),
      onDevice: (rows, count) => this.device.addAll(rows, count),
    })
    this.matcher.countFrom(job.baseUs)
    this.learnFrom(job.learned)
  }

  learnFrom(learned: Uint8Array): void {
    this.matcher.learnFrom(learned)
  }

  /** Scans part `index`. What is no trace makes the part faulty, and is told when its bytes are read again. */
  scan(index: number): KinetoPart {
    let startsAt = -1
    let endsAt = -1
    let isFaulty = false
    try {
      this.check = undefined
      startsAt = this.find(index * this.job.partBytes)
      if (startsAt >= 0) endsAt = this.events(Math.min((index + 1) * this.job.partBytes, this.job.sizeBytes))
    } catch (error) {
      if (!(error instanceof BadInput)) throw error
      isFaulty = true
    }
    this.matcher.flushRows()
    const otherBytes = this.other.buf.slice(0, this.other.end)
    this.other.end = 0
    return {
      index,
      startsAt,
      endsAt,
      isFaulty: isFaulty || (startsAt >= 0 && endsAt < 0),
      calls: this.calls.take(),
      launches: this.launches.take(),
      device: this.device.take(),
      categories: [...this.matcher.counted()],
      otherBytes,
      others: this.others.takeCopy(),
    }
  }

  /** Takes back the memory of a part's rows. */
  recycle({ calls, launches, device }: PartRows): void {
    this.calls.takeBack(calls)
    this.launches.takeBack(launches)
    this.device.takeBack(device)
  }

  /** Where the part's first event begins, which lies at the buffer's begin then; -1: none does. */
  private find(from: number): number {
    const { opening, partBytes } = this.job
    this.origin = from
    this.length = 0
    for (;;) {
      if (!this.more(0)) return -1
      const { buf } = this.matcher.room
      const found = indexOf(buf.subarray(0, this.length), opening)
      const at = found >= 0 ? found : Math.max(0, this.length - opening.length + 1)
      if (this.origin + at >= from + partBytes) return -1
      this.moveTo(at)
      if (found < 0) continue
      this.check = new Utf8Check(this.job.file, { isUtf8: this.isUtf8 }, this.origin)
      this.check.take(buf.subarray(0, this.length))
      return this.origin
    }
  }

  /** Goes over the events that begin ahead of `partEnd`; where the next one begins, or the list ends. -1: they are no events. */
  private events(partEnd: number): number {
    const { matcher } = this
    let at = 0
    let isBehind = false // an event, and a comma or the end of the list comes
    for (;;) {
      const next: number = isBehind ? this.behindComma(at) : at
      if (next === BROKEN) return -1
      if (next === NEED_MORE) {
        if (!this.more(at)) return -1
        at = 0
        continue
      }
      if (matcher.room.buf[next] === 93 || this.origin + next >= partEnd) return this.origin + next
      const how: number = matcher.run(next, Math.min(partEnd - this.origin, this.length))
      at = matcher.at
      isBehind = how === TAKEN
      if (isBehind) continue
      if (this.origin + at >= partEnd) return this.origin + at
      const behind: number = how === LEFT ? matcher.behindObject(at) : matcher.behind
      if (behind > 0) {
        if (!this.passOn(at, behind)) return -1
        at = behind
        isBehind = true
      } else if (this.more(at)) at = 0
      else return -1
    }
  }

  /** The index of what comes behind the comma after an event: the next one, if it is here; or that of the list's end. */
  private behindComma(at: number): number {
    const { buf } = this.matcher.room
    let next = at
    while (buf[next]! <= 32 && buf[next] !== 0) next++
    if (next >= this.length) return NEED_MORE
    if (buf[next] === 93) return next
    if (buf[next] !== 44) return BROKEN
    for (next++; buf[next]! <= 32 && buf[next] !== 0; ) next++
    if (next >= this.length) return NEED_MORE
    return buf[next] === 123 ? next : BROKEN
  }

  /** False: it is no event, and where it ends is for the thread that reads in order to find. */
  private passOn(at: number, behind: number): boolean {
    this.matcher.flushRows()
    const { others, other } = this
    others.row.set([this.origin + at, behind - at, this.calls.held, this.launches.held, this.device.held])
    others.add()
    const from = other.end
    const length = from + behind - at
    if (length + SLACK_BYTES > other.buf.length) {
      const wider = new Uint8Array(Math.max(length + SLACK_BYTES, other.buf.length * 2))
      wider.set(other.buf.subarray(0, from))
      other.buf = wider
      other.view = new DataView(wider.buffer)
    }
    other.buf.set(this.matcher.room.buf.subarray(at, behind), from)
    other.buf[length] = 0
    other.end = length
    return other.object(from, kinetoKeys) === length
  }

  private moveTo(at: number): void {
    const { buf } = this.matcher.room
    buf.copyWithin(0, at, this.length)
    this.origin += at
    this.length -= at
    buf[this.length] = 0
  }

  /** Reads more of the file behind the bytes from `at` on, which move to the front. False: there are no more, or too many. */
  private more(at: number): boolean {
    const { buf } = this.matcher.room
    this.moveTo(at)
    if (this.length > MAX_EVENT_BYTES) return false
    const piece = buf.subarray(this.length, this.length + PIECE_BYTES)
    const count = this.read(piece, this.origin + this.length)
    this.check?.take(piece.subarray(0, count))
    this.length += count
    buf[this.length] = 0
    return count > 0
  }
}

const NEED_MORE = -1
const BROKEN = -2

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    let same = 1
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++
    if (same === wanted.length) return at
  }
  return -1
}
