import type Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import { damagedOf, type Summed } from './checksums.js'
import type { TraceEntry } from './store.js'
import { loadTrace } from './load.js'
import { nameOf } from './readable.js'
import { loadWorkload, type WorkloadEntry } from './workloads.js'

const words: Readonly<Record<Summed, string>> = { trace: 'trace number', chunk: 'chunk', cell: 'cell', tasks: 'tasks of cell', study: 'study number' }

export const damageFault = (db: Database.Database, { what, id }: { readonly what: Summed; readonly id: string }): BadInput =>
  new BadInput({ file: nameOf(db), field: `${words[what]} ${id.slice(0, 12)}` }, 'what was written', 'other bytes (its checksum differs)', what === 'trace' || what === 'chunk' ? 'remove the trace and import it again' : 'remove the study and run it again')

/** Reads all of a store: checksums, and each trace and workload against its content hash. Throws `BadInput`: something is not what was written. */
export function holdWhole(db: Database.Database): void {
  const damage = damagedOf(db)
  if (damage !== undefined) throw damageFault(db, damage)
  for (const { id, hash, name, ops, header, strings } of db.prepare('select id, hash, name, ops, header, strings from trace').all() as (TraceEntry & { header: string; strings: string })[])
    loadTrace(db, { id, hash, name, ops, header: JSON.parse(header) as never, strings: JSON.parse(strings) as string[] })
  for (const entry of db.prepare('select id, hash, name from workload').all() as WorkloadEntry[]) loadWorkload(db, entry)
}
