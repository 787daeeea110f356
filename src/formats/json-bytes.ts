/** JSON objects scanned as bytes: where the values of wanted keys lie, without making a string or an object.
 *  Nested values are checked for brackets and strings; a consumer that reads one checks the rest. The bytes are
 *  UTF-8, checked before. `buf[end]` must be 0: it stops every loop without a comparison of bounds. */

import { EventTemplates, clear } from './event-templates.js'
import type { Gate, Scanned, Span } from './scanned.js'
import { ARRAY, ESCAPED, NUMBER, OBJECT, TEXT, WORD, decodeString, isNumberByte, isWordByte } from './json-text.js'
import type { KeyTable } from './key-table.js'

/** The bytes end before the value does. */
export const NEED_MORE = -1
/** At `fault.at` stands something else than `fault.expected`. */
export const BROKEN = -2

const QUOTE = 34
const BACKSLASH = 92
const MAX_DEPTH = 256

/** 0 plain, 1 quote, 2 opening, 3 closing, 4 what no JSON holds outside strings (and the sentinel). */
const classes = new Uint8Array(256).fill(4)
for (const c of ' \t\r\n0123456789+-.:,' + 'abcdefghijklmnopqrstuvwxyzEINFAY') classes[c.charCodeAt(0)] = 0
classes[QUOTE] = 1
for (const c of '{[') classes[c.charCodeAt(0)] = 2
for (const c of '}]') classes[c.charCodeAt(0)] = 3

const words = new Set(['true', 'false', 'null', 'NaN', 'nan', 'Infinity', 'inf', 'Inf'])

/** The bytes being scanned and, by slot, what was found. */
export class JsonScan implements Scanned {
  buf = new Uint8Array(8)
  view = new DataView(this.buf.buffer)
  /** `buf[end]` is the sentinel; a few bytes more may be read. */
  end = 0
  readonly kind: Uint8Array
  /** Of strings: inside the quotes. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** When this slot of the outer object was read, `gate` says whether the rest of it is wanted. */
  gateSlot = -1
  gate: Gate = () => 0
  /** What the gate said of the event just scanned. */
  gateAnswer = 0
  faultAt = 0
  faultExpected = ''
  /** The values of the event just scanned, in order, while a template is made of it. */
  readonly spans: Span[] = []
  private isRecording = false
  private readonly templates = new EventTemplates()
  private readonly closers = new Uint8Array(MAX_DEPTH)

  constructor(slots: number) {
    this.kind = new Uint8Array(slots)
    this.from = new Int32Array(slots)
    this.to = new Int32Array(slots)
  }

  /** Scans the object whose `{` is at `at`. Returns the index behind it, NEED_MORE or BROKEN. */
  object(at: number, keys: KeyTable): number {
    const known = this.gateSlot < 0 ? 0 : this.templates.match(this, at)
    if (known > 0) return known
    clear(this.kind)
    this.gateAnswer = 0
    this.isRecording = this.gateSlot >= 0 && this.templates.wantsMore()
    this.spans.length = 0
    const end = this.members(at + 1, keys, true)
    if (end > 0 && this.isRecording) this.templates.add(this, at, end)
    return end
  }

  private members(start: number, keys: KeyTable, isOuter: boolean): number {
    const { buf, kind, from, to } = this
    let at = start
    let isFirst = true
    for (;;) {
      let c = buf[at]!
      while (c <= 32 && c !== 0) c = buf[++at]!
      if (c === 125 && isFirst) return at + 1
      if (c !== QUOTE) return this.stop(at, isFirst ? 'a key or }' : 'a key')
      isFirst = false
      const keyFrom = ++at
      for (c = buf[at]!; c !== QUOTE; c = buf[++at]!) if (c === 0 || c === BACKSLASH) break
      let slot: number
      if (c === QUOTE) slot = keys.find(buf, keyFrom, at++)
      else {
        at = this.string(keyFrom)
        if (at < 0) return at
        slot = keys.named(decodeString(buf, keyFrom, at - 1, true) ?? '')
      }
      c = buf[at]!
      while (c <= 32 && c !== 0) c = buf[++at]!
      if (c !== 58) return this.stop(at, 'a colon')
      c = buf[++at]!
      while (c <= 32 && c !== 0) c = buf[++at]!
      const valueFrom = at
      let found: number
      if (c === QUOTE) {
        found = TEXT
        for (c = buf[++at]!; c !== QUOTE; c = buf[++at]!) {
          if (c === BACKSLASH || c === 0) break
        }
        if (c === QUOTE) at++
        else {
          found = ESCAPED
          at = this.string(at)
          if (at < 0) return at
        }
      } else if (isNumberByte[c] === 1 && !(c === 45 && isWordByte[buf[at + 1]!] === 1)) {
        found = NUMBER
        do c = buf[++at]!
        while (isNumberByte[c] === 1)
      } else if (c === 123) {
        found = OBJECT
        if (slot === keys.childrenOf && slot >= 0) at = this.members(at + 1, keys.children!, false)
        else at = this.nested(at)
        if (at < 0) return at
      } else if (c === 91) {
        found = ARRAY
        at = this.nested(at)
        if (at < 0) return at
      } else {
        found = WORD
        if (c === 45) at++
        const wordFrom = at
        while (isWordByte[buf[at]!] === 1) at++
        if (at === wordFrom) return this.stop(at, 'a value')
        if (at >= this.end) return NEED_MORE
        if (!words.has(ascii(buf, wordFrom, at))) return this.stop(wordFrom, 'a value')
      }
      if (this.isRecording) this.record(found, slot, valueFrom, at, isOuter, keys)
      if (slot >= 0 && (found !== OBJECT || slot !== keys.childrenOf)) {
        kind[slot] = found
        from[slot] = found <= ESCAPED ? valueFrom + 1 : valueFrom
        to[slot] = found <= ESCAPED ? at - 1 : at
        if (isOuter && slot === this.gateSlot) {
          this.gateAnswer = this.gate(from[slot]!, to[slot]!)
          if (this.gateAnswer < 0 && !this.isRecording) return this.rest(at)
        }
      }
      c = buf[at]!
      while (c <= 32 && c !== 0) c = buf[++at]!
      if (c === 44) at++
      else if (c === 125) return at + 1
      else return this.stop(at, 'a comma or }')
    }
  }

  /** Notes where a value lies; the gate's own belongs to what is the same in every such event. */
  private record(kind: number, slot: number, from: number, to: number, isOuter: boolean, keys: KeyTable): void {
    if (slot >= 0 && slot === keys.childrenOf && kind === OBJECT) return
    if (kind === ESCAPED || kind === WORD) this.isRecording = false
    const isQuoted = kind <= ESCAPED
    this.spans.push({
      kind,
      slot,
      from: isQuoted ? from + 1 : from,
      to: isQuoted ? to - 1 : to,
      isGate: isOuter && slot === this.gateSlot,
    })
  }

  /** The index behind the value at `at` (a string, a number, a word or a bracketed value). */
  value(at: number): number {
    const c = this.buf[at]!
    if (c === QUOTE) return this.string(at + 1)
    if (c === 123 || c === 91) return this.nested(at)
    let end = at
    while (isNumberByte[this.buf[end]!] === 1 || isWordByte[this.buf[end]!] === 1) end++
    if (end >= this.end) return NEED_MORE
    return end === at ? this.stop(at, 'a value') : end
  }

  /** The index behind the quote that ends the string whose inside contains `at`. */
  string(at: number): number {
    const { buf, end } = this
    for (let c = buf[at]!; c !== QUOTE; c = buf[++at]!) {
      if (c === BACKSLASH) {
        if (++at >= end) return NEED_MORE
      } else if (c === 0) return this.stop(at, 'no zero byte')
    }
    return at + 1
  }

  /** The index behind the bracketed value at `at`. */
  nested(at: number): number {
    this.closers[0] = this.buf[at] === 123 ? 125 : 93
    return this.close(at + 1)
  }

  private rest(at: number): number {
    this.closers[0] = 125
    return this.close(at)
  }

  /** From inside brackets to behind the one that closes them all. */
  private close(at: number): number {
    const { buf, closers, end } = this
    let depth = 0
    for (;;) {
      const c = buf[at++]!
      const what = classes[c]!
      if (what === 0) continue
      if (what === 1) {
        for (let inside = buf[at++]!; inside !== QUOTE; inside = buf[at++]!) {
          if (inside === BACKSLASH) {
            if (++at > end) return NEED_MORE
          } else if (inside === 0) return this.stop(at - 1, 'no zero byte')
        }
      } else if (what === 3) {
        if (closers[depth] !== c) return this.stop(at - 1, closers[depth] === 125 ? '}' : ']')
        if (depth-- === 0) return at
      } else if (what === 2) {
        if (++depth === MAX_DEPTH) return this.stop(at - 1, `at most ${MAX_DEPTH} brackets within each other`)
        closers[depth] = c === 123 ? 125 : 93
      } else return this.stop(at - 1, 'JSON')
    }
  }

  private stop(at: number, expected: string): number {
    if (at >= this.end) return NEED_MORE
    this.faultAt = at
    this.faultExpected = expected
    return BROKEN
  }
}

function ascii(buf: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...buf.subarray(from, Math.min(to, from + 16)))
}
