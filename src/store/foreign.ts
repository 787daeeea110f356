import Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import { isBusy } from './busy.js'
import { connect, storeFault } from './connection.js'
import { openedCopy } from './readable.js'
import { migrate, STORE_VERSION, versionOf } from './migrations.js'

/** More objects than any store of ours has: what follows is not looked at. */
const MOST_OBJECTS = 200

/** Opens the store of somebody else for reading. Nothing of its schema is trusted: it is compared with ours before any of it is
 *  used, word by word, so that there is no view, trigger, virtual table or column but our own. Older ones are brought to this
 *  version, once they have been compared with theirs. Throws `BadInput` as `connect`, and where the schema is another. */
export function connectForeign(path: string): Database.Database {
  const db = connect(path, { readonly: true, foreign: true })
  try {
    db.exec('begin') // what is compared is what is read
    holdOurSchema(db, path)
    if (versionOf(db) === STORE_VERSION) return db
  } catch (error) {
    db.close()
    throw foreignFault(path, error)
  }
  db.close()
  // Nothing is changed where it lies: it is somebody else's.
  const copy = openedCopy(path, (file) => connect(file).close())
  try {
    for (const pragma of ['trusted_schema = off', 'cell_size_check = on', 'query_only = on']) copy.pragma(pragma)
    copy.exec('begin')
    return copy
  } catch (error) {
    copy.close()
    throw foreignFault(path, error)
  }
}

/** What SQLite says of another's file: the file's fault, not ours. */
export function foreignFault(path: string, error: unknown): unknown {
  const fault = storeFault(path, error)
  return fault instanceof Database.SqliteError && !isBusy(error) ? new BadInput({ file: path }, 'a store that can be read', fault.message, 'another program made or changed it') : fault
}

type Made = readonly [type: string, name: string, table: string, sql: string | null]
const madeIn = (db: Database.Database): Made[] =>
  db.prepare(`select type, name, tbl_name, sql from sqlite_schema where not (type = 'table' and name in ('sqlite_stat1', 'sqlite_stat4')) limit ${MOST_OBJECTS}`).raw().all() as Made[]

function holdOurSchema(db: Database.Database, path: string): void {
  const version = versionOf(db)
  const ours = new Database(':memory:')
  try {
    migrate(ours, version)
    const [expected, found] = [madeIn(ours), madeIn(db)].map((all) => new Map(all.map((one) => [one.join('\n'), `${one[0]} ${one[1]}`]))) as [Map<string, string>, Map<string, string>]
    const strange = [...found].find(([made]) => !expected.has(made)) ?? [...expected].find(([made]) => !found.has(made))
    if (strange === undefined) return
    const [, name] = strange
    const what = !expected.has(strange[0]) ? ([...expected.values()].includes(name) ? `another ${name}` : name) : `no ${name}`
    throw new BadInput({ file: path, field: 'schema' }, `just the tables and columns of a store of version ${version}`, what, 'another program made or changed it')
  } finally {
    ours.close()
  }
}
