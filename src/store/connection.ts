import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import { isBusy, pausesMs, READ_WAIT_MS } from './busy.js'
import { mayBeChanged, openedCopy, openedToRead, wantsToWrite } from './readable.js'
import { APPLICATION_ID, PAGE_BYTES, STORE_VERSION, migrate, versionOf } from './migrations.js'

/** Opens a store's file, made and brought to this version's schema on the way unless `readonly` (with
 *  `prepare`, that is done first, on a connection of its own, where it is needed). `orReadonly`: where it may not be written,
 *  it is opened for reading. `foreign`: of whatever version, and nothing of
 *  its schema is trusted; its reader checks that. Throws `BadInput` for a file that is no store, belongs to another program, or was
 *  written by a newer version. */
export function connect(path: string, options: { readonly?: boolean; prepare?: boolean; foreign?: boolean; orReadonly?: boolean } = {}): Database.Database {
  if (options.orReadonly === true && existsSync(path)) return connectOrRead(path)
  const readonly = options.readonly === true
  if (options.prepare === true && !existsSync(path)) connect(path).close()
  if (path !== ':memory:') checkPath(path, readonly)
  const db = opened(path, readonly)
  try {
    if (options.foreign === true) for (const pragma of ['trusted_schema = off', 'cell_size_check = on', 'query_only = on']) db.pragma(pragma)
    checkOwner(db, path)
    if (options.foreign === true) return db
    if (!readonly) {
      db.pragma(`page_size = ${PAGE_BYTES}`) // has a say only before the first table
      enterWal(db)
      db.pragma('synchronous = normal')
      db.pragma('foreign_keys = on')
      migrate(db)
    } else if (versionOf(db) < STORE_VERSION && options.prepare === true) {
      db.close()
      if (!mayBeChanged(path)) return openedCopy(path, (copy) => connect(copy).close())
      connect(path).close()
      return connect(path, { readonly })
    } else if (versionOf(db) < STORE_VERSION) {
      throw new BadInput({ file: path, field: 'user_version' }, `${STORE_VERSION}`, versionOf(db), 'open it once for writing')
    }
    return db
  } catch (error) {
    db.close()
    throw storeFault(path, error)
  }
}

/** For writing; where SQLite or the system refuses that, for reading. */
function connectOrRead(path: string): Database.Database {
  if (!mayBeChanged(path)) return connect(path, { readonly: true, prepare: true })
  try {
    return connect(path)
  } catch (error) {
    if (!(error instanceof NotWritable || wantsToWrite(error))) throw error
    return connect(path, { readonly: true, prepare: true })
  }
}

/** A store that cannot be opened for writing. */
class NotWritable extends BadInput {}

/** What SQLite says of a damaged or foreign file, as `BadInput`; every other error as it is. */
export function storeFault(path: string, error: unknown): unknown {
  const code = error instanceof Database.SqliteError ? error.code : ''
  if (code === 'SQLITE_NOTADB') return new BadInput({ file: path }, 'a worldswitch store (SQLite)', 'another kind of file')
  if (code.startsWith('SQLITE_CORRUPT')) return new BadInput({ file: path }, 'a sound SQLite file', (error as Error).message)
  return error
}

function checkPath(path: string, readonly: boolean): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) throw new BadInput({ file: path }, 'a store', 'a folder')
  } else if (readonly || !existsSync(dirname(path)))
    throw new BadInput({ file: path }, readonly ? 'a store' : 'a path in an existing folder', 'nothing there')
}

function opened(path: string, readonly: boolean): Database.Database {
  try {
    return readonly ? openedToRead(path) : new Database(path, { timeout: READ_WAIT_MS })
  } catch (error) {
    if ((error as { code?: unknown }).code === 'SQLITE_CANTOPEN')
      throw new NotWritable({ file: path }, 'a store that can be opened', 'no permission')
    throw storeFault(path, error)
  }
}

function checkOwner(db: Database.Database, path: string): void {
  const owner = db.pragma('application_id', { simple: true }) as number
  const isFresh = owner === 0 && versionOf(db) === 0 && db.prepare('select count(*) from sqlite_schema').pluck().get() === 0
  if (owner !== APPLICATION_ID && !isFresh)
    throw new BadInput({ file: path }, 'a worldswitch store', 'a SQLite database of another program', 'choose another --db')
  if (versionOf(db) < 0) throw new BadInput({ file: path, field: 'user_version' }, 'the version of a store, 0 or more', versionOf(db))
  if (versionOf(db) > STORE_VERSION)
    throw new BadInput(
      { file: path, field: 'user_version' },
      `a store of version ${STORE_VERSION} or older`,
      versionOf(db),
      'it was written by a newer worldswitch: update this one',
    )
}

/** Changing the journal mode does not wait for a lock as other statements do: two processes that make the same
 *  store at once would have one of them fail. */
function enterWal(db: Database.Database): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  const untilMs = performance.now() + READ_WAIT_MS
  for (const pauseMs of pausesMs())
    try {
      db.pragma('journal_mode = wal')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > untilMs) throw error
      Atomics.wait(sleeper, 0, 0, pauseMs)
    }
}
