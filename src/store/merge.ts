import type Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import { CHUNK_OPS } from '../trace/writer.js'
import { nameOf } from './readable.js'
import { keepSum } from './checksums.js'
import { nativeContentHash } from './content-hash.js'
import { cleanName } from './find.js'
import { foreignFault } from './foreign.js'
import { checkRow, foreignColumns, refuseLarge, type ForeignTable } from './foreign-rows.js'

export interface Merged {
  readonly cells: number
  readonly sameCells: number
  readonly studies: number
}

/** Holds every value of the store `other`, opened by `connectForeign`, against what its column may hold. What was looked at is what
 *  is taken later: its reader sees one moment of it. Throws `BadInput`: a value is none that we write. */
export function checkForeign(other: Database.Database): void {
  const tables = Object.keys(foreignColumns) as ForeignTable[]
  try {
    for (const table of tables) refuseLarge(other, table)
    for (const table of tables) {
      const rows = other.prepare(`select ${Object.keys(foreignColumns[table]).join()} from ${table}`).iterate()
      for (const row of rows) checkRow(other, table, row)
    }
  } catch (error) {
    throw foreignFault(nameOf(other), error)
  }
}

/** Where what was taken came from: the file as it was named, and the SHA-256 of what it held of cells and studies. */
export interface MergedFrom {
  readonly file: string
  readonly hash: string
  readonly atWallMs: number
}

/** Of the keys, outcomes and studies that a store holds. */
export function hashOfFile(other: Database.Database): string {
  const hash = nativeContentHash()
  for (const { key, state, summary, message } of rowsOf<{ key: string; state: string; summary: string | null; message: string | null }>(other, 'cell', 'order by key')) hash.addText(JSON.stringify([key, state, summary, message]))
  for (const row of rowsOf<{ hash: string }>(other, 'study', 'order by hash')) hash.addText(JSON.stringify(row.hash))
  return hash.digest()
}

/** Says of what is taken where it came from; the store is named once something was. */
function marker(db: Database.Database, { file, hash, atWallMs }: MergedFrom): (what: 'cell' | 'study', id: string) => void {
  let store: number | bigint | undefined
  const put = db.prepare('insert or replace into origin (what, id, store) values (?, ?, ?)')
  return (what, id) => {
    store ??= db.prepare('insert into merged_store (file, hash, mergedAtWallMs) values (?, ?, ?)').run(file, hash, atWallMs).lastInsertRowid
    put.run(what, id, store)
  }
}

/** Takes cells, their tasks and studies of the store at `path` into `db`, within the caller's transaction; `other` is that
 *  store, opened by `connectForeign` and looked at by `checkForeign`. Cells that failed in one and ended in the other are the ended
 *  ones. Throws `BadInput`, and the caller takes nothing: a cell of both differs, so one of the stores is damaged or was written by
 *  another program. */
export function mergeInto(db: Database.Database, other: Database.Database, from: MergedFrom): Merged {
  const here = db.prepare('select state, summary, message from cell where key = ?')
  const fresh: string[] = []
  let sameCells = 0
  for (const row of rowsOf<{ key: string; state: string; summary: string | null }>(other, 'cell', 'order by key')) {
    const own = here.get(row.key) as { state: string; summary: string | null; message: string | null } | undefined
    if (own === undefined || (own.state === 'failed' && row.state !== 'failed')) fresh.push(row.key)
    else if (row.state !== 'failed' && (own.state !== row.state || own.summary !== row.summary))
      throw new BadInput({ file: nameOf(other), field: `cell ${row.key.slice(0, 12)}` }, 'the same outcome as in the other store: cells are deterministic', row.summary ?? row.state, 'one of the stores is damaged; remove the study there and run it again')
    else sameCells++
  }
  // One by one: a store may hold more cells than memory does. The columns are those that we know.
  const fields = Object.keys(foreignColumns.cell)
  const put = db.prepare(`insert or replace into cell (${fields.join()}) values (${fields.map((field) => `@${field}`).join()})`)
  const mark = marker(db, from)
  for (const key of fresh) {
    for (const row of rowsOf<object>(other, 'cell', 'where key = ?', key)) put.run(row)
    keepSum(db, 'cell', key)
    mark('cell', key)
  }
  mergeTasks(db, other)
  return { cells: fresh.length, sameCells, studies: mergeStudies(db, other, mark) }
}

/** Rows of a table of `other`, of the columns that we know. */
function* rowsOf<R>(other: Database.Database, table: ForeignTable, rest: string, ...values: readonly unknown[]): Generator<R> {
  try {
    yield* other.prepare(`select ${Object.keys(foreignColumns[table]).join()} from ${table} ${rest}`).iterate(...values) as IterableIterator<R>
  } catch (error) {
    throw foreignFault(nameOf(other), error)
  }
}

interface TaskRow {
  readonly cell: string
  readonly number: number
  readonly field: string
  readonly tasks: number
  readonly data: Buffer
}

/** Tasks of cells that have none here: all of a cell's, or none of them. */
function mergeTasks(db: Database.Database, other: Database.Database): void {
  const task = db.prepare('insert into cell_tasks (cell, number, field, tasks, data) values (?, ?, ?, ?, ?)')
  const lacks = db.prepare("select 1 from cell where key = ? and state = 'done' and key not in (select cell from cell_tasks)")
  const isThere = other.prepare('select 1 from cell where key = ?')
  let before: TaskRow | undefined
  let takes = false
  for (const row of rowsOf<TaskRow>(other, 'cell_tasks', 'order by cell, number, field')) {
    const { cell, number, field, tasks, data } = row
    const refuse = (expected: string, found: unknown): never => {
      throw new BadInput({ file: nameOf(other), field: `tasks of cell ${cell.slice(0, 12)}` }, expected, found, 'the store is damaged, or another program wrote it')
    }
    if (before?.cell !== cell) {
      if (takes) keepSum(db, 'tasks', before!.cell)
      if (isThere.get(cell) === undefined) refuse('a cell that they belong to', 'none')
      if (number !== 0) refuse('a first part 0', number)
      takes = lacks.get(cell) !== undefined
    } else if (number === before.number) {
      if (tasks !== before.tasks) refuse(`as many tasks as ${before.field} has: ${before.tasks}`, tasks)
    } else if (number !== before.number + 1 || before.tasks !== CHUNK_OPS) refuse(`parts of ${CHUNK_OPS} tasks, one after another`, `part ${number} behind ${before.tasks} tasks`)
    if (takes) task.run(cell, number, field, tasks, data)
    before = row
  }
  if (takes) keepSum(db, 'tasks', before!.cell)
}

function mergeStudies(db: Database.Database, other: Database.Database, mark: ReturnType<typeof marker>): number {
  let taken = 0
  const isHere = db.prepare('select 1 from study where hash = ?')
  const isTaken = db.prepare('select 1 from study where name = ?')
  const study = db.prepare('insert into study (hash, name, kind, spec, madeAtWallMs) values (?, ?, ?, ?, ?)')
  const place = db.prepare('insert into study_cell (study, place, key) values (?, ?, ?)')
  const numbers = new Map<string, number>() // of a name: the next that may be free
  for (const one of rowsOf<{ id: number; hash: string; name: string; kind: string; spec: string; madeAtWallMs: number }>(other, 'study', 'order by id')) {
    if (isHere.get(one.hash) !== undefined) continue
    const base = cleanName(one.name)
    let n = numbers.get(base) ?? 1
    const name = (): string => (n === 1 ? base : `${base}-${n}`)
    while (isTaken.get(name()) !== undefined) n++
    numbers.set(base, n + 1)
    const { lastInsertRowid } = study.run(one.hash, name(), one.kind, one.spec, one.madeAtWallMs)
    for (const row of rowsOf<{ place: number; key: string }>(other, 'study_cell', 'where study = ? order by place', one.id)) place.run(lastInsertRowid, row.place, row.key)
    keepSum(db, 'study', Number(lastInsertRowid))
    mark('study', String(lastInsertRowid))
    taken++
  }
  return taken
}
