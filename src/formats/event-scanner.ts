import { BadInput, type Place } from '../base/errors.js'
import { BROKEN_NAME, behindBrokenName } from './broken-name.js'
import { ByteWindow, MAX_VALUE_BYTES, PIECE_BYTES } from './byte-window.js'
import { BROKEN, NEED_MORE, type JsonScan } from './json-bytes.js'
import { GOES_ON, IS_BROKEN, JsonPass } from './json-pass.js'
import { decodeString } from './json-text.js'
import type { KeyTable } from './key-table.js'
import { MATCHED, TAKEN } from './match-answers.js'

const MAX_OPENING_BYTES = 64
/** So long the next event is waited for behind one that is broken. */
const MAX_WAIT_BYTES = 1 << 20
const eventKeys = ['cat', 'name', 'ph', 'ts', 'dur', 'pid', 'tid', 'args', 'id', 'bp', 's']

type State = 'start' | 'object' | 'passing' | 'events' | 'done'

/** Goes over events ahead of the scan, where they are like earlier ones (see `KinetoMatcher`). */
export interface EventMatcher {
  run(from: number, stop: number): number
  readonly at: number
  readonly behind: number
  wantsMore(): boolean
  learn(scan: JsonScan, at: number, end: number): void
  flush(): void
}

export interface EventHandlers {
  readonly matcher?: EventMatcher | undefined
  /** An event's values lie in `scan` until the next one. */
  onEvent(scan: JsonScan): void
  /** A value beside the events: `schemaVersion`, `deviceProperties`, … */
  onFact?(key: string, json: string): void
  /** Whether a value beside the events is asked for; without this all are. Others are gone over, of whatever size. */
  wants?(key: string): boolean
  /** A value that is asked for is too long to be held: `head` is how it begins. It is gone over when this returns. Without it such
   *  a file is refused. */
  onLongFact?(key: string, head: string, place: Place): void
  /** An event is no JSON because of a name with quotes: it is gone over. Without this such a file is refused. */
  onBrokenName?(fault: () => BadInput): void
}

/** How a file of events ended: whole, or in the middle of what. */
export interface Ending {
  readonly cut?: 'an event' | 'the list of events' | 'the object'
  /** Backticks of the page that the text was pasted from. */
  readonly strayBackticks: number
}

/** Chrome Trace Event JSON as a stream of events: an array, an object with `traceEvents`, or bare events with
 *  commas (a fragment). Chunks may end anywhere. Throws `BadInput` with the byte offset of what is no JSON. */
export class EventScanner {
  private readonly window: ByteWindow
  private state: State = 'start'
  private readonly pass = new JsonPass()
  private isBare = false
  private isListed = false
  private needsComma = false
  private backticks = 0
  /** No more bytes come. */
  private isEnding = false
  /** Where it pauses ahead of an event, and that it did. */
  private stopAt = Infinity
  isPaused = false
  private further: ((position: number) => number) | undefined

  constructor(
    file: string,
    readonly scan: JsonScan,
    private readonly keys: KeyTable,
    private readonly handlers: EventHandlers,
  ) {
    this.window = new ByteWindow(file, scan)
  }

  /** The place of the event that is being handled. */
  place(field?: string): Place {
    return this.window.place(field)
  }

  /** The byte that comes next. */
  get position(): number {
    return this.window.position
  }

  /** Pauses ahead of the first event that begins at `stopAt` or behind it, unless `further` gives it another place to stop at. */
  pauseAt(stopAt: number, further?: (position: number) => number): void {
    this.stopAt = stopAt
    this.further = further
    this.isPaused = false
  }

  /** Whether to pause, at `stopAt` or behind it. */
  private isStop(): boolean {
    if (this.further !== undefined) this.stopAt = this.further(this.position)
    return (this.isPaused = this.position >= this.stopAt)
  }

  /** Goes on with the bytes at `position`, where an event of the list begins, or the list ends. */
  resumeAt(position: number): void {
    this.window.moveTo(position)
    this.needsComma = false
  }

  /** The bytes from an event on which it paused to its first value: how events of this file begin. Undefined: not all of them
   *  are here. */
  opening(): Uint8Array | undefined {
    const { buf, end } = this.scan
    const colon = buf.indexOf(58, this.window.at)
    return colon < 0 || colon >= Math.min(end, this.window.at + MAX_OPENING_BYTES) ? undefined : buf.slice(this.window.at, colon + 1)
  }

  feed(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length && !this.isPaused; from += PIECE_BYTES) {
      if (!this.window.add(bytes.subarray(from, from + PIECE_BYTES))) continue
      while (this.step());
      this.handlers.matcher?.flush()
      this.window.wait()
    }
  }

  finish(): Ending {
    this.isEnding = true
    while (this.step());
    this.handlers.matcher?.flush()
    const ended = { strayBackticks: this.backticks }
    this.skipBlanks()
    const isPending = this.window.at < this.scan.end
    if (this.state === 'done') return ended
    if (this.state === 'start') throw new BadInput(this.place(), 'trace events', 'nothing but blanks')
    if (this.state === 'events' && isPending) return { ...ended, cut: 'an event' }
    if (this.state === 'events' && this.isBare) return ended
    return { ...ended, cut: this.state === 'events' ? 'the list of events' : 'the object' }
  }

  /** One event, key or bracket; false when the bytes are used up. */
  private step(): boolean {
    if (this.state === 'passing') return this.passStep()
    this.skipBlanks()
    const { scan } = this
    if (this.window.at >= scan.end) return false
    const c = scan.buf[this.window.at]!
    if (this.state === 'events') return this.eventStep(c)
    if (this.state === 'object') return this.objectStep(c)
    if (this.state === 'start') return this.startStep(c)
    throw new BadInput(this.place(), 'the end of the file', String.fromCharCode(c))
  }

  private eventStep(c: number): boolean {
    if (c === 44 && this.needsComma) {
      this.needsComma = false
      this.window.at++
      return true
    }
    if (c === 93 && !this.isBare) {
      this.window.at++
      this.state = this.isListed ? 'object' : 'done'
      this.needsComma = true
      return true
    }
    if (c !== 123 || (this.needsComma && !this.isBare))
      throw new BadInput(this.place(), this.needsComma ? 'a comma or ]' : 'an event', String.fromCharCode(c))
    const { scan, window } = this
    const { matcher } = this.handlers
    for (;;) {
      let end = 0
      if (matcher !== undefined) {
        const how = matcher.run(window.at, Math.min(this.stopAt - window.origin, scan.end))
        if (window.at !== matcher.at) {
          window.at = matcher.at
          this.needsComma = how === TAKEN
        }
        if (how === TAKEN) return true
        if (how === MATCHED) end = matcher.behind
      }
      if (end === 0 && this.position >= this.stopAt) {
        if (this.isStop()) return false
        continue
      }
      if (end === 0) {
        const records = matcher?.wantsMore() === true
        end = scan.object(window.at, this.keys, records)
        if (end < 0) return this.stopped(end)
        if (scan.isRecorded) matcher?.learn(scan, window.at, end)
      }
      this.handlers.onEvent(scan)
      window.at = end
      this.needsComma = true
      // The usual way on, without a detour: a comma, blanks, the next event.
      if (scan.buf[end] !== 44) return true
      let next = end + 1
      while (scan.buf[next]! <= 32 && scan.buf[next] !== 0) next++
      if (scan.buf[next] !== 123) return true
      window.at = next
      this.needsComma = false // what is cut here goes on as an event, not behind one
    }
  }

  private startStep(c: number): boolean {
    const { scan } = this
    if (c === 91) {
      this.window.at++
      this.state = 'events'
      return true
    }
    if (c !== 123) throw new BadInput(this.place(), 'trace events: [ or {', String.fromCharCode(c))
    let at = this.window.at + 1
    while (scan.buf[at]! <= 32 && at < scan.end) at++
    if (at >= scan.end) return false
    if (scan.buf[at] === 34) {
      const end = scan.string(at + 1)
      if (end < 0) return this.stopped(end)
      this.isBare = eventKeys.includes(decodeString(scan.buf, at + 1, end - 1, true) ?? '')
    }
    this.state = this.isBare ? 'events' : 'object'
    if (!this.isBare) this.window.at++
    return true
  }

  private objectStep(c: number): boolean {
    const { scan } = this
    if (c === 125) {
      this.window.at++
      this.state = 'done'
      return true
    }
    if (c === 44 && this.needsComma) {
      this.window.at++
      this.needsComma = false
      return true
    }
    if (c !== 34 || this.needsComma)
      throw new BadInput(this.place(), this.needsComma ? 'a comma or }' : 'a key', String.fromCharCode(c))
    const keyEnd = scan.string(this.window.at + 1)
    if (keyEnd < 0) return this.stopped(keyEnd)
    let at = keyEnd
    while (scan.buf[at]! <= 32 && at < scan.end) at++
    if (at >= scan.end) return false
    if (scan.buf[at] !== 58) throw new BadInput(this.window.placeOf(at), 'a colon')
    for (at++; scan.buf[at]! <= 32 && at < scan.end;) at++
    if (at >= scan.end) return false
    const key = decodeString(scan.buf, this.window.at + 1, keyEnd - 1, true) ?? ''
    if (key === 'traceEvents' && scan.buf[at] === 91) {
      if (this.isListed) throw new BadInput(this.place('traceEvents'), 'one list of events', 'a second one')
      this.isListed = true
      this.needsComma = false
      this.state = 'events'
      this.window.at = at + 1
      return true
    }
    const end = scan.value(at)
    if (end === NEED_MORE && this.passes(key, at)) return true
    if (end < 0) return this.stopped(end)
    this.handlers.onFact?.(key, new TextDecoder().decode(scan.buf.subarray(at, end)))
    this.window.at = end
    this.needsComma = true
    return true
  }

  /** Whether a value that goes on behind the bytes that are here is not to be kept: from here on it is gone over. */
  private passes(key: string, at: number): boolean {
    const { scan, handlers, window } = this
    const c = scan.buf[at]
    if (c !== 34 && c !== 123 && c !== 91) return false
    const isWanted = handlers.wants?.(key) ?? true
    if (isWanted && (handlers.onLongFact === undefined || scan.end - window.at <= MAX_VALUE_BYTES)) return false
    if (isWanted) handlers.onLongFact?.(key, new TextDecoder().decode(scan.buf.subarray(at, scan.end)), window.placeOf(at))
    window.at = at
    this.pass.start()
    this.state = 'passing'
    return true
  }

  private passStep(): boolean {
    const { scan, pass, window } = this
    const end = pass.run(scan.buf, window.at, scan.end)
    if (end === IS_BROKEN) throw new BadInput(window.placeOf(pass.faultAt), pass.faultExpected, String.fromCharCode(scan.buf[pass.faultAt]!))
    window.at = end === GOES_ON ? scan.end : end
    if (end === GOES_ON) return false
    this.state = 'object'
    this.needsComma = true
    return true
  }

  private stopped(code: number): boolean {
    if (code === NEED_MORE) return false
    if (code !== BROKEN) return true
    const { faultAt, faultExpected, buf, end } = this.scan
    const behind = this.state === 'events' ? behindBrokenName(buf, this.window.at, end, faultAt) : -1
    if (behind === 0 && !this.isEnding && end - this.window.at < MAX_WAIT_BYTES) return false
    const place = this.window.placeOf(faultAt)
    const fault = (hint?: string): BadInput => new BadInput(place, faultExpected, String.fromCharCode(buf[faultAt]!), hint)
    const { onBrokenName } = this.handlers
    if (behind <= 0 || onBrokenName === undefined) throw fault(behind < 0 ? undefined : `${BROKEN_NAME}: escape it`)
    onBrokenName(() => fault(`${BROKEN_NAME}: escape it`))
    this.window.at = behind
    this.needsComma = true
    return true
  }

  private skipBlanks(): void {
    const { buf, end } = this.scan
    for (; this.window.at < end; this.window.at++) {
      const c = buf[this.window.at]!
      if (c === 96 && this.state !== 'object') this.backticks++
      else if (c > 32 || c === 0) {
        const isMark = c === 0xef && this.position === 0 && end >= 3 && buf[1] === 0xbb && buf[2] === 0xbf
        if (!isMark) return
        this.window.at += 2
      }
    }
  }
}
