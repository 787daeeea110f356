import { areDigits } from './decimal.js'
import { ABSENT, NUMBER, OBJECT, TEXT, isNumberByte, isWordByte } from './json-text.js'
import type { Scanned } from './scanned.js'

const MAX_TEMPLATES = 8
const MAX_SPANS = 48
const LEARN_EVERY = 16

/** The bytes that the next event of a kind will have again, and between them its values. */
interface Template {
  /** Eight bytes a word, read as a double: two doubles are the same only when their bytes are (but for zeros and NaN, and
   *  text holds no such bytes; a word that is NaN fits nothing). The last word of a piece overlaps the one before. A
   *  piece of four to seven bytes stands as two words of four, a shorter one as a byte a word. */
  readonly words: Float64Array
  /** Of piece i: its length in bytes and its first word. */
  readonly length: Int32Array
  readonly firstWord: Int32Array
  /** Of the value behind piece i: its kind and slot (-1: nobody asks for it). */
  readonly kind: Uint8Array
  readonly slot: Int16Array
  /** All pieces together: no event of the kind is shorter. */
  readonly bytes: number
  /** Eight bytes that tell most other events apart without a call, and where: at the gate's value, if that is in piece 0; -1:
   *  piece 0 is too short for any. */
  readonly probe: number
  readonly probeAt: number
  /** A first value that stands in piece 0, so is the same in all events of the kind (`ph`); without one its slot is -1. */
  readonly fixedSlot: number
  readonly fixedOffset: number
  readonly fixedLength: number
  /** Where the gate's value is: its piece, the bytes before it in there, its length. */
  readonly gatePiece: number
  readonly gateOffset: number
  readonly gateLength: number
  /** The gate's. Of events that it does not let pass nobody asks for a value. */
  readonly answer: number
  hits: number
}

/** A profiler writes each kind of event with the same keys in the same order. Events that fit one seen before are
 *  scanned by comparing what is the same, eight bytes at a time, and looking only at the values; the result is that
 *  of the scan they are compared with, byte for byte. */
export class EventTemplates {
  private readonly list: Template[] = []
  private misses = 0

  /** The index behind the event at `at` with its slots filled; 0 when it fits no template (or is not whole). */
  match(scan: Scanned, at: number): number {
    const { list } = this
    for (let i = 0; i < list.length; i++) {
      const template = list[i]!
      if (at + template.bytes > scan.end || (template.probeAt >= 0 && scan.view.getFloat64(at + template.probeAt, true) !== template.probe)) continue
      const end = fit(template, scan, at)
      if (end === 0) continue
      template.hits++
      // Most hit first: a file's most frequent kind is compared first.
      if (i > 0 && template.hits > list[i - 1]!.hits) {
        list[i] = list[i - 1]!
        list[i - 1] = template
      }
      return end
    }
    return 0
  }

  /** Whether a template shall be made of the event that fitted none: of the first ones, then of every 16th. */
  wantsMore(): boolean {
    return this.list.length < MAX_TEMPLATES || ++this.misses % LEARN_EVERY === 0
  }

  /** Makes a template of the event in `at … end` and its spans; the least used one leaves. */
  add(scan: Scanned, at: number, end: number): void {
    const values = scan.spans.filter((span) => !span.isGate)
    const [gate, second] = scan.spans.filter((span) => span.isGate)
    if (gate === undefined || second !== undefined || gate.kind !== TEXT || values.length > MAX_SPANS) return
    // Without blanks an event begins with less than eight bytes ahead of its `ph`: that becomes a part of them.
    const [first] = values
    const fixed = first !== undefined && first.kind === TEXT && first.from - at < 8 ? values.shift() : undefined
    const words: number[] = []
    const length: number[] = []
    const firstWord: number[] = []
    let from = at
    let bytes = 0
    let gatePiece = 0
    let gateOffset = 0
    for (let i = 0; i <= values.length; i++) {
      const to = values[i]?.from ?? end
      if (gate.from >= from && gate.from < to) {
        gatePiece = i
        gateOffset = gate.from - from
      }
      bytes += to - from
      length.push(to - from)
      firstWord.push(words.length)
      for (let word = from; word + 8 <= to; word += 8) words.push(scan.view.getFloat64(word, true))
      if (to - from < 4) for (let byte = from; byte < to; byte++) words.push(scan.buf[byte]!)
      else if (to - from < 8) words.push(scan.view.getInt32(from, true), scan.view.getInt32(to - 4, true))
      else if ((to - from) % 8 !== 0) words.push(scan.view.getFloat64(to - 8, true))
      from = values[i]?.to ?? end
    }
    const probeAt = length[0]! < 8 ? -1 : gatePiece === 0 && gateOffset + 8 <= length[0]! ? gateOffset : 0
    if (this.list.length === MAX_TEMPLATES) this.list.pop()
    this.list.push({
      words: Float64Array.from(words),
      length: Int32Array.from(length),
      firstWord: Int32Array.from(firstWord),
      kind: Uint8Array.from(values, (span) => span.kind),
      slot: Int16Array.from(values, (span) => (scan.gateAnswer < 0 ? -1 : span.slot)),
      bytes,
      probe: probeAt < 0 ? 0 : scan.view.getFloat64(at + probeAt, true),
      probeAt,
      fixedSlot: fixed === undefined || scan.gateAnswer < 0 ? -1 : fixed.slot,
      fixedOffset: fixed === undefined ? 0 : fixed.from - at,
      fixedLength: fixed === undefined ? 0 : fixed.to - fixed.from,
      gatePiece,
      gateOffset,
      gateLength: gate.to - gate.from,
      answer: scan.gateAnswer,
      hits: 1,
    })
    for (const old of this.list) old.hits = Math.ceil(old.hits / 2)
  }
}

function fit(template: Template, scan: Scanned, at: number): number {
  const { buf, view, end, kind, from, to } = scan
  const { words, length, firstWord, kind: kinds, slot: slots } = template
  const values = kinds.length
  let gateFrom = 0
  let p = at
  let i = 0
  // One way out for all that does not fit: each exit of its own would cost the compiler a change of mind.
  matching: for (; ; i++) {
    const stop = p + length[i]!
    if (stop > end) break
    if (i === template.gatePiece) gateFrom = p + template.gateOffset
    let word = firstWord[i]!
    if (stop - p < 4) {
      for (; p < stop; p++) if (buf[p] !== words[word++]) break matching
    } else if (stop - p < 8) {
      if (view.getInt32(p, true) !== words[word++] || view.getInt32(stop - 4, true) !== words[word]) break
    } else {
      for (; p + 8 <= stop; p += 8) if (view.getFloat64(p, true) !== words[word++]) break matching
      if (p < stop && view.getFloat64(stop - 8, true) !== words[word]) break
    }
    p = stop
    if (i === 0 && template.answer >= 0) {
      clear(kind)
      const { fixedSlot } = template
      if (fixedSlot >= 0) {
        kind[fixedSlot] = TEXT
        from[fixedSlot] = at + template.fixedOffset
        to[fixedSlot] = from[fixedSlot]! + template.fixedLength
      }
    }
    if (i === values) {
      const { gateSlot } = scan
      kind[gateSlot] = TEXT
      from[gateSlot] = gateFrom
      to[gateSlot] = gateFrom + template.gateLength
      scan.gateAnswer = template.answer
      return p
    }
    const valueFrom = p
    const wanted = kinds[i]!
    let c = buf[p]!
    if (wanted === NUMBER) {
      if (isNumberByte[c] !== 1 || (c === 45 && isWordByte[buf[p + 1]!] === 1)) break
      // Four at a time while all of them are digits.
      for (p++; areDigits(view.getInt32(p, true)); ) p += 4
      for (c = buf[p]!; isNumberByte[c] === 1; ) c = buf[++p]!
    } else if (wanted === TEXT) {
      // Four bytes at a time while none of them is a quote, a backslash or the sentinel.
      for (let four = view.getInt32(p, true); !hasStop(four); four = view.getInt32(p, true)) p += 4
      for (c = buf[p]!; c !== 34; c = buf[++p]!) if (c === 92 || c === 0) break matching
    } else {
      if (c !== (wanted === OBJECT ? 123 : 91)) break
      p = scan.nested(p)
      if (p < 0) break
    }
    const slot = slots[i]!
    if (slot < 0) continue
    kind[slot] = wanted
    from[slot] = valueFrom
    to[slot] = p
  }
  return 0
}

export function clear(kind: Uint8Array): void {
  for (let slot = kind.length; slot-- > 0;) kind[slot] = ABSENT
}

/** Whether one of four bytes is a quote, a backslash or 0 (the classic test for a zero byte in a word). */
function hasStop(four: number): boolean {
  const quote = four ^ 0x22222222
  const backslash = four ^ 0x5c5c5c5c
  const zeros = ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash) | ((four - 0x01010101) & ~four)
  return (zeros & 0x80808080) !== 0
}
