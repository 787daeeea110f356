import { wholeMicros } from './decimal.js'

/** So far from the first time others may lie: in ns exact, about 104 days. */
const MAX_AWAY_US = Number.MAX_SAFE_INTEGER / 1000
const MOST_TIMES = 4096
const MOST_CLOCKS = 64
const time = /"ts"\s*:\s*"?(-?\d{1,16}(?:\.\d+)?)/g

/** Where the times at the begin of a file of trace events lie years from each other: whole microseconds of the first one that most
 *  others lie near. Events at 0 beside a date tell no clock. NaN: they are all near each other. */
export function firstClockUs(head: Uint8Array): number {
  const clocks: { readonly baseUs: number; count: number }[] = []
  let read = 0
  for (const [, digits] of new TextDecoder('latin1').decode(head).matchAll(time)) {
    if (++read > MOST_TIMES) break
    const bytes = new TextEncoder().encode(`${digits}\0\0\0\0`)
    const us = wholeMicros({ buf: bytes, view: new DataView(bytes.buffer) }, 0, digits!.length)
    if (Number.isNaN(us)) continue
    const near = clocks.find(({ baseUs }) => Math.abs(us - baseUs) < MAX_AWAY_US)
    if (near !== undefined) near.count += us === 0 ? 0 : 1
    else if (clocks.length < MOST_CLOCKS) clocks.push({ baseUs: us, count: us === 0 ? 0 : 1 })
  }
  return clocks.length < 2 ? NaN : clocks.reduce((best, one) => (one.count > best.count ? one : best)).baseUs
}
