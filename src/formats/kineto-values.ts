import { BadInput, type Place } from '../base/errors.js'
import type { ByteStrings } from './byte-strings.js'
import { microsToNs, wholeNumber } from './decimal.js'
import type { JsonScan } from './json-bytes.js'
import { ABSENT, ESCAPED, NUMBER, TEXT } from './json-kinds.js'
import { PID, TID } from './kineto-matcher/layout.js'
import { THREAD_BASE } from './torch-names.js'

/** What the slots of the event just scanned say. */
export class KinetoValues {
  constructor(
    private readonly scan: JsonScan,
    private readonly names: ByteStrings,
    private readonly place: (field?: string) => Place,
  ) {}

  /** Microseconds (a number, or a string that writes one), as ns after `baseUs`. NaN: there are none that are kept exactly. */
  ns(slot: number, baseUs: number): number {
    const { scan } = this
    return scan.kind[slot] === NUMBER || scan.kind[slot] === TEXT ? microsToNs(scan, scan.from[slot]!, scan.to[slot]!, baseUs) : NaN
  }

  /** The number of a name. Throws `BadInput` where there is none. */
  name(slot: number): number {
    const { scan } = this
    const isText = scan.kind[slot] === TEXT || scan.kind[slot] === ESCAPED
    if (!isText) throw this.wrong(slot, 'name', 'a string')
    return this.names.intern(scan.buf, scan.from[slot]!, scan.to[slot]!, scan.kind[slot] === ESCAPED, this.place)
  }

  /** Process and thread as one number. */
  thread(): number {
    return this.word(PID) * THREAD_BASE + this.word(TID)
  }

  /** A whole number of 0 or more from the first slot that has one; -1: none has. */
  whole(slot: number, otherwise = slot): number {
    const value = this.wholeAt(slot)
    return value < 0 && otherwise !== slot ? this.wholeAt(otherwise) : value
  }

  wrong(slot: number, field: string, expected: string): BadInput {
    const { scan } = this
    const isFound = scan.kind[slot] !== ABSENT
    const bytes = scan.buf.subarray(scan.from[slot]!, Math.min(scan.to[slot]!, scan.from[slot]! + 80))
    return new BadInput(this.place(field), expected, isFound ? new TextDecoder().decode(bytes) : undefined)
  }

  private word(slot: number): number {
    const { scan } = this
    if (scan.kind[slot] === ABSENT) return this.names.intern(scan.buf, 0, 0, false, this.place)
    return this.names.intern(scan.buf, scan.from[slot]!, scan.to[slot]!, scan.kind[slot] === ESCAPED, this.place)
  }

  private wholeAt(slot: number): number {
    const { scan } = this
    if (scan.kind[slot] !== NUMBER && scan.kind[slot] !== TEXT) return -1
    const value = wholeNumber(scan, scan.from[slot]!, scan.to[slot]!)
    return Number.isNaN(value) ? -1 : value
  }
}
