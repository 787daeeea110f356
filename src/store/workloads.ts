import type Database from 'better-sqlite3'
import { BadInput, type Place } from '../base/errors.js'
import type { Workload } from '../trace/workload.js'
import { checkWorkload } from '../trace/check-workload.js'
import { workloadHash } from '../trace/workload-hash.js'
import { findEntry } from './find.js'
import { alsoName, newName, removeNamed, withOtherNames, type Removed } from './names.js'
import { nameOf } from './readable.js'

export interface WorkloadEntry {
  readonly id: number
  readonly hash: string
  readonly name: string
  readonly otherNames: readonly string[]
  readonly requests: number
  readonly importedAtWallMs: number
}

/** How the store reads and writes: faults named, one write at a time. */
export interface Access {
  reading<T>(read: () => T): T
  writing<T>(work: () => T | Promise<T>): Promise<T>
  wallClockMs(): number
  /** The store may only be read. */
  readonly isReadonly: boolean
}

/** The workloads of a store. */
export class Workloads {
  constructor(
    private readonly db: Database.Database,
    private readonly access: Access,
  ) {}

  /** All of them, by name. */
  list(): WorkloadEntry[] {
    return this.access.reading(() => withOtherNames(this.db, 'workload', this.db.prepare('select id, hash, name, requests, importedAtWallMs from workload order by name').all() as WorkloadEntry[]))
  }

  /** By one of its names, else by an unambiguous prefix (4 digits or more) of the hash. Throws `UsageFault`. */
  find(ref: string): WorkloadEntry {
    return findEntry(this.list(), ref, 'workload')
  }

  /** Throws `UsageFault` (unknown) or `BadInput` (what is stored is damaged). */
  load(ref: string): Workload {
    const { id, name, hash } = this.find(ref)
    return this.access.reading(() => loadWorkload(this.db, { id, name, hash }))
  }

  /** The same content is stored once, and gets this name too where a user gave it (`isNamed`); a taken name becomes `name-2`. */
  async put(workload: Workload, isNamed = false): Promise<{ hash: string; name: string; existed: boolean }> {
    return this.access.writing(() => {
      const hash = workloadHash(workload)
      const [existing] = withOtherNames(this.db, 'workload', this.db.prepare('select id, name from workload where hash = ?').all(hash) as { id: number; name: string }[])
      if (existing !== undefined) return { hash, name: isNamed ? alsoName(this.db, 'workload', existing, workload.name) : existing.name, existed: true }
      const name = newName(this.db, workload.name)
      this.db
        .prepare('insert into workload (hash, name, requests, content, importedAtWallMs) values (?, ?, ?, ?, ?)')
        .run(hash, name, workload.requests.length, JSON.stringify({ ...workload, name }), this.access.wallClockMs())
      return { hash, name, existed: false }
    })
  }

  /** Removes all of these, or none where one is unknown; of one that has other names, the name alone. */
  async remove(refs: readonly string[]): Promise<Removed<WorkloadEntry>[]> {
    return this.access.writing(() => removeNamed(this.db, 'workload', refs.map((ref) => ({ ref, entry: this.find(ref) }))))
  }
}

/** Throws `BadInput`: what is stored is no workload, or not the one that was written. */
export function loadWorkload(db: Database.Database, { id, name, hash }: Pick<WorkloadEntry, 'id' | 'name' | 'hash'>): Workload {
  const place = { file: `${nameOf(db)}: workload ${name}` }
  const workload = checkWorkload(parsed(db.prepare('select content from workload where id = ?').pluck().get(id) as string, place), place.file)
  const found = workloadHash(workload)
  if (found !== hash) throw new BadInput(place, `content with hash ${hash.slice(0, 12)}`, found.slice(0, 12), damaged)
  return { ...workload, name }
}

const damaged = 'the store is damaged: remove the workload and import it again'

function parsed(content: string, place: Place): unknown {
  try {
    return JSON.parse(content)
  } catch {
    throw new BadInput(place, 'JSON', content.slice(0, 40), damaged)
  }
}
