import { accessSync, constants, copyFileSync, existsSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { READ_WAIT_MS } from './busy.js'
import { makeTemporary } from './temporary.js'

/** Whether a store may be changed where it lies. SQLite makes files beside it on the way. */
export function mayBeChanged(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** SQLite's ways of saying that it could read, if it might write: no permission, or no room for its files beside the store. */
export const wantsToWrite = (error: unknown): boolean => error instanceof Database.SqliteError && /^SQLITE_(?:READONLY|CANTOPEN|FULL|IOERR_SHM)/.test(error.code)

/** Opens a store for reading, also where nothing can be written beside it: SQLite reads a store with a log (WAL) only with files of
 *  its own beside it, so that a copy is read then. */
export function openedToRead(path: string): Database.Database {
  try {
    const db = new Database(path, { readonly: true, timeout: READ_WAIT_MS })
    try {
      db.pragma('user_version')
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    if (!wantsToWrite(error) || !isReadable(path)) throw error
    return openedCopy(path)
  }
}

/** Of connections that read a copy: what it is a copy of. */
const originals = new WeakMap<Database.Database, string>()

/** The store that a connection reads, for messages: not the copy of it. */
export const nameOf = (db: Database.Database): string => originals.get(db) ?? db.name

/** A copy of the store in a temporary folder, open for reading; `prepare` may change it before; closing it, or the process's end, removes it. */
export function openedCopy(path: string, prepare: (copy: string) => void = () => {}): Database.Database {
  const folder = makeTemporary('store')
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const copy = join(folder, 'store.db')
    const hasLog = existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0
    copyFileSync(path, copy, constants.COPYFILE_FICLONE)
    if (hasLog) copyFileSync(`${path}-wal`, `${copy}-wal`)
    prepare(copy)
    const db = new Database(copy, { readonly: true, timeout: READ_WAIT_MS })
    originals.set(db, path)
    const close = db.close.bind(db)
    db.close = () => {
      close()
      process.removeListener('exit', remove)
      remove()
      return db
    }
    return db
  } catch (error) {
    process.removeListener('exit', remove)
    remove()
    throw error
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    accessSync(dirname(path), constants.X_OK)
    return true
  } catch {
    return false
  }
}
