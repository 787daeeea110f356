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

const SHORT_RUN = 12

/** The order of `count` rows, stable: a merge sort that takes runs already in order as they are (traces nearly
 *  are), O(n) on sorted rows and O(n log n) on any. */
export function sortedOrder(data: Float64Array, count: number, width: number, keys: number): Uint32Array {
  let from = new Uint32Array(count)
  for (let i = 0; i < count; i++) from[i] = i
  let bounds = [0]
  for (let start = 0; start < count;) {
    let end = start + 1
    while (end < count && compareRows(data, (end - 1) * width, data, end * width, keys) <= 0) end++
    const wanted = Math.min(start + SHORT_RUN, count)
    for (; end < wanted; end++) {
      let hole = end
      while (hole > start && compareRows(data, from[hole - 1]! * width, data, end * width, keys) > 0) from[hole] = from[--hole]!
      from[hole] = end
    }
    // A run that goes on where the one before ended is the same run.
    if (start > 0 && compareRows(data, from[start - 1]! * width, data, from[start]! * width, keys) <= 0) bounds.pop()
    bounds.push((start = end))
  }
  let to = bounds.length > 2 ? new Uint32Array(count) : from
  while (bounds.length > 2) {
    const merged = [0]
    for (let run = 0; run + 1 < bounds.length; run += 2) {
      const end = bounds[run + 2] ?? bounds[run + 1]!
      mergeRuns(data, from, to, bounds[run]!, bounds[run + 1]!, end, width, keys)
      merged.push(end)
    }
    bounds = merged
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
