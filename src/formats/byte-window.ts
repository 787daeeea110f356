import { BadInput, type Place } from '../base/errors.js'
import type { JsonScan } from './json-bytes.js'

export const MAX_VALUE_BYTES = 4 << 20
/** Behind the bytes: the sentinel, and what is read beyond it four bytes at a time. */
export const SLACK_BYTES = 8
/** Pieces that stay in the processor's cache between their copy and their scan. */
export const PIECE_BYTES = 128 << 10
/** What a scan's buffer can grow to. */
export const MAX_ROOM_BYTES = MAX_VALUE_BYTES + PIECE_BYTES + 2 * SLACK_BYTES

/** The part of a file that lies in a scan's buffer, and where a scanner stands in it. */
export class ByteWindow {
  /** Where `scan.buf` begins in the file. */
  origin = 0
  /** The index of what comes next. */
  at = 0
  private retryAt = 0

  constructor(
    private readonly file: string,
    readonly scan: JsonScan,
  ) {}

  /** The byte that comes next. */
  get position(): number {
    return this.origin + this.at
  }

  place(field?: string): Place {
    return { file: this.file, byteOffset: this.position, ...(field === undefined ? {} : { field }) }
  }

  placeOf(index: number): Place {
    return { file: this.file, byteOffset: this.origin + index }
  }

  /** Goes on with the bytes at `position`; those that are here are forgotten. */
  moveTo(position: number): void {
    this.origin = position
    this.at = this.scan.end = this.retryAt = 0
  }

  /** Adds a piece. False: it is too little to look again. */
  add(piece: Uint8Array): boolean {
    const { scan } = this
    const kept = scan.end - this.at
    if (scan.buf.length < kept + piece.length + SLACK_BYTES) {
      const wider = new Uint8Array(Math.max(kept + piece.length + SLACK_BYTES, scan.buf.length * 2))
      wider.set(scan.buf.subarray(this.at, scan.end))
      scan.buf = wider
      scan.view = new DataView(wider.buffer)
    } else scan.buf.copyWithin(0, this.at, scan.end)
    this.origin += this.at
    this.at = 0
    scan.buf.set(piece, kept)
    scan.end = kept + piece.length
    scan.buf[scan.end] = 0
    return scan.end >= this.retryAt
  }

  /** What is left has no end yet: it is looked at again only when there is twice as much of it, so that nothing is scanned in
   *  quadratic time. Throws `BadInput` where it is too long. */
  wait(): void {
    const pending = this.scan.end - this.at
    if (pending > MAX_VALUE_BYTES) throw new BadInput(this.place(), `a value of at most ${MAX_VALUE_BYTES >> 20} MiB`, `more than ${pending} bytes without an end`)
    this.retryAt = Math.min(pending * 2, MAX_VALUE_BYTES + 1)
  }
}
