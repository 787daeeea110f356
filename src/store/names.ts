import type Database from 'better-sqlite3'
import { cleanName, freeName } from './find.js'

/** What has names: one argument of a verb means a trace or a workload, so that they share them. */
export type Named = 'trace' | 'workload'

/** As much of an entry as has names: the first one stands with the content, others beside it. */
export interface NamedEntry {
  readonly id: number
  readonly name: string
  readonly otherNames: readonly string[]
}

/** Entries as the table of their kind has them, with their other names in order. */
export function withOtherNames<E extends { readonly id: number }>(db: Database.Database, kind: Named, entries: readonly E[]): (E & { readonly otherNames: readonly string[] })[] {
  const rows = db.prepare(`select ${kind} as id, name from other_name where ${kind} is not null order by name`).all() as { id: number; name: string }[]
  const byId = new Map<number, string[]>()
  for (const { id, name } of rows) byId.set(id, [...(byId.get(id) ?? []), name])
  return entries.map((entry) => ({ ...entry, otherNames: byId.get(entry.id) ?? [] }))
}

/** The name that new content gets: the wanted one, or the first of `name-2`, `name-3`, … that is free. */
export function newName(db: Database.Database, wanted: string): string {
  const taken = db.prepare('select 1 from workload where name = :name union all select 1 from trace where name = :name union all select 1 from other_name where name = :name')
  return freeName(cleanName(wanted), (name) => taken.get({ name }) !== undefined)
}

/** Gives content that is stored another name, unless it has that one, and returns it. */
export function alsoName(db: Database.Database, kind: Named, { id, name, otherNames }: NamedEntry, wanted: string): string {
  const clean = cleanName(wanted)
  if ([name, ...otherNames].includes(clean)) return clean
  const free = newName(db, clean)
  db.prepare(`insert into other_name (name, ${kind}) values (?, ?)`).run(free, id)
  return free
}

/** What was removed, and by which names the content is still known; none: it is gone. */
export type Removed<E> = E & { readonly staysAs: readonly string[] }

/** Removes what was referred to: a name of content that has others, else the content. By a prefix of its hash it goes with all names. */
export function removeNamed<E extends NamedEntry>(db: Database.Database, kind: Named, refs: readonly { readonly ref: string; readonly entry: E }[]): Removed<E>[] {
  const left = new Map<number, string[]>()
  for (const { ref, entry } of refs) {
    const names = left.get(entry.id) ?? [entry.name, ...entry.otherNames]
    const isByName = names.includes(ref) || names.includes(cleanName(ref))
    left.set(entry.id, isByName ? names.filter((name) => name !== ref && name !== cleanName(ref)) : [])
  }
  for (const [id, names] of left) {
    if (names.length === 0) {
      db.prepare(`delete from ${kind} where id = ?`).run(id)
      continue
    }
    db.prepare(`delete from other_name where ${kind} = ?`).run(id)
    const first = db.prepare(`select name from ${kind} where id = ?`).pluck().get(id) as string
    const [kept, ...others] = names.includes(first) ? [first, ...names.filter((name) => name !== first)] : names
    db.prepare(`update ${kind} set name = ? where id = ?`).run(kept, id)
    for (const name of others) db.prepare(`insert into other_name (name, ${kind}) values (?, ?)`).run(name, id)
  }
  return refs.map(({ entry }) => ({ ...entry, staysAs: left.get(entry.id)! }))
}
