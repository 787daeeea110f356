/** Numbers read from their digits, so that times beyond what a double holds as a fraction stay exact. NaN: the
 *  bytes are no such number, or it cannot be kept exactly. */

import type { Bytes } from '../base/bytes.js'

const MAX_WHOLE = Number.MAX_SAFE_INTEGER

/** Microseconds with decimals, minus `baseUs` (whole), as whole ns: half a nanosecond and more rounds away from 0. */
export function microsToNs({ buf, view }: Bytes, from: number, to: number, baseUs: number): number {
  let at = from
  const isNegative = buf[at] === 45
  if (isNegative) at++
  let whole = 0
  const digitsFrom = at
  for (; at + 4 <= to; at += 4) {
    const four = fourDigits(view, at)
    if (four < 0) break
    whole = whole * 10_000 + four
  }
  for (let c = buf[at]!; at < to && c >= 48 && c <= 57; c = buf[++at]!) whole = whole * 10 + (c - 48)
  if (at === digitsFrom || whole > MAX_WHOLE) return NaN
  let ns = 0
  if (at < to && buf[at] === 46) {
    let place = 0
    for (at++; at < to; at++, place++) {
      const digit = buf[at]! - 48
      if (digit < 0 || digit > 9) break
      if (place < 3) ns = ns * 10 + digit
      else if (place === 3 && digit >= 5) ns++
    }
    if (place === 0) return NaN
    for (; place < 3; place++) ns *= 10
  }
  if (at < to) return exponentToNs(buf, from, to, baseUs)
  const value = isNegative ? (-whole - baseUs) * 1000 - ns : (whole - baseUs) * 1000 + ns
  return Number.isSafeInteger(value) ? value + 0 : NaN
}

/** `1.5e+06`: rare, so through a double, and only where that is exact. */
function exponentToNs(buf: Uint8Array, from: number, to: number, baseUs: number): number {
  const text = String.fromCharCode(...buf.subarray(from, Math.min(to, from + 40)))
  if (!/^-?\d+(\.\d+)?[eE][+-]?\d+$/.test(text)) return NaN
  const value = Math.round((Number(text) - baseUs) * 1000)
  return Number.isSafeInteger(value) ? value + 0 : NaN
}

/** The whole part of microseconds, as the base that later times are counted from. */
export function wholeMicros(bytes: Bytes, from: number, to: number): number {
  const { buf } = bytes
  const ns = microsToNs(bytes, from, to, 0)
  if (!Number.isNaN(ns)) return Math.floor(ns / 1000)
  let at = from
  let whole = 0
  for (let c = buf[at]!; at < to && c >= 48 && c <= 57; c = buf[++at]!) whole = whole * 10 + (c - 48)
  return at === from || whole > MAX_WHOLE ? NaN : whole
}

/** A whole number of 0 or more, as digits only (quotes are not part of the range). */
export function wholeNumber({ buf, view }: Bytes, from: number, to: number): number {
  let value = 0
  let at = from
  for (; at + 4 <= to; at += 4) {
    const four = fourDigits(view, at)
    if (four < 0) return NaN
    value = value * 10_000 + four
  }
  for (; at < to; at++) {
    const digit = buf[at]! - 48
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return to > from && value <= MAX_WHOLE ? value : NaN
}

/** Whether four bytes (read little end first) are digits: 0x30 to 0x39 each. */
export function areDigits(four: number): boolean {
  return ((four & 0xf0f0f0f0) | 0) === 0x30303030 && (((four + 0x06060606) & 0xf0f0f0f0) | 0) === 0x30303030
}

/** The number that four digits write, two pairs at once; -1: they are no digits. */
export function fourDigits(view: DataView, at: number): number {
  const four = view.getInt32(at, true)
  if (!areDigits(four)) return -1
  const digits = four & 0x0f0f0f0f
  const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00ff00ff
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff
}
