/** JSON objects scanned as bytes: where the values of wanted keys lie, without making a string or an object.
 *  Nested values are checked for brackets and strings; a consumer that reads one checks the rest. The bytes are
 *  UTF-8, checked before. `buf[end]` must be 0: it stops every loop without a comparison of bounds. */

import { ABSENT, ARRAY, ESCAPED, NUMBER, OBJECT, TEXT, WORD } from './json-kinds.js'
import { decodeString, isNumberByte, isWordByte } from './json-text.js'
import type { KeyTable } from './key-table.js'

/** The bytes end before the value does. */
export const NEED_MORE = -1
/** At `fault.at` stands something else than `fault.expected`. */
export const BROKEN = -2

const QUOTE = 34
const BACKSLASH = 92
export const MAX_DEPTH = 256

/** 0 plain, 1 quote, 2 opening, 3 closing, 4 what no JSON holds outside strings (and the sentinel). */
export const classes = new Uint8Array(256).fill(4)
for (const c of ' \t\r\n0123456789+-.:,' + 'abcdefghijklmnopqrstuvwxyzEINFAY') classes[c.charCodeAt(0)] = 0
classes[QUOTE] = 1
for (const c of '{[') classes[c.charCodeAt(0)] = 2
for (const c of '}]') classes[c.charCodeAt(0)] = 3

export const bracketOf = { quote: 1, opening: 2, closing: 3 } as const

const words = new Set(['true', 'false', 'null', 'NaN', 'nan', 'Infinity', 'inf', 'Inf'])

/** A value of an event: its kind, its slot (-1: nobody asked for it), its bytes (of strings, inside the quotes). */
export interface Span {
  readonly kind: number
  readonly slot: number
  readonly from: number
  readonly to: number
}

/** Where a scan's bytes and slots lie. */
export interface ScanRoom {
  readonly buf: Uint8Array<ArrayBuffer>
  readonly kind: Uint8Array
  readonly from: Int32Array
  readonly to: Int32Array
}

const ownRoom = (slots: number): ScanRoom => ({ buf: new Uint8Array(8), kind: new Uint8Array(slots), from: new Int32Array(slots), to: new Int32Array(slots) })

/** The bytes being scanned and, by slot, what was found. */
export class JsonScan {
  buf: Uint8Array<ArrayBuffer>
  view: DataView
  /** `buf[end]` is the sentinel; a few bytes more may be read. */
  end = 0
  readonly kind: Uint8Array
  /** Of strings: inside the quotes. */
  readonly from: Int32Array
  readonly to: Int32Array
  faultAt = 0
  faultExpected = ''
  /** The values of the object just scanned, in order, if they were asked for. */
  readonly spans: Span[] = []
  /** Whether `spans` are all of them, each of a kind that comes again: no strings with escapes, no words in slots. Words that nobody
   *  asked for are none of them. */
  isRecorded = false
  private readonly closers = new Uint8Array(MAX_DEPTH)

  constructor(slots: number, room = ownRoom(slots)) {
    this.buf = room.buf
    this.view = new DataView(room.buf.buffer, room.buf.byteOffset, room.buf.length)
    this.kind = room.kind
    this.from = room.from
    this.to = room.to
  }

  /** Scans the object whose `{` is at `at`. Returns the index behind it, NEED_MORE or BROKEN. `records`: asks for `spans`. */
  object(at: number, keys: KeyTable, records = false): number {
    for (let slot = this.kind.length; slot-- > 0;) this.kind[slot] = ABSENT
    this.isRecorded = records
    this.spans.length = 0
    return this.members(at + 1, keys)
  }

  private members(start: number, keys: KeyTable): number {
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
        if (slot === keys.childrenOf && slot >= 0) at = this.members(at + 1, keys.children!)
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
      if (this.isRecorded) this.record(found, slot, valueFrom, at, keys)
      if (slot >= 0 && (found !== OBJECT || slot !== keys.childrenOf)) {
        kind[slot] = found
        from[slot] = found <= ESCAPED ? valueFrom + 1 : valueFrom
        to[slot] = found <= ESCAPED ? at - 1 : at
      }
      c = buf[at]!
      while (c <= 32 && c !== 0) c = buf[++at]!
      if (c === 44) at++
      else if (c === 125) return at + 1
      else return this.stop(at, 'a comma or }')
    }
  }

  /** Notes where a value lies. */
  private record(kind: number, slot: number, from: number, to: number, keys: KeyTable): void {
    if (slot >= 0 && slot === keys.childrenOf && kind === OBJECT) return
    if (kind === WORD && slot < 0) return // as good as a part of its key
    if (kind === ESCAPED || kind === WORD) this.isRecorded = false
    const isQuoted = kind <= ESCAPED
    this.spans.push({
      kind,
      slot,
      from: isQuoted ? from + 1 : from,
      to: isQuoted ? to - 1 : to,
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
