import { BadInput } from '../base/errors.js'

/** A frame may ask for as much memory as its window: no writer of traces needs more. */
const MOST_WINDOW_BYTES = 128 << 20
/** What a block may hold (RFC 8878, 3.1.1.2.4). */
const MOST_BLOCK_BYTES = 128 << 10
/** What comes out of a piece, at most, beside the block that begins in it. */
const PIECE_BYTES = 4 << 20

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd]
const isSkippable = (head: Uint8Array): boolean => head[0]! >> 4 === 5 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18

export const isZstd = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte)

/** Follows the frames and blocks of zstd data (RFC 8878, 3.1), without unpacking them, and cuts it into pieces that unpack to few
 *  bytes each: a block of three bytes may say 128 KiB, so that pieces of one packed size may be anything unpacked. Throws `BadInput`
 *  where a frame or block asks for more than the format allows, or a window is beyond 128 MiB. */
export class ZstdCuts {
  private readonly head = new Uint8Array(18)
  private held = 0
  private isFrame = true
  private passing = 0
  private checksumBytes = 0
  private made = 0
  private offset = 0

  constructor(private readonly file: string) {}

  /** The bytes of `chunk` in order, as views of it. */
  *pieces(chunk: Uint8Array): Generator<Uint8Array> {
    let from = 0
    for (let at = 0; at < chunk.length;) {
      if (this.passing > 0) {
        const passed = Math.min(this.passing, chunk.length - at)
        this.passing -= passed
        at += passed
        this.offset += passed
        continue
      }
      this.head[this.held++] = chunk[at++]!
      this.offset++
      if (this.isFrame) this.frame()
      else if (this.held === 3) this.block()
      if (this.made <= PIECE_BYTES) continue
      yield chunk.subarray(from, at)
      from = at
      this.made = 0
    }
    if (from < chunk.length) yield chunk.subarray(from)
    this.made = 0
  }

  private frame(): void {
    const { head, held } = this
    if (held < 5) return
    if (isSkippable(head)) {
      if (held < 8) return
      this.passing = head[4]! + head[5]! * 2 ** 8 + head[6]! * 2 ** 16 + head[7]! * 2 ** 24
      this.held = 0
      return
    }
    if (!isZstd(head)) throw this.fault('a zstd frame', 'other bytes')
    const descriptor = head[4]!
    const isSingle = (descriptor & 0x20) !== 0
    const dictionary = [0, 1, 2, 4][descriptor & 3]!
    const length = isSingle && descriptor >> 6 === 0 ? 1 : [0, 2, 4, 8][descriptor >> 6]!
    const sizeAt = 5 + (isSingle ? 0 : 1) + dictionary
    if (held < sizeAt + length) return
    const window = isSingle ? sizeIn(head, sizeAt, length) : windowIn(head[5]!)
    if (window > MOST_WINDOW_BYTES) throw this.fault(`a zstd window of at most ${MOST_WINDOW_BYTES >> 20} MiB`, window, 'compress it without --long')
    this.checksumBytes = (descriptor & 4) === 0 ? 0 : 4
    this.isFrame = false
    this.held = 0
  }

  private block(): void {
    const { head } = this
    const said = head[0]! | (head[1]! << 8) | (head[2]! << 16)
    const size = said >> 3
    const kind = (said >> 1) & 3
    if (size > MOST_BLOCK_BYTES || kind === 3) throw this.fault(`a zstd block of at most ${MOST_BLOCK_BYTES} bytes`, kind === 3 ? 'one of a reserved kind' : size)
    const isLast = (said & 1) === 1
    this.made += kind === 2 ? MOST_BLOCK_BYTES : size
    this.passing = (kind === 1 ? 1 : size) + (isLast ? this.checksumBytes : 0)
    this.isFrame = isLast
    this.held = 0
  }

  private fault(expected: string, found: unknown, hint?: string): BadInput {
    return new BadInput({ file: this.file, byteOffset: Math.max(0, this.offset - this.held) }, expected, found, hint)
  }
}

function windowIn(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function sizeIn(head: Uint8Array, at: number, length: number): number {
  let size = length === 2 ? 256 : 0
  for (let i = 0; i < length; i++) size += head[at + i]! * 256 ** i
  return size
}
