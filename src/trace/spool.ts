/** What takes rows of numbers. */
export interface RowSink {
  /** The row to fill before `add()`. */
  readonly row: Float64Array
  readonly length: number
  add(): void
  /** Adds copies of `count` rows that lie one behind the other. */
  addAll(rows: Float64Array, count: number): void
}

/** Rows of numbers that come back sorted. An importer joins and orders through spools, so that its memory does
 *  not grow with the file: the store's file spool keeps sorted runs on disk, the one here is for browsers and tests. */
export interface Spool extends RowSink {
  /** The rows in order of their first `keys` columns, ties in the order they came. Ends the adding; may be asked
   *  again for another pass. */
  sorted(): SpoolReader
  close(): void
}

/** After a `next()` that gave true, the row is `data[at] … data[at + width - 1]`. */
export interface SpoolReader {
  data: Float64Array
  at: number
  next(): boolean
}

/** A spool of rows of `width` numbers (no NaN), sorted by their first `keys` columns. */
export type MakeSpool = (width: number, keys: number) => Spool

export const memorySpool: MakeSpool = (width, keys) => {
  let data = new Float64Array(width * 64)
  let order: Uint32Array | undefined
  let isSorted = true
  const row = new Float64Array(width)
  const spool = {
    row,
    length: 0,
    add() {
      isSorted &&= spool.length === 0 || compareRows(data, (spool.length - 1) * width, row, 0, keys) <= 0
      if (spool.length * width === data.length) {
        const wider = new Float64Array(data.length * 2)
        wider.set(data)
        data = wider
      }
      data.set(row, spool.length++ * width)
    },
    addAll(rows: Float64Array, count: number) {
      for (let i = 0; i < count; i++) {
        row.set(rows.subarray(i * width, (i + 1) * width))
        spool.add()
      }
    },
    sorted() {
      if (isSorted) return rowReader(data, spool.length, width)
      order ??= sortedOrder(data, spool.length, width, keys)
      return orderedReader(data, order, width)
    },
    close() {
      data = new Float64Array(0)
    },
  }
  return spool
}

/** The first `count` rows as they lie. */
export function rowReader(data: Float64Array, count: number, width: number): SpoolReader {
  const end = count * width
  const reader = {
    data,
    at: -width,
    next() {
      if (reader.at + width >= end) return false
      reader.at += width
      return true
    },
  }
  return reader
}

export function orderedReader(data: Float64Array, order: Uint32Array, width: number): SpoolReader {
  let next = 0
  const reader = {
    data,
    at: 0,
    next() {
      if (next === order.length) return false
      reader.at = order[next++]! * width
      return true
    },
  }
  return reader
}

/** Below 0 when row `a` of `left` comes before row `b` of `right`; 0 when their keys are equal. */
export function compareRows(left: Float64Array, a: number, right: Float64Array, b: number, keys: number): number {
  for (let key = 0; key < keys; key++) {
    const x = left[a + key]!
    const y = right[b + key]!
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}

const MAX_PILES = 8
const SHORT_RUN = 12

/** The order of `count` rows, stable. Rows of a trace are nearly in order, or a few sequences in order that alternate: O(n) on
 *  those, O(n log n) on any. */
export function sortedOrder(data: Float64Array, count: number, width: number, keys: number): Uint32Array {
  const { order, bounds } = piled(data, count, width, keys) ?? naturalRuns(data, count, width, keys)
  return merged(data, order, bounds, width, keys)
}

/** Row numbers in which those from one bound to the next are in order. Of equal rows the earlier one stands first. */
interface SortedRuns {
  readonly order: Uint32Array
  readonly bounds: number[]
}

/** Each row on the first pile whose last one is not behind it (patience sorting), which keeps equal rows in order of their
 *  piles. Undefined: it would take many piles. */
function piled(data: Float64Array, count: number, width: number, keys: number): SortedRuns | undefined {
  const pileOf = new Uint8Array(count)
  const lasts: number[] = []
  const sizes: number[] = []
  for (let row = 0; row < count; row++) {
    let pile = 0
    while (pile < lasts.length && compareRows(data, lasts[pile]!, data, row * width, keys) > 0) pile++
    if (pile === MAX_PILES) return undefined
    lasts[pile] = row * width
    sizes[pile] = (sizes[pile] ?? 0) + 1
    pileOf[row] = pile
  }
  const bounds = [0]
  for (const size of sizes) bounds.push(bounds.at(-1)! + size)
  const order = new Uint32Array(count)
  const next = Uint32Array.from(bounds)
  for (let row = 0; row < count; row++) order[next[pileOf[row]!]!++] = row
  return { order, bounds }
}

/** Runs that are in order already, short ones made longer. */
function naturalRuns(data: Float64Array, count: number, width: number, keys: number): SortedRuns {
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  const bounds = [0]
  for (let start = 0; start < count;) {
    let end = start + 1
    while (end < count && compareRows(data, (end - 1) * width, data, end * width, keys) <= 0) end++
    const wanted = Math.min(start + SHORT_RUN, count)
    for (; end < wanted; end++) {
      let hole = end
      while (hole > start && compareRows(data, order[hole - 1]! * width, data, end * width, keys) > 0) order[hole] = order[--hole]!
      order[hole] = end
    }
    bounds.push((start = end))
  }
  return { order, bounds }
}

function merged(data: Float64Array, order: Uint32Array, runs: readonly number[], width: number, keys: number): Uint32Array {
  let from = order
  let bounds = runs
  let to = bounds.length > 2 ? new Uint32Array(order.length) : from
  while (bounds.length > 2) {
    const wider = [0]
    for (let run = 0; run + 1 < bounds.length; run += 2) {
      const end = bounds[run + 2] ?? bounds[run + 1]!
      mergeRuns(data, from, to, bounds[run]!, bounds[run + 1]!, end, width, keys)
      wider.push(end)
    }
    bounds = wider
    ;[from, to] = [to, from]
  }
  return from
}

function mergeRuns(
  data: Float64Array,
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
  width: number,
  keys: number,
): void {
  let a = start
  let b = middle
  for (let out = start; out < end; out++) {
    const takeA = b >= end || (a < middle && compareRows(data, from[a]! * width, data, from[b]! * width, keys) <= 0)
    to[out] = takeA ? from[a++]! : from[b++]!
  }
}
