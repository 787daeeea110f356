import { BadInput, type Place } from '../base/errors.js'
import { decodeString } from './json-text.js'

const MAX_COUNT = 250_000
const MAX_BYTES = 16 << 20
const MAX_LENGTH = 64 << 10

const encoder = new TextEncoder()

/** Strings numbered by their bytes, so that a repeated name is never decoded twice. Bounded: a file whose names
 *  are all different is refused before it fills the memory. */
export class ByteStrings {
  private arena = new Uint8Array(1 << 14)
  private arenaView = new DataView(this.arena.buffer)
  /** A view of the bytes that were given last: most come out of one buffer. */
  private given: Uint8Array = this.arena
  private givenView: DataView = this.arenaView
  private used = 0
  private starts = new Uint32Array(1 << 10)
  private table = new Int32Array(1 << 12).fill(-1)
  private readonly texts: (string | undefined)[] = []
  length = 0

  /** The number of the string in `buf[from … to)` (inside its quotes). `place` is asked only for an error. */
  intern(buf: Uint8Array, from: number, to: number, isEscaped: boolean, place: () => Place): number {
    if (isEscaped) {
      const text = decodeString(buf, from, to, true)
      if (text === undefined) throw new BadInput(place(), 'a JSON string', undefined, 'one of its escapes is none')
      return this.internText(text, place)
    }
    if (buf !== this.given) {
      this.given = buf
      this.givenView = new DataView(buf.buffer, buf.byteOffset, buf.byteLength)
    }
    const mask = this.table.length - 1
    let home = hashOf(this.givenView, from, to) & mask
    for (let id = this.table[home]!; id >= 0; id = this.table[home]!) {
      if (this.same(id, from, to)) return id
      home = (home + 1) & mask
    }
    return this.append(buf, from, to, home, place)
  }

  /** Bytes of new strings that there is room for. */
  get room(): number {
    return this.length === MAX_COUNT ? 0 : MAX_BYTES - this.used
  }

  private internText(text: string, place: () => Place): number {
    const bytes = encoder.encode(text)
    return this.intern(bytes, 0, bytes.length, false, place)
  }

  /** The index behind string `id` if it lies at `at`, or -1. Bytes up to `last` may be read. */
  endAt(id: number, view: DataView, at: number, last: number): number {
    const { arenaView } = this
    let i = this.starts[id]!
    const length = this.starts[id + 1]! - i
    const end = at + length
    if (end > last) return -1
    for (; at + 4 <= end; i += 4, at += 4) if (arenaView.getInt32(i, true) !== view.getInt32(at, true)) return -1
    for (; at < end; i++, at++) if (arenaView.getUint8(i) !== view.getUint8(at)) return -1
    return end
  }

  text(id: number): string {
    return (this.texts[id] ??= decodeString(this.arena, this.starts[id]!, this.starts[id + 1]!, false)!)
  }

  private same(id: number, from: number, to: number): boolean {
    const { arenaView, givenView } = this
    let at = this.starts[id]!
    if (this.starts[id + 1]! - at !== to - from) return false
    let i = from
    for (; i + 4 <= to; i += 4, at += 4) if (arenaView.getInt32(at, true) !== givenView.getInt32(i, true)) return false
    for (; i < to; i++, at++) if (arenaView.getUint8(at) !== givenView.getUint8(i)) return false
    return true
  }

  private append(buf: Uint8Array, from: number, to: number, home: number, place: () => Place): number {
    const length = to - from
    if (length > MAX_LENGTH) throw new BadInput(place(), `a name of at most ${MAX_LENGTH} bytes`, `${length} bytes`)
    if (this.length === MAX_COUNT || this.used + length > MAX_BYTES)
      throw new BadInput(place(), `at most ${MAX_COUNT} different names of ${MAX_BYTES >> 20} MiB in all`, 'more of them')
    if (this.used + length > this.arena.length) {
      const wider = new Uint8Array(Math.max(this.arena.length * 2, this.used + length))
      wider.set(this.arena)
      this.arena = wider
      this.arenaView = new DataView(wider.buffer)
    }
    if (this.length + 2 > this.starts.length) {
      const wider = new Uint32Array(this.starts.length * 2)
      wider.set(this.starts)
      this.starts = wider
    }
    for (let i = 0; i < length; i++) this.arena[this.used + i] = buf[from + i]!
    const id = this.length++
    this.starts[id] = this.used
    this.used += length
    this.starts[id + 1] = this.used
    this.table[home] = id
    this.texts.push(undefined)
    if (this.length * 2 > this.table.length) this.rehash()
    return id
  }

  private rehash(): void {
    const size = this.table.length * 2
    this.table = new Int32Array(size).fill(-1)
    for (let id = 0; id < this.length; id++) {
      let home = hashOf(this.arenaView, this.starts[id]!, this.starts[id + 1]!) & (size - 1)
      while (this.table[home]! >= 0) home = (home + 1) & (size - 1)
      this.table[home] = id
    }
  }
}

/** FNV-1a over all bytes, four at a time. */
function hashOf(view: DataView, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ (to - from)
  let i = from
  for (; i + 4 <= to; i += 4) {
    hash = Math.imul(hash ^ view.getInt32(i, true), 0x01000193)
    hash ^= hash >>> 15 // the high bytes of a word reach the low bits of the hash
  }
  for (; i < to; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193)
  return hash ^ (hash >>> 15)
}
