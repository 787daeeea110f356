import type Database from 'better-sqlite3'
import type { OpField, TraceHeader } from '../trace/trace.js'
import { CHUNK_OPS, opFields } from '../trace/writer.js'
import { isWhole } from './checksums.js'
import { damaged, decodeBlob, fetchedChunks, type ChunkOwner } from './chunks.js'
import { wordLists, type WordList } from './op-words.js'

/** The columns of `op` that are decoded from chunks; `trace` and `hash` come from the table `trace`. Words where an
 *  op holds an index; `inferred` names the fields that an importer guessed, with commas between. */
export const opTableColumns = [
  'opIndex',
  ...opFields.filter((field) => field !== 'rules'),
  'inferred',
  'requestIndex',
] as const satisfies readonly string[]
export type OpTableColumn = 'opIndex' | Exclude<OpField, 'rules'> | 'inferred' | 'requestIndex'

/** Where a column's values come from, and whether they are words. */
export const sourceField = (column: OpTableColumn): OpField | undefined =>
  column === 'opIndex' ? undefined : column === 'inferred' ? 'rules' : column === 'requestIndex' ? 'request' : column
const wordColumns = new Set<string>([
  'kind',
  'phase',
  'dataType',
  'processor',
  'lane',
  'request',
  'type',
  'name',
  'tensor',
  'inferred',
])
export const isWords = (column: OpTableColumn): boolean => wordColumns.has(column)

type Cell = string | number | null

/** A generator of the rows of one trace for the virtual table, in order of `columns`; the array is reused for every
 *  row. Decodes the columns asked for, a chunk at a time. Throws `BadInput` for a damaged chunk.
 *  SQLite does not say when it stops before the end. */
export function opRows(db: Database.Database, columns: readonly OpTableColumn[]): (traceId: unknown) => Generator<Cell[]> {
  const fields = [...new Set(columns.map(sourceField).filter((field) => field !== undefined))]
  // One generator and not one within another: every row passes through each.
  return function* (traceId) {
    const owner = db.prepare('select id, name, ops from trace where id = ?').get(traceId) as ChunkOwner | undefined
    if (owner === undefined) return // removed by another process since the query began
    const { lists, words } = wordsOf(db, owner, columns)
    const decoded = fields.map(() => new Float64Array(CHUNK_OPS))
    const cells = columns.map((column) => decoded[fields.indexOf(sourceField(column)!)])
    const row: Cell[] = columns.map(() => null)
    for (const { base, length, blobs } of fetchedChunks(db, owner, fields)) {
      for (const [f, field] of fields.entries()) decoded[f]!.set(decodeBlob(db, owner, field, blobs[f]!, length, lists[field]))
      for (let i = 0; i < length; i++) {
        for (let c = 0; c < row.length; c++) {
          const column = cells[c]
          const list = words[c]
          const value = column === undefined ? base + i : column[i]!
          row[c] = list === undefined ? value : value < 0 ? null : list[value]!
        }
        yield row
      }
    }
  }
}

/** SQLite's text is UTF-8, which has no place for half a character; JavaScript's has. */
const loneSurrogates = /\p{Cs}/gu

interface Words {
  readonly lists: Partial<Record<OpField, WordList>>
  /** By column; undefined for numbers. */
  readonly words: readonly (readonly string[] | undefined)[]
}

/** What the columns' indices stand for. Strings are read only where one is asked for. */
function wordsOf(db: Database.Database, owner: ChunkOwner, columns: readonly OpTableColumn[]): Words {
  if (!columns.some(isWords)) return { lists: {}, words: columns.map(() => undefined) }
  const needsStrings = columns.includes('type') || columns.includes('name')
  const row = db
    .prepare(`select header, ${needsStrings ? 'strings' : `'[]'`} as strings from trace where id = ?`)
    .get(owner.id) as {
    readonly header: string
    readonly strings: string
  }
  if (!isWhole(db, 'trace', owner.id)) throw damaged(db, owner, 'header', 'what was written', 'other bytes (its checksum differs)')
  const header = JSON.parse(row.header) as TraceHeader
  const strings = (JSON.parse(row.strings) as string[]).map((text) => text.replace(loneSurrogates, '\ufffd'))
  const lists = wordLists(header, strings)
  const inferred = header.ruleSets.map((rules) => Object.keys(rules).sort().join(','))
  const words = columns.map((column) =>
    !isWords(column) ? undefined : column === 'inferred' ? inferred : lists[sourceField(column)!]?.words,
  )
  return { lists, words }
}
