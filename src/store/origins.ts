import type Database from 'better-sqlite3'
import type { Access } from './workloads.js'

/** The store that something was merged from. */
export interface StoreOrigin {
  /** As it was named when it was merged. */
  readonly file: string
  /** SHA-256 of the cells and studies that it held. */
  readonly hash: string
  readonly mergedAtWallMs: number
}

/** Where cells and studies came from that were not made here. */
export class Origins {
  constructor(
    private readonly db: Database.Database,
    private readonly access: Access,
  ) {}

  /** Null: it was made here. `id`: a cell's key, a study's number. */
  of(what: 'cell' | 'study', id: string): StoreOrigin | null {
    return this.access.reading(() => (this.select().get(what, id) as StoreOrigin | undefined) ?? null)
  }

  /** Of many cells: those that came from elsewhere, by key. */
  ofCells(keys: readonly string[]): Map<string, StoreOrigin> {
    return this.access.reading(() => {
      const select = this.select()
      const origins = new Map<string, StoreOrigin>()
      for (const key of keys) {
        const origin = select.get('cell', key) as StoreOrigin | undefined
        if (origin !== undefined) origins.set(key, origin)
      }
      return origins
    })
  }

  private select(): Database.Statement {
    return this.db.prepare('select file, hash, mergedAtWallMs from origin join merged_store m on m.id = origin.store where what = ? and origin.id = ?')
  }
}
