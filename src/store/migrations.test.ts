import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fillSample, sampleTrace } from '../testing/sample-trace.js'
import { chunkFields } from './chunks.js'
import { connect } from './connection.js'
import { APPLICATION_ID, STORE_VERSION, migrate, storeSchemaSql, versionOf } from './migrations.js'
import { openStore } from './store.js'

const migrations = suite<{ folder: string }>('migrations')
migrations.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-migrations-'))
})
migrations.after.each(({ folder }) => rmSync(folder, { recursive: true }))

migrations('schemas/store.sql is what a fresh store holds (UPDATE_GOLDENS=1 writes it)', () => {
  const file = new URL('../../schemas/store.sql', import.meta.url)
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, storeSchemaSql())
  assert.is(readFileSync(file, 'utf8'), storeSchemaSql())
  const db = new Database(':memory:')
  db.exec(readFileSync(file, 'utf8'))
  assert.is(versionOf(db), STORE_VERSION)
  db.close()
})

migrations('the chunk table has a column for every op column, in order', () => {
  const db = new Database(':memory:')
  migrate(db)
  const columns = (db.pragma('table_info(chunk)') as { name: string }[]).map(({ name }) => name)
  assert.equal(columns, ['trace', 'number', 'ops', ...chunkFields])
  db.close()
})

migrations('a fresh store has our pages, journal and mark', ({ folder }) => {
  const db = connect(join(folder, 'a.db'))
  const pragma = (name: string) => db.pragma(name, { simple: true }) as unknown
  assert.is(pragma('page_size'), 16_384)
  assert.is(pragma('journal_mode'), 'wal')
  assert.is(pragma('synchronous'), 1)
  assert.is(pragma('foreign_keys'), 1)
  assert.is(pragma('application_id'), APPLICATION_ID)
  db.close()
  assert.is(readFileSync(join(folder, 'a.db')).subarray(68, 72).toString('latin1'), 'wsws')
})

migrations('a store of every older version is brought up to date with its traces', async ({ folder }) => {
  const full = openStore(join(folder, 'full.db'))
  await full.importTrace('old', (writer) => fillSample(writer))
  full.close()
  for (let version = 1; version < STORE_VERSION; version++) {
    const path = join(folder, `v${version}.db`)
    const old = new Database(path)
    migrate(old, version)
    old.exec(`attach '${join(folder, 'full.db')}' as f`)
    for (const table of ['trace', 'chunk']) old.exec(`insert into ${table} select * from f.${table}`)
    assert.is(versionOf(old), version)
    old.close()
    assert.throws(
      () => openStore(path, { readonly: true }),
      (error: unknown) => error instanceof BadInput && /open it once/.test(error.message),
    )
    const store = openStore(path)
    assert.is(store.load('old').hash, sampleTrace().hash)
    await store.importTrace('new', (writer) => fillSample(writer, { seed: 2 }))
    store.close()
    const now = new Database(path)
    const schema = (db: Database.Database) =>
      db.prepare('select sql from sqlite_schema where sql is not null order by rowid').pluck().all()
    const fresh = new Database(':memory:')
    migrate(fresh)
    assert.is(versionOf(now), STORE_VERSION)
    assert.equal(schema(now), schema(fresh))
    assert.is(now.prepare('select count(*) from request').pluck().get(), 6)
    now.close()
  }
})

migrations('a file that is no store of ours is refused and left as it was', ({ folder }) => {
  const refused = (name: string, pattern: RegExp, readonly = false) => {
    const path = join(folder, name)
    const before = existsSync(path) && name !== 'folder' ? readFileSync(path) : undefined
    assert.throws(
      () => openStore(path, { readonly }),
      (error: unknown) => {
        assert.instance(error, BadInput)
        assert.is((error as BadInput).place.file, path)
        return pattern.test((error as BadInput).message)
      },
      name,
    )
    if (before !== undefined) assert.ok(before.equals(readFileSync(path)), name)
  }
  writeFileSync(join(folder, 'text'), 'not a database at all, but long enough to look at\n'.repeat(50))
  refused('text', /expected a worldswitch store \(SQLite\), found "another kind of file"/)
  const foreign = new Database(join(folder, 'foreign'))
  foreign.exec('create table theirs (a)')
  foreign.close()
  refused('foreign', /a SQLite database of another program/)
  const newer = new Database(join(folder, 'newer'))
  migrate(newer)
  newer.pragma(`user_version = ${STORE_VERSION + 1}`)
  newer.close()
  refused('newer', new RegExp(`expected a store of version ${STORE_VERSION} or older, found ${STORE_VERSION + 1}; .*update`))
  mkdirSync(join(folder, 'folder'))
  refused('folder', /found "a folder"/)
  refused('missing', /nothing there/, true)
  refused(join('no-folder', 'a.db'), /a path in an existing folder/)
  const cut = new Database(join(folder, 'cut'))
  cut.pragma('page_size = 16384')
  migrate(cut)
  cut.close()
  writeFileSync(join(folder, 'cut'), readFileSync(join(folder, 'cut')).subarray(0, 20_000))
  refused('cut', /sound SQLite file/)
  openStore(join(folder, 'locked')).close()
  chmodSync(join(folder, 'locked'), 0)
  if (process.getuid?.() === 0) console.log('  not tried as root: a store without permission')
  else assert.throws(() => openStore(join(folder, 'locked')), /no permission/)
})

migrations.run()
