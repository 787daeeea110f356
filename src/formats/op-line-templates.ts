import type { Bytes } from '../base/bytes.js'
import { areDigits, fourDigits } from './decimal.js'

const MAX_TEMPLATES = 4096
/** A line with more numbers gets none. */
export const MAX_SPANS = 48

/** What a line holds, by slot. */
export interface LineValues {
  readonly kind: Uint8Array
  readonly textOf: Int32Array
  readonly value: Float64Array
  /** The numbers of the line's list, `list[0 … listLength)`. */
  readonly list: number[]
  listLength: number
}

/** Where the numbers of a line lie: `from[i] … to[i]`, for slot `slot[i]` (-1: in the list). */
export interface NumberSpans {
  count: number
  readonly from: Int32Array
  readonly to: Int32Array
  readonly slot: Int32Array
}

/** The bytes of a line between its numbers, and what they say. */
interface Template {
  /** Eight bytes a word, read as a double: two doubles are the same only when their bytes are (but for zeros and NaN,
   *  and text holds no such bytes; a word that is NaN fits nothing). The last of a piece overlaps the one before. */
  readonly words: Float64Array
  /** Of piece i: its length in bytes (at least 8, or compared byte by byte) and its first word. */
  readonly length: Int32Array
  readonly firstWord: Int32Array
  /** Of the number behind piece i. */
  readonly slot: Int32Array
  readonly kind: Uint8Array
  readonly textOf: Int32Array
  /** The template of the line that came next the last time. */
  next: Template | undefined
}

/** Steps of a decode repeat their lines: the same but for the numbers. A line that is like the one that followed last time is
 *  read by comparing what is the same, eight bytes at once; the result is that of the scan it is compared with. */
export class LineTemplates {
  private readonly byName = new Map<number, Template>()
  private latest: Template | undefined
  private count = 0

  /** The index behind the line at `start` with `into` filled; -1: it is not the one that was expected. */
  match(bytes: Bytes, start: number, last: number, into: LineValues): number {
    const expected = this.latest?.next
    if (expected === undefined) return -1
    const end = fit(expected, bytes, start, last, into)
    if (end >= 0) this.latest = expected
    return end
  }

  /** Notes the line in `start … end`, which was scanned. `name`: the number of a text that tells lines apart. */
  note(bytes: Bytes, start: number, end: number, spans: NumberSpans, name: number, values: LineValues): void {
    let template = this.byName.get(name)
    if (template === undefined || fit(template, bytes, start, end, values) !== end) {
      if (this.count === MAX_TEMPLATES || spans.count > MAX_SPANS) return (this.latest = undefined)
      template = templateOf(bytes, start, end, spans, values)
      this.byName.set(name, template)
      this.count++
    }
    if (this.latest !== undefined) this.latest.next = template
    this.latest = template
  }
}

function templateOf({ view, buf }: Bytes, start: number, end: number, spans: NumberSpans, { kind, textOf }: LineValues): Template {
  const words: number[] = []
  const length: number[] = []
  const firstWord: number[] = []
  let from = start
  for (let i = 0; i <= spans.count; i++) {
    const to = i < spans.count ? spans.from[i]! : end
    length.push(to - from)
    firstWord.push(words.length)
    for (let word = from; word + 8 <= to; word += 8) words.push(view.getFloat64(word, true))
    if (to - from < 8) for (let byte = from; byte < to; byte++) words.push(buf[byte]!)
    else if ((to - from) % 8 !== 0) words.push(view.getFloat64(to - 8, true))
    from = i < spans.count ? spans.to[i]! : end
  }
  return {
    words: Float64Array.from(words),
    length: Int32Array.from(length),
    firstWord: Int32Array.from(firstWord),
    slot: spans.slot.slice(0, spans.count),
    kind: kind.slice(),
    textOf: textOf.slice(),
    next: undefined,
  }
}

function fit(template: Template, { buf, view }: Bytes, start: number, last: number, into: LineValues): number {
  const { words, length, firstWord, slot, kind, textOf } = template
  const { value, list } = into
  const numbers = slot.length
  let listLength = 0
  let p = start
  for (let i = 0; ; i++) {
    const stop = p + length[i]!
    if (stop > last) return -1
    let word = firstWord[i]!
    if (stop - p < 8) {
      for (; p < stop; p++) if (buf[p] !== words[word++]) return -1
    } else {
      for (; p + 8 <= stop; p += 8) if (view.getFloat64(p, true) !== words[word++]) return -1
      if (p < stop && view.getFloat64(stop - 8, true) !== words[word]) return -1
      p = stop
    }
    if (i === numbers) break
    const digits = p
    let whole = 0
    for (; p + 4 <= last && areDigits(view.getInt32(p, true)); p += 4) whole = whole * 10_000 + fourDigits(view, p)
    for (; p < last && buf[p]! >= 48 && buf[p]! <= 57; p++) whole = whole * 10 + (buf[p]! - 48)
    if (p === digits || (buf[digits] === 48 && p > digits + 1) || whole > Number.MAX_SAFE_INTEGER) return -1
    if (slot[i]! < 0) list[listLength++] = whole
    else value[slot[i]!] = whole
  }
  into.kind.set(kind)
  into.textOf.set(textOf)
  into.listLength = listLength
  return p
}
