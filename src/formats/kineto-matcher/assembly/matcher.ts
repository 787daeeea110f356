// Events that are written like earlier ones, taken out of the buffer one after the other. Whatever is unlike them in any way is
// left to the scanner outside, which decides what it is: nothing here is ever an error.
import {
  ACTION, AT, BEHIND, BUFFER, COUNT, COUNTED, FIRST_PIECE, FIXED, FIXED_COUNT, FIXED_SIZE, FROMS, GIVE, HITS, KINDS, ORDER, PIECES,
  PIECE_SIZE, PROBE, PROBE_AT, STARTS, TEMPLATE_COUNT, TOS,
} from '../layout'
import { ABSENT, NUMBER, OBJECT, TEXT } from '../../json-kinds'
import { FULL, LEFT, MATCHED, TAKEN } from '../../match-answers'
import { behindBrackets, behindNumber, isSame, textStop } from './bytes'
import { isFull, takeRow } from './rows'
export { countFrom, keepCall, keepDevice, keepLaunch } from './rows'

/** Takes events from the one at index `from` of the buffer on, but none that begins at `stop` or behind it. */
export function run(from: i32, stop: i32): i32 {
  let at: i32 = BUFFER + from
  const stopAt: i32 = BUFFER + stop
  while (at < stopAt) {
    if (isFull()) return ended(FULL, at)
    let behind: i32 = 0
    let template: i32 = 0
    const count = load<i32>(TEMPLATE_COUNT)
    for (let i: i32 = 0; i < count; i++) {
      template = load<i32>(ORDER + i * 4)
      if (load<u64>(at + load<i32>(template, PROBE_AT)) !== load<u64>(template, PROBE)) continue
      behind = fit(template, at)
      if (behind === 0) continue
      hit(template, i)
      break
    }
    if (behind === 0) break
    const action = load<i32>(template, ACTION)
    if (action === GIVE || (action !== COUNT && !takeRow(action))) {
      store<i32>(BEHIND, behind - BUFFER)
      fillFixed(template)
      return ended(MATCHED, at)
    }
    store<i32>(template, load<i32>(template, COUNTED) + 1, COUNTED)
    if (load<u8>(behind) !== 44) return ended(TAKEN, behind)
    at = behind + 1
    let c = load<u8>(at)
    while (c <= 32 && c !== 0) c = load<u8>(++at)
    if (c !== 123) return ended(TAKEN, behind)
  }
  return ended(LEFT, at)
}

/** Fills the slots of values that stand in the pieces. */
function fillFixed(template: i32): void {
  for (let i = 0; i < FIXED_COUNT; i++) {
    const fixed = template + FIXED + i * FIXED_SIZE
    const slot = load<i32>(fixed)
    if (slot < 0) continue
    const from = load<i32>(STARTS + load<i32>(fixed, 4) * 4) + load<i32>(fixed, 8)
    store<u8>(KINDS + slot, <u8>TEXT)
    store<i32>(FROMS + slot * 4, from)
    store<i32>(TOS + slot * 4, from + load<i32>(fixed, 12))
  }
}

/** The index behind the object at an index; 0: it is none, or not whole. */
export function behindObject(index: i32): i32 {
  if (load<u8>(BUFFER + index) !== 123) return 0
  const behind = behindBrackets(BUFFER + index)
  return behind === 0 ? 0 : behind - BUFFER
}

// @ts-ignore: decorator
@inline
function ended(how: i32, at: i32): i32 {
  store<i32>(AT, at - BUFFER)
  return how
}

/** The one hit most is compared first. */
// @ts-ignore: decorator
@inline
function hit(template: i32, i: u32): void {
  const hits = load<i32>(template, HITS) + 1
  store<i32>(template, hits, HITS)
  if (i === 0) return
  const before = load<i32>(ORDER + i * 4 - 4)
  if (hits <= load<i32>(before, HITS)) return
  store<i32>(ORDER + i * 4, before)
  store<i32>(ORDER + i * 4 - 4, template)
}

/** The address behind the event at `at`, its slots filled, if it is like the template; else 0. */
function fit(template: i32, at: i32): i32 {
  v128.store(KINDS, i8x16.splat(<i8>ABSENT))
  let p = at
  let piece = template + FIRST_PIECE
  let start: i32 = STARTS
  for (const last = piece + load<i32>(template, PIECES) * PIECE_SIZE; true; piece += PIECE_SIZE, start += 4) {
    store<i32>(start, p - BUFFER)
    const length = load<i32>(piece, 4)
    if (!isSame(load<i32>(piece), p, length)) return 0
    p += length
    if (piece === last) break
    const kind = load<i32>(piece, 8)
    const from = p
    if (kind === NUMBER) {
      p = behindNumber(p)
      if (p === from || (load<u8>(from) === 45 && isLetter(load<u8>(from + 1)))) return 0
    } else if (kind === TEXT) {
      p = textStop(p)
      if (load<u8>(p) !== 34) return 0
    } else {
      if (load<u8>(p) !== (kind === OBJECT ? 123 : 91)) return 0
      p = behindBrackets(p)
      if (p === 0) return 0
    }
    // A slot that nobody asks for is the one behind the last.
    const slot = load<i32>(piece, 12)
    store<u8>(KINDS + slot, <u8>kind)
    store<i32>(FROMS + slot * 4, from - BUFFER)
    store<i32>(TOS + slot * 4, p - BUFFER)
  }
  return p
}

// @ts-ignore: decorator
@inline
function isLetter(c: u8): bool {
  return (c | 32) - 97 < 26
}
