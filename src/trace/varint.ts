/** Whole numbers as zigzag deltas in LEB128, a column at a time: timestamps and repeating fields of a trace
 *  shrink to one or two bytes. Values must be integers within ±2^53; both directions are exact. */
import type { Column } from './columns.js'

/** Encodes `column[0 … length)`. `scratch` must hold `MAX_VARINT_BYTES` a value. Returns a view of it. */
export function encodeColumn(column: Column, length: number, scratch: Uint8Array): Uint8Array {
  let at = 0
  let before = 0
  for (let i = 0; i < length; i++) {
    const value = column[i]!
    const delta = value - before
    before = value
    if (delta >= -0x4000_0000 && delta < 0x4000_0000) {
      let rest = ((delta << 1) ^ (delta >> 31)) >>> 0
      while (rest >= 0x80) {
        scratch[at++] = (rest & 0x7f) | 0x80
        rest >>>= 7
      }
      scratch[at++] = rest
    } else {
      // Beyond 31 bits: zigzag without bit operations; deltas of values below 2^53 stay below 2^54, halved here.
      let low = delta < 0 ? (-delta - 1) % 0x4000_0000 : delta % 0x4000_0000
      const high = Math.floor((delta < 0 ? -delta - 1 : delta) / 0x4000_0000)
      low = ((low << 1) | (delta < 0 ? 1 : 0)) >>> 0 // 31 bits
      for (let byte = 0; byte < 4; byte++) {
        scratch[at++] = (low & 0x7f) | 0x80
        low >>>= 7
      }
      // 3 bits of `low` are left below those of `high`.
      let rest = high * 8 + low
      while (rest >= 0x80) {
        scratch[at++] = (rest % 0x80) | 0x80
        rest = Math.floor(rest / 0x80)
      }
      scratch[at++] = rest
    }
  }
  return scratch.subarray(0, at)
}

/** Decodes `length` values into `column`. False when the bytes are too few, too many or no such encoding. */
export function decodeColumn(bytes: Uint8Array, column: Column, length: number): boolean {
  let at = 0
  let before = 0
  const end = bytes.length
  for (let i = 0; i < length; i++) {
    let byte = bytes[at++]!
    let delta: number
    if (byte < 0x80) delta = (byte >>> 1) ^ -(byte & 1)
    else {
      let low = byte & 0x7f
      let shift = 7
      do {
        if (at >= end) return false
        byte = bytes[at++]!
        low |= (byte & 0x7f) << shift
        shift += 7
      } while (byte >= 0x80 && shift < 28)
      if (byte < 0x80) delta = (low >>> 1) ^ -(low & 1)
      else {
        let high = 0
        let scale = 1
        do {
          if (at >= end) return false
          byte = bytes[at++]!
          high += (byte & 0x7f) * scale
          scale *= 0x80
        } while (byte >= 0x80)
        // Halved before it is put together: the zigzag of 2^53 is no exact double.
        const half = high * 0x0800_0000 + ((low >>> 1) & 0x07ff_ffff)
        delta = (low & 1) === 0 ? half : -half - 1
      }
    }
    if (at > end) return false
    before += delta
    column[i] = before
  }
  return at === end
}

export const MAX_VARINT_BYTES = 9
