import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, BrokenLaw, UsageFault } from '../base/errors.js'
import { fillSample } from '../testing/sample-trace.js'
import { CHUNK_OPS, type TraceWriter } from '../trace/writer.js'
import { openStore, type Store } from './store.js'

const writes = suite<{ folder: string; store: Store }>('writes to a store')
writes.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-writes-'))
  context.store = openStore(join(context.folder, 'a.db'))
})
writes.after.each(({ folder, store }) => {
  store.close()
  rmSync(folder, { recursive: true })
})

writes('whatever an import throws, nothing of it stays and the next one succeeds', async ({ store }) => {
  await store.importTrace('kept', (writer) => fillSample(writer))
  const before = store.list()
  const fault = new BadInput({ file: 'f', line: 3 }, 'a number', 'x')
  const failing = store.importTrace('half', async (writer) => {
    fillSample(writer, { ops: CHUNK_OPS + 10 })
    await new Promise((resolve) => setImmediate(resolve))
    throw fault
  })
  assert.is(await failing.catch((error: unknown) => error), fault)
  assert.equal(store.list(), before)
  const lying = store.importTrace('index', (writer) => ({ ...fillSample(writer, { seed: 5 }), lanes: [] }))
  assert.instance(await lying.catch((error: unknown) => error), BrokenLaw)
  assert.equal(store.list(), before)
  await store.importTrace('next', (writer) => fillSample(writer, { seed: 2 }))
  assert.equal(
    store.list().map(({ name }) => name),
    ['kept', 'next'],
  )
})

writes(
  'writes begun at once take turns; readers see whole traces only, in this connection and others',
  async ({ store, folder }) => {
    await store.importTrace('old', (writer) => fillSample(writer, { seed: 9 }))
    const other = openStore(join(folder, 'a.db'), { readonly: true })
    const oldHash = store.find('old').hash
    const slow = (seed: number) => async (writer: TraceWriter) => {
      const facts = fillSample(writer, { ops: CHUNK_OPS + 1, seed })
      for (const reader of [store, other]) {
        assert.ok(reader.list().every(({ name }) => name !== `n${seed}`))
        assert.is(reader.load('old').hash, oldHash)
      }
      await new Promise((resolve) => setImmediate(resolve))
      return facts
    }
    const done = await Promise.all([
      store.importTrace('n1', slow(1)),
      store.importTrace('n2', slow(2)),
      store.remove(['n1']),
      store.importTrace('n3', slow(3)),
    ])
    assert.equal(
      done.flat().map(({ name }) => name),
      ['n1', 'n2', 'n1', 'n3'],
    )
    assert.equal(
      other.list().map(({ name }) => name),
      ['n2', 'n3', 'old'],
    )
    assert.is(other.load('n3').ops.length, CHUNK_OPS + 1)
    other.close()
  },
)

writes('another process that writes is waited for, and named when it takes too long', async ({ store, folder }) => {
  const path = join(folder, 'a.db')
  const [impatient, patient, holder] = [openStore(path, { waitMs: 10 }), openStore(path), new Database(path)]
  holder.exec('begin immediate')
  const refused = await impatient.importTrace('late', (writer) => fillSample(writer, { seed: 2 })).catch((error: unknown) => error)
  assert.instance(refused, UsageFault)
  assert.match((refused as Error).message, /^another process is writing to the store/)
  const waiting = patient.importTrace('patient', (writer) => fillSample(writer, { seed: 3 }))
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(store.list(), [])
  holder.exec('commit')
  await waiting
  assert.equal(store.list().map(({ name }) => name), ['patient'])
  impatient.close()
  patient.close()
  holder.close()
})

writes('an import holds the lock only to copy what it has read: others write while it reads', async ({ store, folder }) => {
  const other = openStore(join(folder, 'a.db'), { waitMs: 0 })
  await store.importTrace('long', async (writer) => {
    const facts = fillSample(writer, { ops: 2 * CHUNK_OPS + 5, seed: 4 })
    await other.importTrace('meanwhile', (within) => fillSample(within, { seed: 5 }))
    return facts
  })
  assert.equal(other.list().map(({ name }) => name), ['long', 'meanwhile'])
  assert.is(other.load('long').ops.length, 2 * CHUNK_OPS + 5)
  assert.is(other.load('meanwhile').hash, store.find('meanwhile').hash)
  other.close()
})

writes('remove takes all it was given or none, and gives their room to the next', async ({ store, folder }) => {
  for (const seed of [1, 2, 3]) await store.importTrace(`n${seed}`, (writer) => fillSample(writer, { ops: 5000, seed }))
  const refused = await store.remove(['n1', 'unknown']).catch((error: unknown) => error)
  assert.instance(refused, UsageFault)
  assert.is(store.list().length, 3)
  await store.remove(['n1', 'n3'])
  assert.equal(
    store.list().map(({ name }) => name),
    ['n2'],
  )
  const raw = new Database(join(folder, 'a.db'))
  assert.equal(raw.prepare('select distinct trace from chunk').pluck().all(), [2])
  raw.pragma('wal_checkpoint(truncate)')
  const before = statSync(join(folder, 'a.db')).size
  await store.importTrace('n4', (writer) => fillSample(writer, { ops: 5000, seed: 4 }))
  raw.pragma('wal_checkpoint(truncate)')
  assert.is(statSync(join(folder, 'a.db')).size, before)
  raw.close()
})

writes.run()
