import type Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import { isWhole, keepSum } from './checksums.js'
import { cleanName, findEntry, freeName } from './find.js'
import { nameOf } from './readable.js'
import type { Access } from './workloads.js'

export interface StudyEntry {
  readonly id: number
  readonly hash: string
  readonly name: string
  /** The verb that made it. */
  readonly kind: string
  readonly cells: number
  /** Of its cells, those that ended so. */
  readonly done: number
  readonly refused: number
  readonly failed: number
  readonly madeAtWallMs: number
}

/** What a study is known by: its specification as the verb made it, and its cells in order. */
export interface StudyRecord {
  readonly hash: string
  readonly name: string
  readonly kind: string
  readonly spec: object
  readonly keys: readonly string[]
}

/** The studies of a store. Cells belong to nobody: several studies may hold the same ones. */
export class Studies {
  constructor(
    private readonly db: Database.Database,
    private readonly access: Access,
  ) {}

  /** All of them, by name. */
  list(): StudyEntry[] {
    return this.access.reading(
      () =>
        this.db
          .prepare(
            `select s.id, s.hash, s.name, s.kind, s.madeAtWallMs, count(c.place) as cells,
  coalesce(sum(r.state = 'done'), 0) as done, coalesce(sum(r.state = 'refused'), 0) as refused, coalesce(sum(r.state = 'failed'), 0) as failed
from study s left join study_cell c on c.study = s.id left join cell r on r.key = c.key group by s.id order by s.name`,
          )
          .all() as StudyEntry[],
    )
  }

  /** By exact name, else by an unambiguous prefix of the hash. Throws `UsageFault`. */
  find(ref: string): StudyEntry {
    return findEntry(this.list(), ref, 'study')
  }

  spec(ref: string): unknown {
    const id = this.whole(ref)
    return this.access.reading(() => JSON.parse(this.db.prepare('select spec from study where id = ?').pluck().get(id) as string) as unknown)
  }

  /** Of a study that is what was written. */
  private whole(ref: string): number {
    const { id, name } = this.find(ref)
    this.access.reading(() => {
      if (!isWhole(this.db, 'study', id)) throw new BadInput({ file: nameOf(this.db), field: `study ${name}` }, 'what was written', 'other bytes (its checksum differs)', 'remove the study and run it again')
    })
    return id
  }

  /** Keys of its cells, in order. */
  keys(ref: string): string[] {
    const id = this.whole(ref)
    return this.access.reading(() => this.db.prepare('select key from study_cell where study = ? order by place').pluck().all(id) as string[])
  }

  /** The same study is stored once, under its first name; a taken name becomes `name-2`. In a store that may only be read it is not. */
  async put({ hash, name, kind, spec, keys }: StudyRecord): Promise<{ name: string; existed: boolean }> {
    if (this.access.isReadonly) return { name: cleanName(name), existed: false }
    return this.access.writing(() => {
      const existing = this.db.prepare('select name from study where hash = ?').pluck().get(hash) as string | undefined
      if (existing !== undefined) return { name: existing, existed: true }
      const taken = this.db.prepare('select 1 from study where name = ?')
      const free = freeName(cleanName(name), (candidate) => taken.get(candidate) !== undefined)
      const { lastInsertRowid } = this.db
        .prepare('insert into study (hash, name, kind, spec, madeAtWallMs) values (?, ?, ?, ?, ?)')
        .run(hash, free, kind, JSON.stringify(spec), this.access.wallClockMs())
      const insert = this.db.prepare('insert into study_cell (study, place, key) values (?, ?, ?)')
      keys.forEach((key, place) => insert.run(lastInsertRowid, place, key))
      keepSum(this.db, 'study', Number(lastInsertRowid))
      return { name: free, existed: false }
    })
  }

  /** Removes all of these, or none where one is unknown, and the cells that no other study holds. */
  async remove(refs: readonly string[]): Promise<{ studies: StudyEntry[]; cells: number }> {
    return this.access.writing(() => {
      const doomed = refs.map((ref) => this.find(ref))
      let cells = 0
      for (const { id } of doomed) {
        this.db.prepare('create temp table doomed_cell as select distinct key from study_cell where study = ?').run(id)
        this.db.prepare('delete from study where id = ?').run(id)
        cells += this.db.prepare('delete from cell where key in (select key from doomed_cell) and key not in (select key from study_cell)').run().changes
        this.db.exec('drop table doomed_cell')
      }
      return { studies: doomed, cells }
    })
  }
}
