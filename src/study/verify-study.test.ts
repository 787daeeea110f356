import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { openStore, type Store } from '../store/store.js'
import { worldswitch } from '../testing/command.js'
import { inProcess } from './executors/in-process.js'
import { checkGrid } from './sweep/read-grid.js'
import { planSweep, runSweep } from './sweep/sweep.js'
import { verifyStudy } from './verify-study.js'

const test = suite('a stored study is what its cells replay as')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-verify-'))
const grid = checkGrid({ schema: 'worldswitch-sweep/1', name: 'verified', base: { model: 'qwen2.5-0.5b', prompt: 16, output: 2 }, axes: [{ axis: 'policy', values: ['strawman', 'flexserve', 'flexserve?npu=shared-unprotected'] }, { axis: 'seed', from: 0, to: 3, count: 4 }] }, 'verified')
const theirs = join(folder, 'theirs.db')
const store = openStore(theirs)
await runSweep(store, await planSweep(store, grid, 'verified'), inProcess())
store.close()

/** Ours, with theirs merged after somebody changed it. */
async function merged(name: string, ...changes: string[]): Promise<Store> {
  const raw = new Database(theirs)
  raw.exec('begin')
  raw.exec(changes.join(';'))
  raw.exec('commit')
  raw.close()
  const ours = openStore(join(folder, `${name}.db`))
  await ours.merge(theirs)
  return ours
}

test('merged results say where they came from, and a sample or all of them is replayed', async () => {
  const ours = await merged('sound')
  const { id } = ours.studies.find('verified')
  assert.is(ours.origins.of('study', String(id))!.file, theirs)
  const keys = ours.studies.keys('verified')
  assert.is(ours.origins.ofCells(keys).size, new Set(keys).size)
  const all = await verifyStudy(ours, 'verified', inProcess())
  assert.equal([all.cells, all.replayed, all.same, all.differences], [new Set(keys).size, new Set(keys).size, new Set(keys).size, []])
  const some = await verifyStudy(ours, 'verified', inProcess(), { sample: 3 })
  assert.equal([some.replayed, some.same], [3, 3])
  ours.close()
  const shown = await worldswitch(['studies', 'show', 'verified', '--db', join(folder, 'sound.db')], folder)
  assert.match(shown.stdout, /the study was merged from .*theirs\.db \([0-9a-f]{12}\)/)
  assert.match((await worldswitch(['studies', 'list', '--db', join(folder, 'sound.db')], folder)).stdout, /theirs\.db/)
  assert.is((await worldswitch(['studies', 'verify', 'verified', '--sample', '2', '--db', join(folder, 'sound.db')], folder)).code, 0)
})

test('a forged time, window, order or reason is named, with exit code 4; code asks for consent', async () => {
  const keys = ((): string[] => {
    const db = new Database(theirs, { readonly: true })
    try {
      return db.prepare("select key from cell where state = 'done' order by key").pluck().all() as string[]
    } finally {
      db.close()
    }
  })()
  const [first, second, third] = keys as [string, string, string]
  const ours = await merged(
    'forged',
    `update cell set summary = json_set(summary, '$.ttftNs', 12345) where key = '${first}'`,
    `update cell set windows = (select windows from cell where key = '${first}') where key = '${second}'`,
    `update cell set cellOrder = json_set(cellOrder, '$.pressureBytes', 1) where key = '${third}'`,
  )
  const { differences, replayed } = await verifyStudy(ours, 'verified', inProcess())
  const why = new Map(differences.map((one) => [one.key, one.why]))
  assert.match(why.get(first)!, /^ttftNs: 12345 is stored, \d/)
  assert.match(why.get(third)!, /an order in it was changed/)
  assert.ok(differences.length >= 2 && differences.length <= 3 && replayed > 3)
  assert.is(differences[0]!.origin!.file, theirs)
  ours.close()
  const said = await worldswitch(['studies', 'verify', 'verified', '--all', '--threads', '1', '--db', join(folder, 'forged.db')], folder)
  assert.is(said.code, 4)
  assert.match(said.stdout, new RegExp(`differs: cell ${first.slice(0, 12)}, merged from .*theirs\\.db: ttftNs: 12345 is stored`))
  const coded = await merged('coded', `update cell set cellOrder = json_set(cellOrder, '$.policy.reference', '/tmp/evil.mjs', '$.policy.file', '/tmp/evil.mjs') where key = '${first}'`)
  const refused = await verifyStudy(coded, 'verified', inProcess()).catch((error: unknown) => error)
  assert.instance(refused, UsageFault)
  coded.close()
})

test.after(() => rmSync(folder, { recursive: true }))
test.run()
