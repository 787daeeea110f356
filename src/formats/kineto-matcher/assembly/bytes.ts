// Bytes compared and looked through 16 at a time. Behind the buffer's last byte stands a 0, which ends every run, and there is
// room to read on.
import { MASK } from '../layout'

/** Whether `length` bytes are the same at both addresses. */
// @ts-ignore: decorator
@inline
export function isSame(at: i32, other: i32, length: i32): bool {
  for (; length > 16; at += 16, other += 16, length -= 16) if (v128.any_true(v128.xor(v128.load(at), v128.load(other)))) return false
  return !v128.any_true(v128.and(v128.xor(v128.load(at), v128.load(other)), v128.load(MASK + 16 - length)))
}

/** The address behind the number bytes (`0-9+-.eE`) from `at` on. */
// @ts-ignore: decorator
@inline
export function behindNumber(at: i32): i32 {
  while (true) {
    const bytes = v128.load(at)
    const digits = i8x16.le_u(i8x16.sub(bytes, i8x16.splat(48)), i8x16.splat(9))
    // + - . are 43, 45 and 46; 44, the comma, is not one of them.
    const signs = v128.andnot(i8x16.le_u(i8x16.sub(bytes, i8x16.splat(43)), i8x16.splat(3)), i8x16.eq(bytes, i8x16.splat(44)))
    const exponents = i8x16.eq(v128.or(bytes, i8x16.splat(0x20)), i8x16.splat(101))
    const run = <i32>ctz(~i8x16.bitmask(v128.or(v128.or(digits, signs), exponents)))
    at += run
    if (run < 16) return at
  }
}

/** The address of the first quote, backslash or 0 from `at` on. */
// @ts-ignore: decorator
@inline
export function textStop(at: i32): i32 {
  while (true) {
    const bytes = v128.load(at)
    const stops = i8x16.bitmask(
      v128.or(v128.or(i8x16.eq(bytes, i8x16.splat(34)), i8x16.eq(bytes, i8x16.splat(92))), i8x16.eq(bytes, i8x16.splat(0))),
    )
    if (stops !== 0) return at + ctz(stops)
    at += 16
  }
}

/** The address behind the bracketed value at `at`; 0: it is none, or not whole, or deep, and somebody else looks at it. */
export function behindBrackets(at: i32): i32 {
  // Which bracket closes each depth: a bit each, 1 for a brace.
  let braces = load<u8>(at) === 123 ? <u64>1 : 0
  let depth = 1
  at++
  while (true) {
    const c = load<u8>(at++)
    if (c === 34) {
      at = textStop(at)
      while (load<u8>(at) === 92) {
        if (load<u8>(at + 1) === 0) return 0
        at = textStop(at + 2)
      }
      if (load<u8>(at) === 0) return 0
      at++
    } else if (c === 91 || c === 123) {
      if (++depth > 64) return 0
      braces = (braces << 1) | (c === 123 ? 1 : 0)
    } else if (c === 93 || c === 125) {
      if ((c === 125 ? <u64>1 : 0) !== (braces & 1)) return 0
      braces >>= 1
      if (--depth === 0) return at
    } else if (!isPlain(c)) return 0
  }
}

/** What stands in JSON outside strings and brackets. */
// @ts-ignore: decorator
@inline
function isPlain(c: u8): bool {
  if (c >= 43 && c <= 58) return c !== 47 // + , - . digits :
  return c === 32 || c === 10 || c === 13 || c === 9 || (c >= 97 && c <= 122) || c === 69 || c === 73 || c === 78 || c === 70 || c === 65 || c === 89
}
