// Rows of what matched, as `kineto-rows.ts` lays them out, from values and from numbers that were learned. False: the event holds
// something that is to be learned first, or is written in another way.
import {
  BYTES, CALLS, CALL_COUNT, CORRELATION, DEVICE, DEVICES, DEVICE_COUNT, DEVICE_KEY, DIMS, DUR, EXTERNAL, LAUNCHES, LAUNCH_COUNT, LAUNCH_KEY, MAX_ROWS, NAME,
  OPERATOR_KEY, PID, STREAM, THREAD_KEY, TID, TS, TYPES,
} from '../layout'
import { CPU_OP, MEMCPY, RUNTIME } from '../../kineto-what'
import { entryOf, isOf, keep, numberOf } from './keys'
import { NONE, microsToNs } from './numbers'
import { fromOf, lengthIf, lengthOf, toOf, wholeOf } from './slots'

/** Microseconds that times are counted from. */
let base: i64 = 0
let hasBase = false

/** Sets what times are counted from: whole microseconds. */
export function countFrom(micros: f64): void {
  base = <i64>micros
  hasBase = true
}

/** Whether rows of some sort want to be fetched. */
// @ts-ignore: decorator
@inline
export function isFull(): bool {
  return load<i32>(CALL_COUNT) === MAX_ROWS || load<i32>(LAUNCH_COUNT) === MAX_ROWS || load<i32>(DEVICE_COUNT) === MAX_ROWS
}

/** Makes the row of an event that is `what`. */
export function takeRow(what: i32): bool {
  if (!hasBase) return false
  const startNs = microsToNs(fromOf(TS), toOf(TS), base)
  const durationNs = microsToNs(fromOf(DUR), toOf(DUR), 0)
  const external = wholeOf(EXTERNAL)
  if (startNs === NONE || durationNs === NONE || external === NONE) return false
  if (what === CPU_OP) return takeCall(startNs, durationNs, external)
  const correlation = wholeOf(CORRELATION)
  if (correlation === NONE) return false
  return what === RUNTIME ? takeLaunch(correlation, startNs, external) : takeDevice(what, correlation, startNs, durationNs, external)
}

function takeCall(startNs: i64, durationNs: i64, external: i64): bool {
  const thread = threadEntry()
  if (!isThread(thread)) return false
  const dims = lengthIf(DIMS)
  const types = lengthIf(TYPES)
  const operator = entryOf(OPERATOR_KEY, fromOf(NAME), lengthOf(NAME), fromOf(DIMS), dims, fromOf(TYPES), types)
  if (!isOf(operator, OPERATOR_KEY, fromOf(NAME), lengthOf(NAME), fromOf(DIMS), dims, fromOf(TYPES), types)) return false
  const row = next(CALL_COUNT, CALLS, 40)
  store<f64>(row, numberOf(thread))
  store<f64>(row, <f64>startNs, 8)
  store<f64>(row, -(<f64>durationNs), 16)
  store<f64>(row, <f64>external, 24)
  store<f64>(row, numberOf(operator), 32)
  return true
}

/** What launched nothing that could be found has no row. */
function takeLaunch(correlation: i64, startNs: i64, external: i64): bool {
  if (correlation < 0) return true
  const thread = threadEntry()
  if (!isThread(thread)) return false
  const name = nameEntry(LAUNCH_KEY)
  if (!isName(name, LAUNCH_KEY)) return false
  const row = next(LAUNCH_COUNT, LAUNCHES, 40)
  store<f64>(row, <f64>correlation)
  store<f64>(row, numberOf(thread), 8)
  store<f64>(row, <f64>startNs, 16)
  store<f64>(row, <f64>external, 24)
  store<f64>(row, numberOf(name), 32)
  return true
}

function takeDevice(what: i32, correlation: i64, startNs: i64, durationNs: i64, external: i64): bool {
  let device = wholeOf(DEVICE)
  if (device === -1) device = wholeOf(PID)
  let stream = wholeOf(STREAM)
  if (stream === -1) stream = wholeOf(TID)
  const bytes = wholeOf(BYTES)
  if (device === NONE || stream === NONE || bytes === NONE) return false
  const name = nameEntry(DEVICE_KEY)
  if (!isName(name, DEVICE_KEY)) return false
  const row = next(DEVICE_COUNT, DEVICES, 80)
  store<f64>(row, <f64>correlation)
  store<f64>(row, <f64>startNs, 16)
  store<f64>(row, <f64>durationNs, 24)
  store<f64>(row, <f64>device, 32)
  store<f64>(row, <f64>stream, 40)
  store<f64>(row, numberOf(name), 48)
  store<f64>(row, <f64>what, 56)
  store<f64>(row, <f64>external, 64)
  store<f64>(row, bytes < 0 ? 0 : <f64>bytes * (what === MEMCPY ? 2 : 1), 72) // read and written
  return true
}

// @ts-ignore: decorator
@inline
function next(count: i32, rows: i32, rowBytes: i32): i32 {
  const index = load<i32>(count)
  store<i32>(count, index + 1)
  return rows + index * rowBytes
}

// @ts-ignore: decorator
@inline
function threadEntry(): i32 {
  return entryOf(THREAD_KEY, fromOf(PID), lengthOf(PID), fromOf(TID), lengthOf(TID), 0, 0)
}

// @ts-ignore: decorator
@inline
function isThread(entry: i32): bool {
  return isOf(entry, THREAD_KEY, fromOf(PID), lengthOf(PID), fromOf(TID), lengthOf(TID), 0, 0)
}

// @ts-ignore: decorator
@inline
function nameEntry(kind: i32): i32 {
  return entryOf(kind, fromOf(NAME), lengthOf(NAME), 0, 0, 0, 0)
}

// @ts-ignore: decorator
@inline
function isName(entry: i32, kind: i32): bool {
  return isOf(entry, kind, fromOf(NAME), lengthOf(NAME), 0, 0, 0, 0)
}

function keepThread(number: f64): void {
  keep(THREAD_KEY, fromOf(PID), lengthOf(PID), fromOf(TID), lengthOf(TID), 0, 0, number)
}

/** The event in the slots is of this thread and calls this operator. */
export function keepCall(thread: f64, operator: f64): void {
  keepThread(thread)
  keep(OPERATOR_KEY, fromOf(NAME), lengthOf(NAME), fromOf(DIMS), lengthIf(DIMS), fromOf(TYPES), lengthIf(TYPES), operator)
}

/** It is of this thread, and its name says whether it launches a graph. */
export function keepLaunch(thread: f64, isGraph: f64): void {
  keepThread(thread)
  keep(LAUNCH_KEY, fromOf(NAME), lengthOf(NAME), 0, 0, 0, 0, isGraph)
}

/** Its name is this one. */
export function keepDevice(name: f64): void {
  keep(DEVICE_KEY, fromOf(NAME), lengthOf(NAME), 0, 0, 0, 0, name)
}
