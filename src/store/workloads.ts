import type Database from 'better-sqlite3'
import type { Workload } from '../trace/workload.js'
import { checkWorkload } from '../trace/check-workload.js'
import { workloadHash } from '../trace/workload-hash.js'
import { cleanName, findEntry, freeName } from './find.js'

export interface WorkloadEntry {
  readonly id: number
  readonly hash: string
  readonly name: string
  readonly requests: number
  readonly importedAtWallMs: number
}

/** How the store reads and writes: faults named, one write at a time. */
export interface Access {
  reading<T>(read: () => T): T
  writing<T>(work: () => T | Promise<T>): Promise<T>
  wallClockMs(): number
}

/** The workloads of a store. */
export class Workloads {
  constructor(
    private readonly db: Database.Database,
    private readonly access: Access,
  ) {}

  /** All of them, by name. */
  list(): WorkloadEntry[] {
    return this.access.reading(() => this.db.prepare('select id, hash, name, requests, importedAtWallMs from workload order by name').all() as WorkloadEntry[])
  }

  /** By exact name, else by an unambiguous prefix (4 digits or more) of the hash. Throws `UsageFault`. */
  find(ref: string): WorkloadEntry {
    return findEntry(this.list(), ref, 'workload')
  }

  /** Throws `UsageFault` (unknown) or `BadInput` (what is stored is damaged). */
  load(ref: string): Workload {
    const { id, name } = this.find(ref)
    return this.access.reading(() => {
      const content = this.db.prepare('select content from workload where id = ?').pluck().get(id) as string
      return { ...checkWorkload(JSON.parse(content), `${this.db.name}: workload ${name}`), name }
    })
  }

  /** The same content is stored once; a taken name becomes `name-2`. */
  async put(workload: Workload): Promise<{ hash: string; name: string; existed: boolean }> {
    return this.access.writing(() => {
      const hash = workloadHash(workload)
      const existing = this.db.prepare('select name from workload where hash = ?').pluck().get(hash) as string | undefined
      if (existing !== undefined) return { hash, name: existing, existed: true }
      // One argument of a verb means a trace or a workload: they share their names.
      const taken = this.db.prepare('select 1 from workload where name = :name union all select 1 from trace where name = :name')
      const name = freeName(cleanName(workload.name), (candidate) => taken.get({ name: candidate }) !== undefined)
      this.db
        .prepare('insert into workload (hash, name, requests, content, importedAtWallMs) values (?, ?, ?, ?, ?)')
        .run(hash, name, workload.requests.length, JSON.stringify({ ...workload, name }), this.access.wallClockMs())
      return { hash, name, existed: false }
    })
  }

  /** Removes all of these, or none where one is unknown. */
  async remove(refs: readonly string[]): Promise<WorkloadEntry[]> {
    return this.access.writing(() => {
      const doomed = refs.map((ref) => this.find(ref))
      for (const { id } of doomed) this.db.prepare('delete from workload where id = ?').run(id)
      return doomed
    })
  }
}
