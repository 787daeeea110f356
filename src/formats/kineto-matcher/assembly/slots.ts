// The values of the event that matched.
import { BUFFER, FROMS, KINDS, TOS } from '../layout'
import { ABSENT, ARRAY, NUMBER, TEXT } from '../../json-kinds'
import { NONE, wholeNumber } from './numbers'

// @ts-ignore: decorator
@inline
export function fromOf(slot: i32): i32 {
  return BUFFER + load<i32>(FROMS + slot * 4)
}

// @ts-ignore: decorator
@inline
export function toOf(slot: i32): i32 {
  return BUFFER + load<i32>(TOS + slot * 4)
}

// @ts-ignore: decorator
@inline
export function lengthOf(slot: i32): i32 {
  return load<i32>(TOS + slot * 4) - load<i32>(FROMS + slot * 4)
}

// @ts-ignore: decorator
@inline
function kindOf(slot: i32): i32 {
  return load<u8>(KINDS + slot)
}

/** The length of an array that may not be there. */
// @ts-ignore: decorator
@inline
export function lengthIf(slot: i32): i32 {
  return kindOf(slot) === ARRAY ? lengthOf(slot) : 0
}

/** A whole number of 0 or more, in quotes or not; -1: there is no value; NONE: it is something else. */
// @ts-ignore: decorator
@inline
export function wholeOf(slot: i32): i64 {
  const kind = kindOf(slot)
  if (kind === ABSENT) return -1
  return kind === NUMBER || kind === TEXT ? wholeNumber(fromOf(slot), toOf(slot)) : NONE
}
