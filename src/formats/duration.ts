import { decimalAt, decimalToNs } from './decimal-text.js'

const NUMBER = String.raw`\d{1,17}(?:\.\d{0,40})?|\.\d{1,40}`
const UNIT = 'hours?|hr|h|minutes?|mins?|milliseconds?|msecs?|ms|microseconds?|us|µs|μs|nanoseconds?|ns|seconds?|secs?|sec|s|m'
const PART = new RegExp(`^\\s?(${NUMBER})\\s?(${UNIT})(?![A-Za-z])`)

/** A duration in whole ns as programs print it: Go's and Abseil's (`1m2.345s`, `35.6µs`, `5.000000s`, `0`), and a number with
 *  its unit (`1000.00 ms`, `2 seconds`). NaN: no such duration, one below 0, or one beyond 2^53 ns. */
export function durationNs(text: string): number {
  let rest = text.trim()
  if (rest === '0') return 0
  if (rest === '' || rest.length > 100) return NaN
  let ns = 0
  for (let parts = 0; rest !== ''; parts++) {
    const found = PART.exec(rest)
    if (found === null || parts === 6) return NaN
    ns += partNs(found[1]!, found[2]!)
    rest = rest.slice(found[0].length)
  }
  return Number.isSafeInteger(ns) ? ns : NaN
}

function partNs(digits: string, unit: string): number {
  if (unit.startsWith('n')) return decimalToNs(digits, 'ns')
  if (/^(?:u|µ|μ|micro)/.test(unit)) return decimalToNs(digits, 'us')
  if (/^(?:ms|milli)/.test(unit)) return decimalToNs(digits, 'ms')
  if (unit.startsWith('s')) return decimalToNs(digits, 's')
  const seconds = unit.startsWith('h') ? 3600 : 60
  // Nine decimal places of an hour are 3.6 µs: what is printed in hours and minutes has whole ones.
  return decimalAt(digits, 9) * seconds
}
