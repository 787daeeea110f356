import type Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import type { OpField } from '../trace/trace.js'
import { decodeColumn } from '../trace/varint.js'
import { CHUNK_OPS, opFields } from '../trace/writer.js'
import { nameOf } from './readable.js'
import { blobSum, sumKept, summedFields } from './checksums.js'
import type { WordList } from './op-words.js'

export type ChunkField = OpField | 'afterCount' | 'afterBack'

/** The blobs of a chunk, in the order of the content hash. */
export const chunkFields: readonly ChunkField[] = [...opFields, 'afterCount', 'afterBack']

/** One chunk as stored: `blobs[i]` belongs to `fields[i]`. */
export interface StoredChunk {
  /** Index of its first op in the trace. */
  readonly base: number
  readonly length: number
  readonly blobs: readonly Uint8Array[]
}

/** What reading needs to know of a trace. */
export interface ChunkOwner {
  readonly id: number
  readonly name: string
  readonly ops: number
}

type ChunkRow = [number: number, length: number, ...blobs: Uint8Array[]]

/** The chunks of a trace in order, only the blobs of `fields`: one statement, so one snapshot of the store.
 *  Throws `BadInput` when chunks are missing, their lengths do not add up, or a blob is not what was written (`isHashed`: the
 *  reader looks at that itself). */
export function storedChunks(db: Database.Database, trace: ChunkOwner, fields: readonly ChunkField[], isHashed = false): Generator<StoredChunk> {
  const rows = db
    .prepare(`${selectChunk(fields)} order by number`)
    .raw()
    .iterate(trace.id)
  return checkedChunks(db, trace, fields, rows as IterableIterator<ChunkRow>, isHashed)
}

/** The same, a statement a chunk: for a reader that may stop without saying so, which would leave the connection
 *  busy. One snapshot only within a transaction. */
export function fetchedChunks(db: Database.Database, trace: ChunkOwner, fields: readonly ChunkField[]): Generator<StoredChunk> {
  const statement = db.prepare(`${selectChunk(fields)} and number = ?`).raw()
  function* rows(): Generator<ChunkRow> {
    for (let number = 0; ; number++) {
      const row = statement.get(trace.id, number)
      if (row === undefined) return
      yield row as ChunkRow
    }
  }
  return checkedChunks(db, trace, fields, rows(), false)
}

const selectChunk = (fields: readonly ChunkField[]) =>
  `select ${['number', 'ops', ...fields].join(', ')} from chunk where trace = ?`

function* checkedChunks(db: Database.Database, trace: ChunkOwner, fields: readonly ChunkField[], rows: Iterable<ChunkRow>, isHashed: boolean): Generator<StoredChunk> {
  let base = 0
  let expected = 0
  for (const [number, length, ...blobs] of rows) {
    const isLast = base + length === trace.ops
    if (number !== expected++ || base + length > trace.ops || (!isLast && length !== CHUNK_OPS))
      throw damaged(db, trace, `chunk ${number}`, 'consecutive whole chunks', `${length} ops at op ${base}`)
    if (!isHashed) holdSums(db, trace, number, fields, blobs)
    yield { base, length, blobs }
    base += length
  }
  if (base !== trace.ops) throw damaged(db, trace, 'chunks', `${trace.ops} ops`, base)
}

function holdSums(db: Database.Database, trace: ChunkOwner, number: number, fields: readonly ChunkField[], blobs: readonly Uint8Array[]): void {
  const kept = sumKept(db, 'chunk', `${trace.id}/${number}`)
  if (kept === undefined) return
  for (const [f, field] of fields.entries()) {
    const at = summedFields.indexOf(field) * 16
    const found = blobSum(blobs[f]!)
    if (kept.slice(at, at + 16) !== found) throw damaged(db, trace, `chunk ${number}, ${field}`, `bytes with checksum ${kept.slice(at, at + 16)}`, found)
  }
}

/** Decodes a blob's `length` numbers, into a scratch column that holds them until the next call. One type of column
 *  for all fields: a loop that meets five types of typed array runs ten times slower. Throws `BadInput` where the blob
 *  does not hold exactly that, or an index beyond its `list`. */
export function decodeBlob(
  db: Database.Database,
  trace: ChunkOwner,
  field: ChunkField,
  blob: Uint8Array,
  length: number,
  list?: WordList,
): Float64Array {
  // No more numbers than bytes: a forged count must not decide how much memory is taken.
  if (length > blob.length) throw damaged(db, trace, field, `${length} encoded numbers`, `${blob.length} bytes`)
  const column = length <= CHUNK_OPS ? scratch.subarray(0, length) : new Float64Array(length)
  if (!decodeColumn(blob, column, length))
    throw damaged(db, trace, field, `${length} encoded numbers`, `${blob.length} bytes that are not`)
  if (list !== undefined) {
    const { none } = list
    const end = list.words.length
    for (let i = 0; i < length; i++)
      if (column[i]! >= end || column[i]! < -none) throw damaged(db, trace, field, `an index below ${end}`, column[i])
  }
  return column
}

const scratch = new Float64Array(CHUNK_OPS)

export function damaged(db: Database.Database, trace: ChunkOwner, field: string, expected: string, found: unknown): BadInput {
  return new BadInput(
    { file: nameOf(db), field: `trace ${trace.name}, ${field}` },
    expected,
    found,
    'remove the trace and import it again',
  )
}
