import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import type { CellSummary, CellTasks } from '../run/outcome.js'
import type { CellRecord } from './cells.js'
import { foreignColumns } from './foreign-rows.js'
import { APPLICATION_ID, migrate, STORE_VERSION } from './migrations.js'
import { openStore, type Store } from './store.js'

const test = suite('merging a foreign store')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-merge-'))
let stores = 0

const keyOf = (n: number): string => n.toString(16).padStart(64, '0')
const summary = { requests: 1, tokens: 2, ttftNs: 5, tpotNs: 1, e2eNs: 7, ttftExposedNs: { compute: 5 }, decodeExposedNs: {}, busyNs: { compute: 7 }, warnings: [] } as unknown as CellSummary
const tasks: CellTasks = { length: 3, columns: { startNs: Float64Array.of(0, 1, 2), durationNs: Float64Array.of(1, 1, 1) } }
const record = (n: number, ttftNs = 5, withTasks = false): CellRecord => ({ key: keyOf(n), subject: keyOf(77), policy: 'flexserve', device: 'board', order: { subject: keyOf(77) }, outcome: { state: 'done', summary: { ...summary, ttftNs }, windows: [], ...(withTasks ? { tasks } : {}) } })

/** A store with a study of two cells, and what somebody does to its file. */
async function foreign(change: (db: Database.Database) => void): Promise<string> {
  const path = join(folder, `foreign${stores++}.db`)
  const store = openStore(path)
  store.cells.putAll([record(1, 5, true), record(2)])
  await store.studies.put({ hash: keyOf(9), name: 'theirs', kind: 'sweep', spec: {}, keys: [keyOf(1), keyOf(2)] })
  store.close()
  const db = new Database(path)
  db.unsafeMode()
  change(db)
  db.close()
  return path
}

/** A store of ours with cells of its own: whatever is merged, these stay. */
function victim(): { store: Store; cells: () => string } {
  const store = openStore(join(folder, `victim${stores++}.db`))
  store.cells.putAll([record(3, 42), { ...record(4), outcome: { state: 'failed', message: 'given up' } }])
  return { store, cells: () => JSON.stringify([store.cells.read([1, 2, 3, 4, 5].map(keyOf)), [3, 4].map((n) => store.cells.whole(keyOf(n))), store.studies.list()]) }
}

test('a sound store is taken whole, with its tasks; again, and nothing is', async () => {
  const path = await foreign(() => {})
  const { store } = victim()
  assert.equal(await store.merge(path), { cells: 2, sameCells: 0, studies: 1 })
  assert.equal(store.cells.tasks(keyOf(1)), tasks)
  assert.equal(store.studies.keys('theirs'), [keyOf(1), keyOf(2)])
  assert.equal(store.cells.whole(keyOf(2)), { order: record(2).order, outcome: record(2).outcome })
  assert.equal(await store.merge(path), { cells: 0, sameCells: 2, studies: 0 })
  store.close()
})

test('columns that are checked are those that a store has', () => {
  const db = new Database(':memory:')
  migrate(db)
  for (const [table, columns] of Object.entries(foreignColumns)) assert.equal(Object.keys(columns), (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name), table)
  db.close()
})

const rewritten = (from: string, to: string) => (db: Database.Database): void => {
  db.pragma('writable_schema = on')
  db.prepare('update sqlite_schema set sql = replace(sql, ?, ?)').run(from, to)
  db.pragma('schema_version = 999')
}
const endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select printf('%064x', x) as key, 's' as subject, 'p' as policy, 'd' as device, 'failed' as state, '{}' as cellOrder, null as ttftNs, null as tpotNs, null as e2eNs, null as switchNs, null as predictedShare, null as summary, null as windows, 'm' as message, 1 as finishedAtWallMs from n"

const schemas: Readonly<Record<string, (db: Database.Database) => void>> = {
  'a column whose name is SQL': (db) => db.exec(`alter table cell add column "message) values (@key, @subject, @policy, @device, @state, @cellOrder, 0,0,0,0,0, @summary, @windows, 'rewritten', 1) on conflict do update set summary = '{}' --" text`),
  'a column more': (db) => db.exec('alter table study add column more text'),
  'a column less': (db) => db.exec('alter table cell drop column message'),
  'a column renamed': (db) => db.exec('alter table cell rename column summary to summery'),
  'a generated column': (db) => db.exec('alter table cell add column made text generated always as (key || key) virtual'),
  'an endless view in place of a table': (db) => db.exec(`drop table cell; create view cell as ${endless}`),
  'a view in place of tasks': (db) => db.exec(`drop table cell_tasks; create view cell_tasks as select x as cell, x as number, x as field, x as tasks, x as data from (with recursive n(x) as (select 1 union all select x + 1 from n) select x from n)`),
  'another view': (db) => db.exec('create view more as select 1'),
  'a view of ours, otherwise': (db) => db.exec('drop view request; create view request as select 1 as trace'),
  'a trigger': (db) => db.exec("create trigger more after insert on cell begin delete from cell; end"),
  'a virtual table': (db) => db.exec('create virtual table more using fts5(x)'),
  'a virtual table in place of ours': (db) => db.exec("drop table study_cell; create virtual table study_cell using fts5(study, place, key)"),
  'a table more': (db) => db.exec('create table more (x)'),
  'an index more': (db) => db.exec('create index more on cell (policy)'),
  'an index with an expression': (db) => db.exec("create index more on cell (abs(ttftNs))"),
  'a table less': (db) => db.exec('drop table study_cell'),
  'a table that is not strict': rewritten(') strict', ')'),
  'a table without its checks': rewritten('check (length(key) = 64)', ''),
  'no schema at all': (db) => db.exec('drop view request; drop view tensor; drop table other_name; drop table cell_tasks; drop table cell; drop table study_cell; drop table study; drop table chunk; drop table trace; drop table workload'),
}
for (const [what, change] of Object.entries(schemas))
  test(`refused in one line, and nothing is taken: ${what}`, async () => {
    const path = await foreign(change)
    const { store, cells } = victim()
    const before = cells()
    const error = await store.merge(path).then(() => assert.unreachable(), (fault: Error) => fault)
    assert.instance(error, BadInput)
    assert.match((error as Error).message, new RegExp(`^${path}: schema: expected just the tables and columns of a store of version ${STORE_VERSION}, found `))
    assert.not.match((error as Error).message, /\n/)
    assert.is(cells(), before)
    store.close()
  })

/** Changes a value, whatever the table's checks say. */
const set = (table: string, column: string, value: unknown, where = '1') => (db: Database.Database): void => {
  db.pragma('ignore_check_constraints = on')
  db.pragma('foreign_keys = off')
  db.prepare(`update ${table} set ${column} = ? where ${where}`).run(value)
}
/** The same where a strict table refuses the type: its schema is another while it is written. */
const forced = (table: string, column: string, value: unknown) => (db: Database.Database): void => {
  const made = db.prepare('select sql from sqlite_schema where name = ?').pluck().get(table) as string
  db.pragma('writable_schema = on')
  db.prepare("update sqlite_schema set sql = replace(replace(sql, 'real', 'blob'), ') strict', ')') where name = ?").run(table)
  const file = db.name
  db.pragma('schema_version = 998')
  const loose = new Database(file)
  loose.unsafeMode()
  loose.pragma('ignore_check_constraints = on')
  loose.prepare(`update ${table} set ${column} = ? where rowid = 1`).run(value)
  loose.pragma('writable_schema = on')
  loose.prepare('update sqlite_schema set sql = ? where name = ?').run(made, table)
  loose.pragma('schema_version = 999')
  loose.close()
}
const bomb = deflateRawSync(Buffer.alloc(2 ** 20))
const values: Readonly<Record<string, readonly [change: (db: Database.Database) => void, said: RegExp]>> = {
  'a key that is a path': [set('cell', 'key', `${'../'.repeat(21)}x`, `key = '${keyOf(2)}'`), /cell\.key: expected 64 hex digits/],
  'a subject that is a path': [set('cell', 'subject', '../../victim'), /cell\.subject: expected 64 hex digits/],
  'a state that there is not': [set('cell', 'state', 'paid'), /cell\.state: expected done or refused or failed/],
  'done without a summary': [set('cell', 'summary', null), /cell\.summary: expected what a cell that is done has/],
  'done without windows': [set('cell', 'windows', null), /cell\.windows: expected what a cell that is done has/],
  'failed without a reason': [(db) => db.exec("update cell set state = 'failed', summary = null, windows = null"), /cell\.message: expected why the cell is not done/],
  'a summary that is none': [set('cell', 'summary', '{}'), /cell\.summary: expected JSON of an object/],
  'a summary of words': [set('cell', 'summary', JSON.stringify({ ...summary, ttftNs: 'fast' })), /cell\.summary/],
  'an order that is no JSON': [set('cell', 'cellOrder', '{'), /cell\.cellOrder: expected JSON of an object/],
  'an order of 2 MB': [set('cell', 'cellOrder', JSON.stringify({ x: 'x'.repeat(2e6) })), /cell\.cellOrder: expected JSON of an object, at most 1048576 bytes, found "2000008 bytes"/],
  'a negative time': [set('cell', 'ttftNs', -1), /cell\.ttftNs: expected a number, 0 or more/],
  'an endless time': [set('cell', 'ttftNs', Infinity), /cell\.ttftNs: expected a number, 0 or more/],
  'a number too large to be one': [(db) => db.exec('update cell set finishedAtWallMs = 9223372036854775807'), /cell\.finishedAtWallMs: expected a whole number/],
  'text where a number is': [forced('cell', 'ttftNs', 'soon'), /cell\.ttftNs: expected a number, 0 or more, or null, found "soon"/],
  'windows that are no deflated JSON': [set('cell', 'windows', Buffer.from('hello')), /cell\.windows: expected deflated bytes/],
  'windows that are no list': [set('cell', 'windows', deflateRawSync('{}')), /cell\.windows: expected deflated bytes/],
  'tasks that unpack to more than they say': [set('cell_tasks', 'data', bomb), /cell_tasks\.data: expected 24 bytes, deflated/],
  'tasks that unpack to less': [set('cell_tasks', 'data', deflateRawSync(Buffer.alloc(8))), /cell_tasks\.data: expected 24 bytes, deflated/],
  'a column of tasks that there is not': [set('cell_tasks', 'field', '__proto__', "field = 'startNs'"), /cell_tasks\.field: expected/],
  'more tasks than a part holds': [set('cell_tasks', 'tasks', 1e9), /cell_tasks\.tasks: expected a whole number from 1/],
  'tasks from the middle on': [set('cell_tasks', 'number', 7), /tasks of cell 000000000000: expected a first part 0, found 7/],
  'tasks of no cell': [set('cell_tasks', 'cell', keyOf(5)), /tasks of cell 000000000000: expected a cell that they belong to/],
  'a study of another hash': [set('study', 'hash', 'x'), /study\.hash: expected 64 hex digits/],
  'a study without a name': [set('study', 'name', ''), /study\.name: expected text/],
  'a specification that is no object': [set('study', 'spec', '[]'), /study\.spec: expected JSON of an object/],
  'a study’s cell that is no key': [set('study_cell', 'key', 'x'), /study_cell\.key: expected 64 hex digits/],
}
for (const [what, [change, said]] of Object.entries(values))
  test(`refused in one line, and nothing is taken: ${what}`, async () => {
    const path = await foreign(change)
    const { store, cells } = victim()
    const before = cells()
    const error = await store.merge(path).then(() => assert.unreachable(), (fault: Error) => fault)
    assert.instance(error, BadInput)
    assert.match((error as Error).message, said)
    assert.not.match((error as Error).message, /\n/)
    assert.is(cells(), before)
    store.close()
  })

test('tasks that are kept here stay as they are', async () => {
  const path = await foreign((db) => {
    db.exec("update cell_tasks set tasks = 65536, data = zeroblob(0)")
    db.prepare('update cell_tasks set data = ?').run(deflateRawSync(Buffer.alloc(65536 * 8)))
    db.exec('insert into cell_tasks select cell, 1, field, tasks, data from cell_tasks')
  })
  const { store } = victim()
  store.cells.putAll([record(1, 5, true)])
  assert.equal(await store.merge(path), { cells: 1, sameCells: 1, studies: 1 })
  assert.equal(store.cells.tasks(keyOf(1)), tasks)
  store.close()
})

test('many studies of one name get names of their own, soon; what a terminal would obey is not in them', async () => {
  const path = await foreign((db) => {
    const insert = db.prepare("insert into study (hash, name, kind, spec, madeAtWallMs) select ?, name || ?, kind, spec, 1 from study where id = 1")
    db.pragma('ignore_check_constraints = on')
    db.exec("create temp table n as select 1; update study set name = 'theirs'")
    db.transaction(() => {
      for (let i = 0; i < 3000; i++) insert.run(keyOf(1000 + i), '\u001b'.repeat(200) + i)
    })()
  })
  const { store } = victim()
  assert.is((await store.merge(path)).studies, 3001)
  assert.not.ok(store.studies.list().some(({ name }) => name.includes('\u001b')))
  store.close()
})

test('a version below 0, and an older store, which is compared with what it was then', async () => {
  const { store, cells } = victim()
  const before = cells()
  const path = await foreign((db) => db.pragma('user_version = -5'))
  await store.merge(path).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /user_version: expected the version of a store, 0 or more, found -5/))
  const made = (name: string, more: string): string => {
    const file = join(folder, name)
    const db = new Database(file)
    db.pragma(`application_id = ${APPLICATION_ID}`)
    migrate(db, 3)
    db.exec(more)
    db.close()
    return file
  }
  await store.merge(made('older-trap.db', 'create trigger more after insert on trace begin select 1; end')).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /a store of version 3, found "trigger more"/))
  assert.equal(await store.merge(made('older.db', '')), { cells: 0, sameCells: 0, studies: 0 })
  assert.is(cells(), before)
  store.close()
})

test.after(() => rmSync(folder, { recursive: true, force: true }))
test.run()
