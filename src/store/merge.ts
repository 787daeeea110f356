import type Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import { freeName } from './find.js'

export interface Merged {
  readonly cells: number
  readonly sameCells: number
  readonly studies: number
}

/** Takes cells, their tasks and studies of the store at `path` into `db`, within the caller's transaction; `other` is that
 *  store, opened for reading. Cells that failed in one and ended in the other are the ended ones. Throws `BadInput`, before
 *  anything is taken: a cell of both differs, so one of the stores is damaged or was written by another program. */
export function mergeInto(db: Database.Database, other: Database.Database): Merged {
  const here = db.prepare('select state, summary, message from cell where key = ?')
  const fresh: string[] = []
  let sameCells = 0
  for (const row of other.prepare('select key, state, summary from cell order by key').iterate() as IterableIterator<{ key: string; state: string; summary: string | null }>) {
    const own = here.get(row.key) as { state: string; summary: string | null; message: string | null } | undefined
    if (own === undefined || (own.state === 'failed' && row.state !== 'failed')) fresh.push(row.key)
    else if (row.state !== 'failed' && (own.state !== row.state || own.summary !== row.summary))
      throw new BadInput({ file: other.name, field: `cell ${row.key.slice(0, 12)}` }, 'the same outcome as in the other store: cells are deterministic', row.summary ?? row.state, 'one of the stores is damaged; remove the study there and run it again')
    else sameCells++
  }
  // One by one: a store may hold more cells than memory does.
  const fields = (other.pragma('table_info(cell)') as { name: string }[]).map(({ name }) => name)
  const whole = other.prepare('select * from cell where key = ?')
  const put = db.prepare(`insert or replace into cell (${fields.join()}) values (${fields.map((field) => `@${field}`).join()})`)
  for (const key of fresh) put.run(whole.get(key))
  const task = db.prepare('insert or ignore into cell_tasks (cell, number, field, tasks, data) values (?, ?, ?, ?, ?)')
  for (const row of other.prepare('select cell, number, field, tasks, data from cell_tasks').raw().iterate() as IterableIterator<unknown[]>) task.run(...row)
  return { cells: fresh.length, sameCells, studies: mergeStudies(db, other) }
}

function mergeStudies(db: Database.Database, other: Database.Database): number {
  let taken = 0
  const isTaken = db.prepare('select 1 from study where name = ?')
  const place = db.prepare('insert into study_cell (study, place, key) values (?, ?, ?)')
  for (const study of other.prepare('select id, hash, name, kind, spec, madeAtWallMs from study order by id').all() as { id: number; hash: string; name: string; kind: string; spec: string; madeAtWallMs: number }[]) {
    if (db.prepare('select 1 from study where hash = ?').get(study.hash) !== undefined) continue
    const name = freeName(study.name, (candidate) => isTaken.get(candidate) !== undefined)
    const { lastInsertRowid } = db.prepare('insert into study (hash, name, kind, spec, madeAtWallMs) values (?, ?, ?, ?, ?)').run(study.hash, name, study.kind, study.spec, study.madeAtWallMs)
    for (const row of other.prepare('select place, key from study_cell where study = ? order by place').raw().all(study.id) as [number, string][]) place.run(lastInsertRowid, ...row)
    taken++
  }
  return taken
}
