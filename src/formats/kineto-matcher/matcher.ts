import type { EventMatcher } from '../event-scanner.js'
import type { JsonScan, ScanRoom } from '../json-bytes.js'
import { NUMBER, TEXT } from '../json-kinds.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH } from '../kineto-rows.js'
import { UNWANTED } from '../kineto-what.js'
import {
  AT, BEHIND, BUFFER, CALLS, CALL_COUNT, CAT, DEVICES, DEVICE_COUNT, FROMS, FULL, KINDS, LAUNCHES, LAUNCH_COUNT, MASK, MAX_ROWS, NAME, OVERREAD, PID, SLOTS,
  TID, TOS,
} from './layout.js'
import { matcherCode } from './matcher-code.js'
import { Templates } from './templates.js'

const PAGE = 65536

interface Code {
  run(from: number, stop: number): number
  countFrom(micros: number): void
  keepCall(thread: number, operator: number): void
  keepLaunch(thread: number, isGraph: number): void
  keepDevice(name: number): void
}

/** What it says to whom it works for. */
export interface MatcherEvents {
  /** The number of the category in the slots; its complement: only the number of such events is wanted. */
  category(): number
  /** Events of a category were counted, or became rows. */
  onCount(category: number, count: number): void
  /** `count` rows as `kineto-rows.ts` lays them out, to be copied; `seq` of device work is not filled. */
  onCalls(rows: Float64Array, count: number): void
  onLaunches(rows: Float64Array, count: number): void
  onDevice(rows: Float64Array, count: number): void
  /** What events of this category are, if rows are to be made of them; else UNWANTED. */
  whatIs(category: number): number
}

let compiled: WebAssembly.Module | undefined

/** Events of a Kineto file that are written like earlier ones, scanned in WebAssembly: of those of unwanted categories it
 *  keeps only counts, of calls of operators that it has learned only rows. All others come to the scanner of the file, with
 *  their values in its slots or without. The result is that of the scanner alone. */
export class KinetoMatcher implements EventMatcher {
  /** Where the scanner's bytes and slots have to lie. */
  readonly room: ScanRoom
  private readonly memory: DataView
  private readonly templates: Templates
  private readonly code: Code
  private readonly rows: readonly { readonly count: number; readonly data: Float64Array; readonly on: (rows: Float64Array, count: number) => void }[]

  private constructor(
    module: WebAssembly.Module,
    roomBytes: number,
    private readonly events: MatcherEvents,
  ) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil((BUFFER + roomBytes + OVERREAD) / PAGE) })
    const { buffer } = memory
    this.memory = new DataView(buffer)
    this.code = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Code
    this.room = {
      buf: new Uint8Array(buffer, BUFFER, roomBytes),
      kind: new Uint8Array(buffer, KINDS, SLOTS),
      from: new Int32Array(buffer, FROMS, SLOTS),
      to: new Int32Array(buffer, TOS, SLOTS),
    }
    const rows = (at: number, width: number): Float64Array => new Float64Array(buffer, at, MAX_ROWS * width)
    this.rows = [
      { count: CALL_COUNT, data: rows(CALLS, CPU_WIDTH), on: events.onCalls },
      { count: LAUNCH_COUNT, data: rows(LAUNCHES, LAUNCH_WIDTH), on: events.onLaunches },
      { count: DEVICE_COUNT, data: rows(DEVICES, GPU_WIDTH), on: events.onDevice },
    ]
    this.templates = new Templates(this.memory, new Uint8Array(buffer))
    new Uint8Array(buffer, MASK, 16).fill(255)
  }

  /** Undefined: this machine has no WebAssembly with vectors, and the scanner works alone. */
  static make(roomBytes: number, events: MatcherEvents): KinetoMatcher | undefined {
    if (typeof WebAssembly === 'undefined') return undefined
    if (compiled === undefined) {
      const bytes = Uint8Array.from(atob(matcherCode), (c) => c.charCodeAt(0))
      if (!WebAssembly.validate(bytes)) return undefined
      compiled = new WebAssembly.Module(bytes)
    }
    return new KinetoMatcher(compiled, roomBytes, events)
  }

  /** Sets what times are counted from; without it there are no rows. */
  countFrom(micros: number): void {
    this.code.countFrom(micros)
  }

  /** Goes over events from the one at `from` on, but none that begins at `stop` or behind it. LEFT: at `at` begins one that is
   *  to be scanned, or stands `stop`. MATCHED: the one from `at` to `behind` is in the slots. TAKEN: `at` is behind the last one. */
  run(from: number, stop: number): number {
    let how = this.code.run(from, stop)
    while (how === FULL) {
      this.flushRows()
      how = this.code.run(this.at, stop)
    }
    return how
  }

  get at(): number {
    return this.memory.getInt32(AT, true)
  }

  get behind(): number {
    return this.memory.getInt32(BEHIND, true)
  }

  /** Whether the event that did not match is to be learned. */
  wantsMore(): boolean {
    return this.templates.wantsMore()
  }

  /** Learns the event just scanned, in `at … end`. */
  learn(scan: JsonScan, at: number, end: number): void {
    if (scan.kind[CAT] !== TEXT) return
    this.flush()
    const category = this.events.category()
    this.templates.learn(scan, at, end, category, category < 0 ? UNWANTED : this.events.whatIs(category))
  }

  /** The event in the slots is of this thread and calls the operator of this row. */
  learnCall(thread: number, operator: number): void {
    if (this.hasThread()) this.code.keepCall(thread, operator)
  }

  /** The event in the slots is of this thread, and what its name calls launches a graph (1) or does not (0). */
  learnLaunch(thread: number, isGraph: number): void {
    if (this.hasThread()) this.code.keepLaunch(thread, isGraph)
  }

  /** The event in the slots is work of the device of this name. */
  learnDevice(name: number): void {
    if (this.room.kind[NAME] === TEXT) this.code.keepDevice(name)
  }

  /** Whether a thread and a name can be learned from the slots. */
  private hasThread(): boolean {
    const { kind } = this.room
    return kind[NAME] === TEXT && kind[PID] === NUMBER && kind[TID] === NUMBER
  }

  /** Tells what was counted and taken up to now. */
  flush(): void {
    this.flushRows()
    for (const [category, count] of this.templates.counted()) this.events.onCount(category, count)
  }

  /** Rows of events ahead of the one in the slots. */
  flushRows(): void {
    for (const { count: at, data, on } of this.rows) {
      const count = this.memory.getInt32(at, true)
      if (count === 0) continue
      this.memory.setInt32(at, 0, true)
      on(data, count)
    }
  }
}
