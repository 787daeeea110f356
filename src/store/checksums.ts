import { createHash } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { OpField } from '../trace/trace.js'

/** What has a checksum: a trace's words (its header and strings), a chunk (a sum a column), a cell, its tasks, a study. */
export type Summed = 'trace' | 'chunk' | 'cell' | 'tasks' | 'study'
type Value = string | number | bigint | Uint8Array | null

/** Hex digits of a sum: 64 bits of SHA-256, so that no flipped bit passes. */
const DIGITS = 16

/** Of the bytes of a blob. */
export const blobSum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, DIGITS)

/** Of values in order; where one ends is part of it. */
class Sum {
  private readonly state = createHash('sha256')
  add(values: readonly Value[]): this {
    for (const value of values) {
      const bytes = value instanceof Uint8Array ? value : JSON.stringify(typeof value === 'bigint' ? Number(value) : value)
      this.state.update(`${typeof bytes === 'string' ? 't' : 'b'}${bytes.length}:`).update(bytes)
    }
    return this
  }
  digest(): string {
    return this.state.digest('hex').slice(0, DIGITS)
  }
}

const cellFields = ['key', 'subject', 'policy', 'device', 'state', 'cellOrder', 'ttftNs', 'tpotNs', 'e2eNs', 'switchNs', 'predictedShare', 'summary', 'windows', 'message', 'finishedAtWallMs'] as const
/** As migrations made them: `chunk`'s columns of blobs, in the order of the sums. */
export const summedFields: readonly (OpField | 'afterCount' | 'afterBack')[] = ['kind', 'phase', 'dataType', 'processor', 'lane', 'request', 'step', 'layer', 'type', 'name', 'tensor', 'm', 'n', 'k', 'startNs', 'durationNs', 'flops', 'bytes', 'rules', 'afterCount', 'afterBack']

/** How each sum is made of what is stored; `one` is asked with an id, `ids` gives all of them. */
const sources: Readonly<Record<Summed, { readonly ids: string; readonly one: string; readonly by: 'rows' | 'fields' }>> = {
  trace: { ids: 'select id from main.trace', one: 'select hash, ops, header, strings from main.trace where id = ?', by: 'rows' },
  chunk: { ids: `select trace || '/' || number from main.chunk`, one: `select ${summedFields.join(', ')} from main.chunk where trace = substr(:id, 1, instr(:id, '/') - 1) + 0 and number = substr(:id, instr(:id, '/') + 1) + 0`, by: 'fields' },
  cell: { ids: 'select key from main.cell', one: `select ${cellFields.join(', ')} from main.cell where key = ?`, by: 'rows' },
  tasks: { ids: 'select distinct cell from main.cell_tasks', one: 'select number, field, tasks, data from main.cell_tasks where cell = ? order by number, field', by: 'rows' },
  study: { ids: 'select id from main.study', one: "select hash, kind, spec, '' from main.study where id = :id union all select '', '', key, place from (select key, place from main.study_cell where study = :id order by place)", by: 'rows' },
}

/** The sum of what is stored now. */
function sumNow(db: Database.Database, what: Summed, id: string | number): string {
  const { one, by } = sources[what]
  const statement = db.prepare(one).raw()
  const rows = (one.includes(':id') ? statement.iterate({ id }) : statement.iterate(id)) as IterableIterator<Value[]>
  if (by === 'fields') return [...rows].map((blobs) => blobs.map((blob) => blobSum(blob as Uint8Array)).join('')).join('')
  const sum = new Sum()
  for (const row of rows) sum.add(row)
  return sum.digest()
}

/** The sum that was kept; undefined: none was. */
export const sumKept = (db: Database.Database, what: Summed, id: string | number): string | undefined =>
  db.prepare('select sum from main.checksum where what = ? and id = ?').pluck().get(what, String(id)) as string | undefined

/** Keeps the sum of what was just written. */
export function keepSum(db: Database.Database, what: Summed, id: string | number): void {
  db.prepare('insert or replace into main.checksum (what, id, sum) values (?, ?, ?)').run(what, String(id), sumNow(db, what, id))
}

/** Whether what is stored is what was written. */
export function isWhole(db: Database.Database, what: Summed, id: string | number): boolean {
  const kept = sumKept(db, what, id)
  return kept === undefined || kept === sumNow(db, what, id)
}

/** Keeps the sums of all that is stored of these kinds: of a store that had none, and of what a user's statement changed. */
export function keepAllSums(db: Database.Database, kinds: readonly Summed[] = Object.keys(sources) as Summed[]): void {
  for (const what of kinds) for (const id of idsOf(db, what)) keepSum(db, what, id)
}

/** The first of what is stored of these kinds that is not what was written. */
export function damagedOf(db: Database.Database, kinds: readonly Summed[] = Object.keys(sources) as Summed[]): { readonly what: Summed; readonly id: string } | undefined {
  for (const what of kinds) for (const id of idsOf(db, what)) if (!isWhole(db, what, id)) return { what, id: String(id) }
  return undefined
}

const idsOf = (db: Database.Database, what: Summed): (string | number)[] => db.prepare(sources[what].ids).pluck().all() as (string | number)[]

const tablesOf: Readonly<Record<Summed, RegExp>> = { trace: /\b(?:trace|request|tensor|op)\b/i, chunk: /\bchunk\b/i, cell: /\bcell\b/i, tasks: /\bcell_tasks\b/i, study: /\b(?:study|study_cell)\b/i }

/** What a statement may read of what has sums; ops are looked at as they are decoded. */
export const summedIn = (sql: string): Summed[] => (Object.keys(tablesOf) as Summed[]).filter((what) => tablesOf[what].test(sql))
