// Numbers learned by the bytes they go with. One entry a hash: what comes again and again is found, whatever else a file holds.
import { KEYS, KEY_BYTES, KEY_COUNT, KEY_NUMBER, KEY_SIZE, MAX_KEY_BYTES } from '../layout'
import { isSame } from './bytes'

const PRIME: u64 = 0x9e3779b97f4a7c15

// @ts-ignore: decorator
@inline
function mixed(hash: u64, at: i32, length: i32): u64 {
  for (; length >= 8; at += 8, length -= 8) hash = rotl(hash ^ load<u64>(at), 29) * PRIME
  if (length > 0) hash = rotl(hash ^ (load<u64>(at) & (((<u64>1) << (<u64>length << 3)) - 1)), 29) * PRIME
  return hash ^ length
}

/** The entry for a key of up to three pieces of bytes. */
// @ts-ignore: decorator
@inline
export function entryOf(kind: i32, a: i32, aLength: i32, b: i32, bLength: i32, c: i32, cLength: i32): i32 {
  const hash = mixed(mixed(mixed(kind, a, aLength), b, bLength), c, cLength)
  return KEYS + (<i32>(hash >> 32) & (KEY_COUNT - 1)) * KEY_SIZE
}

/** Whether the entry is that key's. */
// @ts-ignore: decorator
@inline
export function isOf(entry: i32, kind: i32, a: i32, aLength: i32, b: i32, bLength: i32, c: i32, cLength: i32): bool {
  if (load<i32>(entry) !== kind || load<i32>(entry, 4) !== aLength || load<i32>(entry, 8) !== bLength || load<i32>(entry, 12) !== cLength) return false
  const bytes = entry + KEY_BYTES
  return isSame(bytes, a, aLength) && (bLength === 0 || isSame(bytes + aLength, b, bLength)) && (cLength === 0 || isSame(bytes + aLength + bLength, c, cLength))
}

// @ts-ignore: decorator
@inline
export function numberOf(entry: i32): f64 {
  return load<f64>(entry, KEY_NUMBER)
}

/** Learns the number of a key, in the place of what had its hash. */
export function keep(kind: i32, a: i32, aLength: i32, b: i32, bLength: i32, c: i32, cLength: i32, number: f64): void {
  if (aLength + bLength + cLength > MAX_KEY_BYTES) return
  const entry = entryOf(kind, a, aLength, b, bLength, c, cLength)
  store<i32>(entry, kind)
  store<i32>(entry, aLength, 4)
  store<i32>(entry, bLength, 8)
  store<i32>(entry, cLength, 12)
  store<f64>(entry, number, KEY_NUMBER)
  const bytes = entry + KEY_BYTES
  memory.copy(bytes, a, aLength)
  memory.copy(bytes + aLength, b, bLength)
  memory.copy(bytes + aLength + bLength, c, cLength)
}
