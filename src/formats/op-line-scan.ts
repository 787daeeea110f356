import type { Bytes } from '../base/bytes.js'
import type { Place } from '../base/errors.js'
import { ByteStrings } from './byte-strings.js'
import { fourDigits } from './decimal.js'
import { ABSENT, ARRAY, NUMBER, TEXT } from './json-kinds.js'
import { KeyTable } from './key-table.js'
import { LineTemplates, MAX_SPANS, type LineValues, type NumberSpans } from './op-line-templates.js'

/** Longer strings are none of the usual ones. */
const MAX_TEXT_BYTES = 4096
const QUOTE = 34
const COMMA = 44
const MINUS = 45
const ZERO = 48
const NINE = 57
const CLOSED = 93
const CLOSING = 125

/** A line of the interchange as it is usually written: a flat object of strings without escapes, whole numbers and lists of
 *  whole numbers, each key once. What it holds, by slot; where a line is anything else, `scan` says so and somebody else
 *  reads it. */
export class OpLineScan implements LineValues {
  readonly kind: Uint8Array
  /** The same memory, eight slots a number. */
  private readonly kinds: Float64Array
  /** The numbers of the line's list. */
  readonly list: number[] = []
  listLength = 0
  /** Of numbers: at most 2^53 - 1. */
  readonly value: Float64Array
  /** Of strings: their numbers; -1 before the first. */
  readonly textOf: Int32Array
  readonly texts = new ByteStrings()
  /** By slot and its latest string (+ 1): the string that came next. */
  private readonly followers: number[][]
  private readonly keys: KeyTable
  /** Of each key with its quotes and colon: four bytes a word, the last one overlapping; and how many bytes. */
  private readonly words: Int32Array
  private readonly firstWord: Int32Array
  private readonly length: Int32Array
  /** The slot that came behind a slot (+ 1) the last time: lines are written alike. */
  private readonly nextOf: Int32Array

  private readonly templates = new LineTemplates()
  private readonly spans: NumberSpans = { count: 0, from: new Int32Array(MAX_SPANS), to: new Int32Array(MAX_SPANS), slot: new Int32Array(MAX_SPANS) }

  /** Key `names[i]` has slot `i`; lines are told apart by the text in `nameSlot`. */
  constructor(
    names: readonly string[],
    private readonly nameSlot: number,
  ) {
    const slots = names.length
    const quoted = names.map((name) => new TextEncoder().encode(`"${name}":`))
    this.keys = new KeyTable(names, 0)
    const words = quoted.map(wordsOf)
    this.words = Int32Array.from(words.flat())
    this.firstWord = Int32Array.from(words, (_, i) => words.slice(0, i).flat().length)
    this.length = Int32Array.from(quoted, ({ length }) => length)
    this.nextOf = new Int32Array(slots + 1)
    this.textOf = new Int32Array(slots).fill(-1)
    this.followers = names.map(() => [])
    this.kinds = new Float64Array((slots + 7) >> 3)
    this.kind = new Uint8Array(this.kinds.buffer, 0, slots)
    this.value = new Float64Array(slots)
  }

  /** The index behind the `}` of such a line that begins at `start`; -1: none does, or it goes on at `last`. */
  scan(bytes: Bytes, start: number, last: number): number {
    const known = this.templates.match(bytes, start, last, this)
    if (known >= 0) return known
    const end = this.members(bytes, start, last)
    if (end >= 0) this.templates.note(bytes, start, end, this.spans, this.textOf[this.nameSlot]!, this)
    return end
  }

  private members({ buf, view }: Bytes, start: number, last: number): number {
    const { kind, kinds, value, keys, words, firstWord, length, nextOf, spans } = this
    spans.count = this.listLength = 0
    let before = -1
    for (let i = kinds.length; i-- > 0;) kinds[i] = ABSENT
    if (buf[start] !== 123) return -1
    let at = start + 1
    while (at < last) {
      let slot = nextOf[before + 1]!
      const keyEnd = at + length[slot]!
      let isKey = keyEnd <= last
      if (isKey) {
        let word = firstWord[slot]!
        let keyAt = at
        for (; keyAt + 4 < keyEnd; keyAt += 4) if (view.getInt32(keyAt, true) !== words[word++]) break
        isKey = keyAt + 4 >= keyEnd && view.getInt32(keyEnd - 4, true) === words[word]
      }
      if (isKey) at = keyEnd
      else {
        if (buf[at] !== QUOTE) return -1
        const keyFrom = ++at
        while (at < last && buf[at] !== QUOTE) at++
        slot = keys.find(buf, keyFrom, at)
        if (slot < 0 || buf[at + 1] !== 58) return -1
        at += 2
        nextOf[before + 1] = slot
      }
      if (kind[slot] !== ABSENT) return -1
      before = slot
      if (buf[at] === 32) at++
      const c = buf[at]!
      if (c === QUOTE) {
        at = this.text(buf, view, slot, at + 1, last)
        if (at < 0) return -1
      } else if ((c >= ZERO && c <= NINE) || c === MINUS) {
        kind[slot] = NUMBER
        const digits = c === MINUS ? at + 1 : at
        let whole = 0
        for (at = digits; at + 4 <= last; at += 4) {
          const four = fourDigits(view, at)
          if (four < 0) break
          whole = whole * 10_000 + four
        }
        for (; at < last && buf[at]! >= ZERO && buf[at]! <= NINE; at++) whole = whole * 10 + (buf[at]! - ZERO)
        const isOdd = at === digits || (buf[digits] === ZERO && (at > digits + 1 || c === MINUS)) // 007, -0
        if (isOdd || whole > Number.MAX_SAFE_INTEGER) return -1
        value[slot] = c === MINUS ? -whole : whole
        this.span(c === MINUS ? MAX_SPANS : slot, digits, at) // -1 is rare: no template
      } else if (c === 91) {
        kind[slot] = ARRAY
        at = this.numbers(buf, at + 1, last)
        if (at < 0) return -1
      } else return -1
      if (buf[at] === CLOSING && at < last) return at + 1
      if (buf[at] !== COMMA) return -1
      if (buf[++at] === 32) at++
    }
    return -1
  }

  /** Reads whole numbers up to the `]`: the index behind it; -1: there is anything else. */
  private numbers(buf: Uint8Array, start: number, last: number): number {
    if (buf[start] === CLOSED) return start + 1
    for (let at = start; at < last; at++) {
      if (buf[at] === 32 && at > start) at++
      const digits = at
      let whole = 0
      for (; at < last && buf[at]! >= ZERO && buf[at]! <= NINE; at++) whole = whole * 10 + (buf[at]! - ZERO)
      if (at === digits || (buf[digits] === ZERO && at > digits + 1) || whole > Number.MAX_SAFE_INTEGER) return -1
      this.list[this.listLength++] = whole
      this.span(-1, digits, at)
      if (buf[at] === CLOSED) return at + 1
      if (buf[at] !== COMMA) return -1
    }
    return -1
  }

  private span(slot: number, from: number, to: number): void {
    const { spans } = this
    if (slot === MAX_SPANS) spans.count = MAX_SPANS
    const i = spans.count++
    if (i >= MAX_SPANS) return
    spans.slot[i] = slot
    spans.from[i] = from
    spans.to[i] = to
  }

  /** Reads a string whose inside begins at `start`: the one that followed the slot's latest string the last time, if it is that,
   *  without looking for its end. The index behind it; -1: it is none of the usual ones. */
  private text(buf: Uint8Array, view: DataView, slot: number, start: number, last: number): number {
    const { texts } = this
    const follower = this.followers[slot]!
    const latest = this.textOf[slot]! + 1
    this.kind[slot] = TEXT
    const guess = follower[latest]
    if (guess !== undefined) {
      const end = texts.endAt(guess, view, start, last)
      if (end >= 0 && buf[end] === QUOTE) {
        this.textOf[slot] = guess
        return end + 1
      }
    }
    let at = start
    while (at + 4 <= last && !mayStop(view.getInt32(at, true))) at += 4
    for (let inside = buf[at]!; inside !== QUOTE; inside = buf[++at]!) if (at >= last || inside === 92 || inside < 32) return -1
    if (at - start > Math.min(MAX_TEXT_BYTES, texts.room)) return -1
    const id = texts.intern(buf, start, at, false, noPlace)
    follower[latest] = id
    this.textOf[slot] = id
    return at + 1
  }
}

const noPlace = (): Place => ({ file: '' })

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words: number[] = []
  for (let at = 0; at + 4 < bytes.length; at += 4) words.push(view.getInt32(at, true))
  words.push(view.getInt32(bytes.length - 4, true))
  return words
}

/** Whether one of four bytes may be a quote, a backslash or below a blank: no means no, yes is looked at byte by byte. */
function mayStop(four: number): boolean {
  const quote = four ^ 0x22222222
  const backslash = four ^ 0x5c5c5c5c
  const stops = ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash) | ((four - 0x20202020) & ~four)
  return (stops & 0x80808080) !== 0
}
