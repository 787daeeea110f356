import type { ScanRoom } from '../json-bytes.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH } from '../kineto-rows.js'
import {
  AT, BEHIND, BUFFER, CALLS, CALL_COUNT, CATEGORY, COUNTED, DEVICES, DEVICE_COUNT, FROMS, KINDS, LAUNCHES, LAUNCH_COUNT, LEARNED, MASK, MAX_ROWS,
  ORDER, OVERREAD, SLOTS, TEMPLATE_COUNT, TOS,
} from './layout.js'
import { FULL } from '../match-answers.js'
import { matcherCode } from './matcher-code.js'

const PAGE = 65536

interface Code {
  run(from: number, stop: number): number
  behindObject(at: number): number
  countFrom(micros: number): void
  keepCall(thread: number, operator: number): void
  keepLaunch(thread: number, isGraph: number): void
  keepDevice(name: number): void
}

/** What takes rows, as `kineto-rows.ts` lays them out: `count` of them, to be copied; `seq` of device work is not filled. */
export interface MatchedRows {
  onCalls(rows: Float64Array, count: number): void
  onLaunches(rows: Float64Array, count: number): void
  onDevice(rows: Float64Array, count: number): void
}

let compiled: WebAssembly.Module | undefined

/** The compiled matcher; undefined: this machine has no WebAssembly with vectors. */
export function matcherModule(): WebAssembly.Module | undefined {
  if (compiled === undefined && typeof WebAssembly !== 'undefined') {
    const bytes = Uint8Array.from(atob(matcherCode), (c) => c.charCodeAt(0))
    if (WebAssembly.validate(bytes)) compiled = new WebAssembly.Module(bytes)
  }
  return compiled
}

/** Events of a Kineto file that are written like earlier ones, scanned in WebAssembly: of those of unwanted categories it
 *  keeps only counts, of device work and calls whose words it knows only rows. */
export class KinetoMatcher {
  /** Where the bytes to be scanned and the slots of an event lie. */
  readonly room: ScanRoom
  protected readonly memory: DataView
  protected readonly bytes: Uint8Array
  protected readonly code: Code
  private readonly rows: readonly { readonly count: number; readonly data: Float64Array; readonly on: (rows: Float64Array, count: number) => void }[]

  constructor(module: WebAssembly.Module, roomBytes: number, into: MatchedRows) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil((BUFFER + roomBytes + OVERREAD) / PAGE) })
    const { buffer } = memory
    this.memory = new DataView(buffer)
    this.bytes = new Uint8Array(buffer)
    this.code = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Code
    this.room = {
      buf: new Uint8Array(buffer, BUFFER, roomBytes),
      kind: new Uint8Array(buffer, KINDS, SLOTS),
      from: new Int32Array(buffer, FROMS, SLOTS),
      to: new Int32Array(buffer, TOS, SLOTS),
    }
    const rows = (at: number, width: number): Float64Array => new Float64Array(buffer, at, MAX_ROWS * width)
    this.rows = [
      { count: CALL_COUNT, data: rows(CALLS, CPU_WIDTH), on: into.onCalls },
      { count: LAUNCH_COUNT, data: rows(LAUNCHES, LAUNCH_WIDTH), on: into.onLaunches },
      { count: DEVICE_COUNT, data: rows(DEVICES, GPU_WIDTH), on: into.onDevice },
    ]
    this.bytes.fill(255, MASK, MASK + 16)
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

  /** The index behind the object at `at`; 0: it is none, or not whole. */
  behindObject(at: number): number {
    return this.code.behindObject(at)
  }

  /** Hands over rows of events ahead of the one in the slots. */
  flushRows(): void {
    for (const { count: at, data, on } of this.rows) {
      const count = this.memory.getInt32(at, true)
      if (count === 0) continue
      this.memory.setInt32(at, 0, true)
      on(data, count)
    }
  }

  /** Categories with how many of their events were counted or became rows since the last call. */
  *counted(): Generator<readonly [category: number, count: number]> {
    const { memory } = this
    for (let i = 0; i < memory.getInt32(TEMPLATE_COUNT, true); i++) {
      const template = memory.getInt32(ORDER + i * 4, true)
      const counted = memory.getInt32(template + COUNTED, true)
      if (counted === 0) continue
      memory.setInt32(template + COUNTED, 0, true)
      yield [memory.getInt32(template + CATEGORY, true), counted]
    }
  }

  /** A copy of all that was learned. */
  learned(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(LEARNED, CALLS)
  }

  /** Knows from now on what another matcher of the same file has learned, and nothing else. */
  learnFrom(learned: Uint8Array): void {
    this.bytes.set(learned, LEARNED)
  }
}
