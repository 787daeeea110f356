import { closeSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  compareRows,
  orderedReader,
  rowReader,
  sortedOrder,
  type MakeSpool,
  type Spool,
  type SpoolReader,
} from '../trace/spool.js'
import { makeTemporary } from './temporary.js'

const BUFFER_BYTES = 32 << 20
const WRITE_BYTES = 256 << 10
const MERGE_BYTES = 16 << 20

/** Spools of one import; `close` removes what they left on disk. */
export interface FileSpools {
  readonly spool: MakeSpool
  close(): void
}

/** Spools whose sorted runs lie in temporary files: memory stays at 32 MiB a spool while it fills, and about 16 MiB
 *  while it is read. `close()` removes everything; where the system allows it a file has no name from the start,
 *  so that a killed import leaves nothing. */
export function fileSpools(options: { folder?: string; bufferBytes?: number } = {}): FileSpools {
  let folder: string | undefined // made when the first file is
  const open = new Set<Spool>()
  let files = 0
  const path = (): string => {
    folder ??= makeTemporary('import', options.folder)
    return join(folder, `${files++}`)
  }
  return {
    spool(width, keys) {
      const made: Spool = new FileSpool(path, width, keys, options.bufferBytes ?? BUFFER_BYTES, () => open.delete(made))
      open.add(made)
      return made
    },
    close() {
      for (const spool of [...open]) spool.close()
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Run {
  readonly offset: number
  readonly rows: number
}

/** A class, so that what fills several spools stays one compiled loop. */
class FileSpool implements Spool {
  readonly row: Float64Array
  length = 0
  private readonly capacity: number
  private data: Float64Array
  private held = 0
  private isSorted = true // the rows that are held
  private order: Uint32Array | undefined
  private file = -1
  private offset = 0
  private readonly runs: Run[] = []

  constructor(
    private readonly newPath: () => string,
    private readonly width: number,
    private readonly keys: number,
    bufferBytes: number,
    private readonly onClose: () => void,
  ) {
    this.row = new Float64Array(width)
    this.capacity = Math.max(16, Math.floor(bufferBytes / (width * 8)))
    this.data = new Float64Array(Math.min(this.capacity, 1024) * width)
  }

  add(): void {
    const { row, width } = this
    if (this.held === this.capacity) this.writeRun()
    else if (this.held * width === this.data.length) this.grow()
    const { data } = this
    const at = this.held++ * width
    if (this.isSorted && at > 0) this.isSorted = compareRows(data, at - width, row, 0, this.keys) <= 0
    for (let column = 0; column < width; column++) data[at + column] = row[column]!
    this.length++
  }

  addAll(rows: Float64Array, count: number): void {
    const { width, keys } = this
    for (let from = 0; from < count;) {
      if (this.held === this.capacity) this.writeRun()
      else if (this.held * width === this.data.length) this.grow()
      const { data } = this
      const taken = Math.min(count - from, data.length / width - this.held)
      const at = this.held * width
      data.set(rows.subarray(from * width, (from + taken) * width), at)
      for (let row = at === 0 ? width : at, end = at + taken * width; this.isSorted && row < end; row += width)
        this.isSorted = compareRows(data, row - width, data, row, keys) <= 0
      this.held += taken
      from += taken
    }
    this.length += count
  }

  sorted(): SpoolReader {
    const { data, held, width, keys } = this
    if (this.runs.length === 0 && this.isSorted) return rowReader(data, held, width)
    if (this.runs.length === 0) return orderedReader(data, (this.order ??= sortedOrder(data, held, width, keys)), width)
    if (held > 0) this.writeRun()
    this.data = new Float64Array(0)
    return mergedReader(this.file, this.runs, width, keys)
  }

  close(): void {
    if (this.file >= 0) closeSync(this.file)
    this.file = -1
    this.data = new Float64Array(0)
    this.onClose()
  }

  private grow(): void {
    // At once to its full size: memory that is not reached is never touched, and what is there is copied only once.
    const wider = new Float64Array(this.capacity * this.width)
    wider.set(this.data)
    this.data = wider
  }

  private writeRun(): void {
    if (this.file < 0) {
      const path = this.newPath()
      this.file = openSync(path, 'w+')
      unnamed(path)
    }
    const { data, held, width, keys } = this
    const bytes = held * width * 8
    if (this.isSorted) writeAll(this.file, new Uint8Array(data.buffer, 0, bytes), this.offset)
    else this.writeGathered(sortedOrder(data, held, width, keys))
    this.runs.push({ offset: this.offset, rows: held })
    this.offset += bytes
    this.held = 0
    this.isSorted = true
  }

  private writeGathered(sorted: Uint32Array): void {
    const { data, held, width } = this
    const outgoing = new Float64Array(Math.max(width, WRITE_BYTES >> 3))
    for (let i = 0, position = this.offset; i < held;) {
      let to = 0
      for (; i < held && to + width <= outgoing.length; i++) {
        const from = sorted[i]! * width
        for (let column = 0; column < width; column++) outgoing[to++] = data[from + column]!
      }
      writeAll(this.file, new Uint8Array(outgoing.buffer, 0, to * 8), position)
      position += to * 8
    }
  }
}

/** Merges sorted runs: a heap of run numbers, ordered by each run's current row and then by run (earlier runs
 *  hold earlier rows, so ties keep their order). */
function mergedReader(file: number, runs: readonly Run[], width: number, keys: number): SpoolReader {
  const rowsAtOnce = Math.max(16, Math.floor(MERGE_BYTES / runs.length / (width * 8)))
  const buffers = runs.map((run) => new Float64Array(Math.min(rowsAtOnce, run.rows) * width))
  const at = new Float64Array(runs.length)
  const filled = new Float64Array(runs.length)
  const read = new Float64Array(runs.length)
  const heap: number[] = []

  function refill(run: number): boolean {
    const rows = Math.min(rowsAtOnce, runs[run]!.rows - read[run]!)
    if (rows === 0) return false
    const bytes = new Uint8Array(buffers[run]!.buffer, 0, rows * width * 8)
    readAll(file, bytes, runs[run]!.offset + read[run]! * width * 8)
    read[run]! += rows
    filled[run] = rows * width
    at[run] = 0
    return true
  }
  function before(a: number, b: number): boolean {
    const order = compareRows(buffers[a]!, at[a]!, buffers[b]!, at[b]!, keys)
    return order < 0 || (order === 0 && a < b)
  }
  function sink(hole: number): void {
    const run = heap[hole]!
    for (;;) {
      let child = hole * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, run)) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = run
  }
  for (let run = 0; run < runs.length; run++) if (refill(run)) heap.push(run)
  for (let i = heap.length >> 1; i-- > 0;) sink(i)

  /** Up to where all rows of the first run come before those of all others: found once a buffer where runs follow each other, as
   *  they do in files that are nearly in order. */
  function limitOf(run: number): number {
    let other = heap.length > 1 ? heap[1]! : -1
    if (heap.length > 2 && before(heap[2]!, other)) other = heap[2]!
    if (other < 0) return filled[run]!
    const last = compareRows(buffers[run]!, filled[run]! - width, buffers[other]!, at[other]!, keys)
    return last < 0 || (last === 0 && run < other) ? filled[run]! : at[run]! + width
  }

  let current = -1
  let limit = 0 // rows of the current run ahead of it need no comparison
  const reader = {
    data: new Float64Array(0),
    at: 0,
    next() {
      if (current >= 0) {
        reader.at += width
        if (reader.at < limit) return true
        at[current] = reader.at
        if (at[current] === filled[current] && !refill(current)) {
          const last = heap.pop()!
          if (heap.length > 0) heap[0] = last
        }
        if (heap.length > 0) sink(0)
      }
      if (heap.length === 0) return false
      current = heap[0]!
      limit = limitOf(current)
      reader.data = buffers[current]!
      reader.at = at[current]!
      return true
    },
  }
  return reader
}

function unnamed(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    // Some systems keep the name of an open file; `close()` of the factory removes it with its folder.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, position + done)
}

function readAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    const count = readSync(file, bytes, done, bytes.length - done, position + done)
    if (count === 0) throw new Error('a temporary file of the import was cut short')
    done += count
  }
}
