import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../base/errors.js'
import { fillSample, hostileTexts } from '../testing/sample-trace.js'
import { CHUNK_OPS } from '../trace/writer.js'
import { connect } from './connection.js'
import { migrate } from './migrations.js'
import { opTableColumns } from './op-table.js'
import { openQuery, type Query } from './query.js'
import { mentionedColumns, onlyAsks } from './sql-text.js'
import { openStore, type Store } from './store.js'

const queries = suite<{ folder: string; path: string; store: Store; query: Query }>('query')
queries.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-query-'))
  context.path = join(context.folder, 'a.db')
  context.store = openStore(context.path)
  await context.store.importTrace('one', (writer) => fillSample(writer, { ops: CHUNK_OPS + 300 }))
  await context.store.importTrace(hostileTexts[0], (writer) => fillSample(writer, { ops: 500, seed: 2 }))
})
queries.before.each((context) => {
  context.query = openQuery(context.path)
})
queries.after.each(({ query }) => query.close())
queries.after(({ folder, store }) => {
  store.close()
  rmSync(folder, { recursive: true })
})

queries('op holds what the trace holds, words for indices', ({ store, query }) => {
  const trace = store.load('one')
  const { ops, header, strings } = trace
  const rows = query.all(`select * from op where trace = 'one' and opIndex % 97 = 0`)
  assert.equal(Object.keys(rows[0]!), ['trace', 'hash', ...opTableColumns])
  assert.is(rows.length, Math.ceil(ops.length / 97))
  for (const row of rows) {
    const i = row['opIndex'] as number
    assert.is(row['trace'], 'one')
    assert.is(row['hash'], trace.hash)
    assert.is(
      row['kind'],
      ['norm', 'matmul', 'attention', 'activation', 'copy'].find((kind) => strings[ops.type[i]!] === `Sample${kind}`),
    )
    assert.is(row['type'], strings[ops.type[i]!])
    assert.is(row['name'], strings[ops.name[i]!]!.replace('\ud800', '\ufffd'))
    assert.is(row['lane'], header.lanes[ops.lane[i]!])
    assert.is(row['request'], header.requests[ops.request[i]!]!.id)
    assert.is(row['requestIndex'], ops.request[i]!)
    assert.is(row['tensor'], ops.tensor[i]! < 0 ? null : header.tensors[ops.tensor[i]!]!.name)
    assert.is(row['inferred'], Object.keys(header.ruleSets[ops.rules[i]!]!).sort().join(','))
    for (const field of ['step', 'layer', 'm', 'n', 'k', 'startNs', 'durationNs', 'flops', 'bytes'] as const)
      assert.is(row[field], ops[field][i]!, field)
  }
})

queries('a group-by through SQL is our own aggregate, over one trace or all', ({ store, query }) => {
  const own = (ref: string) =>
    store.groupBy(ref, 'kind').map(({ value, ops, durationNs }) => ({ kind: value, ops, ns: durationNs }))
  const sql = 'select kind, count(*) as ops, sum(durationNs) as ns from op'
  const byKind = (rows: Record<string, unknown>[]) => rows.sort((a, b) => (String(a['kind']) < String(b['kind']) ? -1 : 1))
  assert.equal(byKind(query.all(`${sql} where trace = ? group by kind`, ['one'])), byKind(own('one')))
  assert.equal(byKind(query.all(`${sql} where hash = ? group by kind`, [store.find('one').hash])), byKind(own('one')))
  assert.equal(byKind(query.all(`${sql} where trace = ? group by kind`, [hostileTexts[0]!])), byKind(own(hostileTexts[0]!)))
  assert.equal(query.all('select trace, count(*) as n from op group by trace order by n'), [
    { trace: hostileTexts[0]!, n: 500 },
    { trace: 'one', n: CHUNK_OPS + 300 },
  ])
  assert.is(query.all('select count(*) as n from op')[0]!['n'], CHUNK_OPS + 800)
  assert.equal(query.all('select typeof(layer) as t from op limit 1'), [{ t: 'integer' }])
})

queries('op joins itself and the other tables, and an unread answer can be left', ({ query }) => {
  const joined = query.all(
    'select count(*) as n from op a join op b on b.opIndex = a.opIndex + 1 and b.trace = a.trace where a.trace = ?',
    [hostileTexts[0]!],
  )
  assert.is(joined[0]!['n'], 499)
  for (const row of query.ask('select name from op').rows) if (row.length > 0) break
  query.ask('select bytes from op') // never read
  assert.is(query.all(`select id from request where trace = 'one'`).length, 3)
  assert.equal(
    query.all(`select model from request where trace = 'one' order by requestIndex`).map(({ model }) => model),
    ['tiny', hostileTexts[6], null],
  )
  assert.equal(query.all(`select name, model, bytes from tensor where trace = 'one' limit 1`), [
    { name: 'w0', model: 'tiny', bytes: 1024 },
  ])
})

queries('only the trace that is asked for is decoded', async ({ folder }) => {
  const path = join(folder, 'damaged.db')
  const store = openStore(path)
  await store.importTrace('whole', (writer) => fillSample(writer, { ops: 50 }))
  await store.importTrace('damaged', (writer) => fillSample(writer, { ops: 50, seed: 2 }))
  store.close()
  const raw = new Database(path)
  raw.exec(`update chunk set kind = x'00' where trace = 2`)
  raw.close()
  const query = openQuery(path)
  assert.is(query.all(`select kind from op where trace = 'whole'`).length, 50)
  assert.is(query.all(`select kind from op where trace in ('whole', 'unknown')`).length, 50)
  assert.is(query.all(`select step from op`).length, 100, 'nor a column that is not')
  assert.throws(
    () => query.all('select kind from op'),
    (error: unknown) => error instanceof BadInput && /trace damaged, chunk 0, kind/.test(error.message),
  )
  query.close()
})

queries('kept, op answers the same from a temporary table', ({ query }) => {
  const sql = 'select kind, phase, count(*) as n, sum(durationNs) as ns from op where trace = ? group by kind, phase'
  const before = query.all(sql, ['one'])
  query.keep(['kind', 'phase', 'durationNs'])
  assert.equal(query.all(sql, ['one']), before)
  assert.throws(() => query.all('select bytes from op'), /no such column: bytes/)
})

const writing = [
  'delete from trace',
  'insert into trace select * from trace',
  'with x as (select 1) delete from trace',
  'drop table trace',
  'create table t (a)',
  'create temp table t (a)',
  `attach 'other.db' as other`,
  'detach main',
  `vacuum into 'copy.db'`,
  'begin',
  'pragma user_version = 9',
  'pragma main.user_version = 9',
  'pragma user_version(9)',
  'pragma journal_mode = delete',
  'pragma journal_mode(delete)',
  'pragma writable_schema = 1',
  'pragma wal_checkpoint(truncate)',
  'pragma optimize',
  '/* select */ drop view request',
  'explain delete from trace; delete from trace',
  'select 1; delete from trace',
  'select * from op; drop table trace; --',
  ';',
  '',
]

queries('without --write nothing that changes the store, or the connection, is run', ({ store, query, path }) => {
  const before = readFileSync(path)
  for (const sql of writing) {
    assert.throws(
      () => query.all(sql),
      (error: unknown) => error instanceof UsageFault && error.message.startsWith('SQL: '),
      sql,
    )
    assert.is(store.list().length, 2, sql)
  }
  assert.ok(before.equals(readFileSync(path)))
  for (const sql of [
    'pragma user_version',
    'pragma main.table_info(trace)',
    'PRAGMA integrity_check;',
    'values (1)',
    'explain query plan select * from op',
  ])
    assert.ok(query.all(sql).length > 0, sql)
})

queries('with write it does what it is told', async ({ folder }) => {
  const path = join(folder, 'written.db')
  const store = openStore(path)
  await store.importTrace('gone', (writer) => fillSample(writer))
  const query = openQuery(path, { write: true })
  assert.is(query.ask(`create table mine as select kind, sum(durationNs) as ns from op group by kind`).changes !== null, true)
  assert.is(query.all('select * from mine').length, 5)
  assert.is(query.ask('delete from trace').changes, 1)
  assert.is(query.all('select count(*) as n from chunk')[0]!['n'], 0, 'its chunks went with it')
  assert.equal(store.list(), [])
  query.close()
  store.close()
})

queries('a mistake is one line', ({ query }) => {
  for (const [sql, pattern] of [
    ['select kid from op', /^SQL: no such column: kid$/],
    ['selec 1', /^SQL: this statement \(selec\)/],
    ['select * frm op', /^SQL: near "op": syntax error|^SQL: near "frm"/],
    [`select 'open from op`, /^SQL: unrecognized token/],
    ['select json(1, 2)', /^SQL: wrong number of arguments/],
    [`select json('{')`, /^SQL: malformed JSON/],
    ['select ? from op', /^SQL: /],
  ] as const)
    assert.throws(
      () => query.all(sql),
      (error: unknown) => error instanceof UsageFault && pattern.test(error.message) && !error.message.includes('\n'),
      sql,
    )
})

queries('large integers, equal names and odd values arrive as they are', ({ query }) => {
  const { columns, rows } = query.ask(`select 9007199254740993 as a, 1 as a, x'00ff' as "__proto__", null as a, 0.5`)
  assert.equal(columns, ['a', 'a:1', '__proto__', 'a:2', '0.5'])
  assert.equal([...rows], [[9007199254740993n, 1, Buffer.from([0, 255]), null, 0.5]])
  assert.ok(Object.hasOwn(query.all(`select 1 as "__proto__"`)[0]!, '__proto__'))
})

queries('opening makes a store, and brings an older one up to date', ({ folder }) => {
  const fresh = openQuery(join(folder, 'fresh.db'))
  assert.equal(fresh.all('select * from op'), [])
  fresh.close()
  const old = new Database(join(folder, 'old.db'))
  migrate(old, 1)
  old.close()
  const query = openQuery(join(folder, 'old.db'))
  assert.equal(query.all('select * from request'), [])
  query.close()
  connect(join(folder, 'old.db'), { readonly: true }).close()
})

const statements = suite('sql text')
statements('columns are found wherever they are mentioned, and all where a star stands for them', () => {
  const of = (sql: string) => mentionedColumns(sql, ['kind', 'durationNs', 'bytes'])
  assert.equal(of('select count(*), sum(bytes * 2) from op'), ['bytes'])
  assert.equal(of('SELECT "KIND", [durationns], `bytes` FROM op'), ['kind', 'durationNs', 'bytes'])
  assert.equal(of(`select 1 /* kind */ -- bytes`), [])
  for (const sql of [
    'select * from op',
    'select/**/*from op',
    'select distinct * from op',
    'select 1, * from op',
    'select o.* from op o',
    'select 1 from op natural join mine',
  ])
    assert.equal(of(sql), ['kind', 'durationNs', 'bytes'], sql)
})
statements('no text is too odd to be looked at', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (sql) => {
      assert.type(onlyAsks(sql), 'boolean')
      assert.ok(mentionedColumns(`${sql} \n*/'"]\`  kind`, ['kind']).length <= 1)
    }),
  )
})

queries.run()
statements.run()
