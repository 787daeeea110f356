import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fillSample } from '../testing/sample-trace.js'
import { chunkFields } from '../store/chunks.js'
import { summedFields } from '../store/checksums.js'
import { openQuery } from '../store/query.js'
import { holdWhole } from '../store/damage.js'
import { openStore } from '../store/store.js'
import { smallWorkload } from '../testing/small-workload.js'
import { checkHealth } from './health.js'

const test = suite('checksums of a store')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-sums-'))
const key = 'a'.repeat(64)
let stores = 0

async function filled(): Promise<string> {
  const path = join(folder, `${stores++}.db`)
  const store = openStore(path)
  await store.importTrace('n', (writer) => fillSample(writer, { ops: 500 }))
  const counts = {} as never
  const summary = { requests: 1, tokens: 2, ttftNs: 5, tpotNs: 1, e2eNs: 7, ttftExposedNs: { compute: 5 }, decodeExposedNs: {}, busyNs: {}, outsideNs: {}, ttftCounts: counts, decodeCounts: counts, predictedShare: 0.5, shares: {} as never, tax: null, saturated: false, warnings: [] }
  store.cells.putAll([{ key, subject: 'b'.repeat(64), policy: 'p', device: 'd', order: { subject: 'x' }, outcome: { state: 'done', summary, windows: [], tasks: { length: 2, columns: { startNs: Float64Array.of(1, 2) } } } }])
  await store.studies.put({ hash: 'c'.repeat(64), name: 'study', kind: 'sweep', spec: { a: 1 }, keys: [key] })
  store.close()
  return path
}

/** What reads each part of a store: by the store itself, and by SQL. */
const reads: Readonly<Record<string, { readonly change: string; readonly read?: (store: ReturnType<typeof openStore>) => unknown; readonly sql?: string }>> = {
  ...Object.fromEntries(['durationNs', 'startNs', 'layer', 'kind'].map((field) => [`a chunk’s ${field}`, { change: `update chunk set ${field} = cast(substr(${field}, 1, length(${field}) - 1) || x'05' as blob)`, read: (store: ReturnType<typeof openStore>) => store.loadColumns('n', [field as 'layer']), sql: `select max(${field}) from op where trace = 'n'` }])),
  'a header': { change: `update trace set header = replace(header, '"id":"', '"id":"!')`, read: (store) => store.header('n'), sql: 'select name from trace' },
  'a string': { change: `update trace set strings = replace(strings, 'e', 'f')`, read: (store) => store.header('n'), sql: "select name from op where trace = 'n'" },
  'a summary': { change: `update cell set summary = replace(summary, '"ttftNs":5', '"ttftNs":4')`, read: (store) => store.cells.read([key]), sql: 'select summary from cell' },
  'a time': { change: 'update cell set ttftNs = 4', read: (store) => store.cells.whole(key), sql: 'select avg(ttftNs) from cell' },
  'an order': { change: `update cell set cellOrder = '{"subject":"y"}'`, read: (store) => store.cells.whole(key), sql: 'select cellOrder from cell' },
  'windows': { change: `update cell set windows = x'0300'`, read: (store) => store.cells.windows(key) },
  'tasks': { change: 'update cell_tasks set data = cast(data || x\'00\' as blob)', read: (store) => store.cells.tasks(key), sql: 'select count(*) from cell_tasks' },
  'a study’s question': { change: `update study set spec = '{"a":2}'`, read: (store) => store.studies.spec('study'), sql: 'select spec from study' },
  'a study’s cells': { change: `update study_cell set key = '${'d'.repeat(64)}'`, read: (store) => store.studies.keys('study'), sql: 'select * from study_cell' },
}

for (const [what, { change, read, sql }] of Object.entries(reads))
  test(`${what} that is not what was written is met by its reader, by SQL and by doctor`, async () => {
    const path = await filled()
    const whole = await checkHealth(path)
    assert.is(whole.find(({ name }) => name === 'store')!.state, 'ok')
    const raw = new Database(path)
    assert.is.not(raw.prepare(change).run().changes, 0)
    raw.close()
    const refused = (work: () => unknown): void => assert.throws(work, (error: unknown) => error instanceof BadInput && /checksum/.test(error.message) && !/\n/.test(error.message), what)
    const store = openStore(path)
    if (read !== undefined) refused(() => read(store))
    store.close()
    const query = openQuery(path)
    if (sql !== undefined) refused(() => query.all(sql))
    query.close()
    const { state, found } = (await checkHealth(path)).find(({ name }) => name === 'store')!
    assert.is(state, 'fault')
    assert.match(found, /checksum|hash/)
  })

test('sums stand for every column of a chunk, and follow what is removed, revised or changed by a user’s statement', async () => {
  assert.equal(summedFields, chunkFields)
  const path = await filled()
  const store = openStore(path)
  const sums = (): unknown[] => new Database(path, { readonly: true }).prepare('select what, count(*) as n from checksum group by what order by what').all()
  assert.equal(sums(), ['cell', 'chunk', 'study', 'tasks', 'trace'].map((what) => ({ what, n: 1 })))
  await store.revise('n', (header) => ({ ...header, device: 'another' }))
  assert.is(store.header('n').device, 'another')
  const query = openQuery(path, { write: true })
  assert.is(query.ask("update study set spec = '{}'").changes, 1)
  query.close()
  assert.equal(store.studies.spec('study'), {})
  await store.remove(['n'])
  await store.studies.remove(['study'])
  assert.equal(sums(), [])
  await store.importTrace('m', (writer) => fillSample(writer, { ops: 10, seed: 2 }))
  assert.is(store.load('m').ops.length, 10)
  store.close()
})

test('a store of the version before gets its sums when it is opened', async () => {
  const path = await filled()
  const raw = new Database(path)
  for (const sql of raw.prepare("select 'drop trigger ' || name from sqlite_schema where type = 'trigger'").pluck().all() as string[]) raw.exec(sql)
  raw.exec('drop table checksum; drop table origin; drop table merged_store; pragma user_version = 5')
  raw.close()
  openStore(path).close()
  const opened = new Database(path)
  assert.is(opened.prepare('select count(*) from checksum').pluck().get(), 5)
  opened.exec("update cell set ttftNs = 1")
  opened.close()
  const store = openStore(path)
  assert.is(store.load('n').ops.length, 500)
  assert.throws(() => store.cells.read([key]), /checksum/)
  store.close()
})

test.after(() => rmSync(folder, { recursive: true }))
test('a digit of a workload that changed is met by whoever loads it, and by a look at the whole store', async () => {
  const path = join(folder, 'workload.db')
  const store = openStore(path)
  await store.workloads.put(smallWorkload())
  store.close()
  const raw = new Database(path)
  raw.exec("update workload set content = replace(content, '\"outputTokens\":', '\"outputTokens\":1')")
  assert.throws(() => holdWhole(raw), /content with hash/)
  raw.close()
  const damaged = openStore(path)
  assert.throws(() => damaged.workloads.load(smallWorkload().name), /content with hash [0-9a-f]{12}, found/)
  damaged.close()
})

test.run()
