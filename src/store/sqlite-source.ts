import Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import type { SqliteFile } from '../trace/source.js'

/** Opens somebody else's SQLite file for reading: nothing is written, no function of its schema is trusted. Errors of
 *  the library come out as `BadInput`: no database, damaged, locked. */
export function openSqliteFile(path: string): SqliteFile {
  const asBadInput = (error: unknown): unknown =>
    error instanceof Database.SqliteError ? new BadInput({ file: path, byteOffset: 0 }, 'a SQLite file that can be read', error.message, 'is the file whole?') : error
  let db: Database.Database
  try {
    db = new Database(path, { readonly: true, fileMustExist: true })
    db.pragma('query_only = on')
    db.pragma('trusted_schema = off')
    db.pragma('cell_size_check = on')
  } catch (error) {
    throw asBadInput(error)
  }
  return {
    *rows(sql, ...values) {
      try {
        yield* db.prepare(sql).iterate(...values) as IterableIterator<Readonly<Record<string, unknown>>>
      } catch (error) {
        throw asBadInput(error)
      }
    },
    close: () => db.close(),
  }
}
