// Numbers out of their digits, 16 at once. What is written in another way than most is left to others.

/** No number that is kept exactly, or written in another way. */
export const NONE: i64 = i64.MIN_VALUE
const MAX_SAFE: i64 = 9007199254740991

/** How many of 16 bytes, from the first on, are digits; `digits` are the bytes less 48. */
// @ts-ignore: decorator
@inline
function countOf(digits: v128): i32 {
  return ctz(~i8x16.bitmask(i8x16.le_u(digits, i8x16.splat(9))))
}

/** The number that the first `count` digits write. */
// @ts-ignore: decorator
@inline
function valueOf(digits: v128, count: i32): i64 {
  // Moved to the right end, zeros before them; then sums of two, of four, and four of those.
  const places = i8x16.add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(count - 16)))
  const right = i8x16.swizzle(digits, places)
  const tens = i8x16(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1)
  const low = i32x4.extadd_pairwise_i16x8_u(i16x8.extmul_low_i8x16_u(right, tens))
  const high = i32x4.extadd_pairwise_i16x8_u(i16x8.extmul_high_i8x16_u(right, tens))
  const fours = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_u(low, high), i16x8(100, 1, 100, 1, 100, 1, 100, 1))
  const front = <i64>i32x4.extract_lane(fours, 0) * 10000 + i32x4.extract_lane(fours, 1)
  return front * 100000000 + <i64>(i32x4.extract_lane(fours, 2) * 10000 + i32x4.extract_lane(fours, 3))
}

/** A whole number of 0 or more. */
// @ts-ignore: decorator
@inline
export function wholeNumber(from: i32, to: i32): i64 {
  const digits = i8x16.sub(v128.load(from), i8x16.splat(48))
  const count = countOf(digits)
  return from + count !== to || count === 0 || count === 16 ? NONE : valueOf(digits, count)
}

/** Microseconds with decimals, minus `base` (whole), as ns: half a nanosecond and more rounds up. */
// @ts-ignore: decorator
@inline
export function microsToNs(from: i32, to: i32, base: i64): i64 {
  const digits = i8x16.sub(v128.load(from), i8x16.splat(48))
  const count = countOf(digits)
  const whole = valueOf(digits, count)
  let at = from + count
  if (count === 0 || whole > MAX_SAFE) return NONE
  let ns: i64 = 0
  if (at < to) {
    if (load<u8>(at) !== 46) return NONE
    let place = 0
    for (at++; at < to; at++, place++) {
      const digit = <u32>load<u8>(at) - 48
      if (digit > 9) return NONE
      if (place < 3) ns = ns * 10 + digit
      else if (place === 3 && digit >= 5) ns++
    }
    if (place === 0) return NONE
    for (; place < 3; place++) ns *= 10
  }
  const value = (whole - base) * 1000 + ns
  return value > MAX_SAFE || value < -MAX_SAFE ? NONE : value
}
