import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore } from './store.js'

const SECONDS = Number(process.env['WORLDSWITCH_NEIGHBOUR_SECONDS'] ?? 4)
const test = suite('many processes on one store')
const at = (module: string): string => JSON.stringify(new URL(module, import.meta.url).href)

/** What each process does until its time is up; it says how often it did, as JSON. */
const begin = `const { openStore } = await import(${at('./store.ts')}); const [path, number, seconds, other] = process.argv.slice(1); const store = openStore(path); const until = Date.now() + seconds * 1000; let done = 0;`
const end = `store.close(); console.log(JSON.stringify({ done }))`
const importing = `${begin} const { fillSample } = await import(${at('../testing/sample-trace.ts')});
  while (Date.now() < until) { await store.importTrace('i' + number + '-' + done, (writer) => fillSample(writer, { ops: 70000, seed: number * 100000 + done })); done++ } ${end}`
const sweeping = `${begin} const { Keeping } = await import(${at('../study/cells/keeping.ts')}); const keeping = new Keeping(store);
  const keyOf = (n) => (number * 1e9 + n).toString(16).padStart(64, '0');
  await keeping.during(async () => { while (Date.now() < until) { keeping.add([{ key: keyOf(done), subject: keyOf(0), policy: 'p', device: 'd', order: {}, outcome: { state: 'refused', message: 'no' } }]); done++; if (done % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5)) } }); ${end}`
const merging = `${begin} while (Date.now() < until) { await store.merge(other); done++ } ${end}`
const reading = `${begin} while (Date.now() < until) { for (const { name } of store.list().slice(-3)) store.load(name); done++; await new Promise((resolve) => setTimeout(resolve, 20)) } ${end}`

test(`two imports, two sweeps, a merge and two readers for ${SECONDS} s lose nothing, and none ends with a locked store`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-neighbours-'))
  const path = join(folder, 'a.db')
  const other = openStore(join(folder, 'other.db'))
  const keyOf = (n: number): string => `f${n.toString(16).padStart(63, '0')}`
  other.cells.putAll(Array.from({ length: 2000 }, (_, n) => ({ key: keyOf(n), subject: keyOf(0), policy: 'p', device: 'd', order: {}, outcome: { state: 'refused' as const, message: `of the other ${n}` } })))
  await other.studies.put({ hash: keyOf(7), name: 'other', kind: 'sweep', spec: {}, keys: [keyOf(1)] })
  other.close()
  const works = [importing, importing, sweeping, sweeping, merging, reading, reading]
  const ended = await Promise.all(
    works.map(async (work, number) => {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', work, path, `${number + 1}`, `${SECONDS}`, join(folder, 'other.db')], { stdio: ['ignore', 'pipe', 'pipe'] })
      let out = ''
      let err = ''
      child.stdout.on('data', (part: Buffer) => (out += part.toString()))
      child.stderr.on('data', (part: Buffer) => (err += part.toString()))
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, out, err }
    }),
  )
  for (const { code, err } of ended) assert.equal([code, err], [0, ''])
  const done = ended.map(({ out }) => (JSON.parse(out) as { done: number }).done)
  const store = openStore(path)
  const names = store.list().map(({ name }) => name)
  for (const number of [1, 2]) for (let n = 0; n < done[number - 1]!; n++) assert.ok(names.includes(`i${number}-${n}`), `i${number}-${n} is there`)
  for (const name of names) assert.ok(store.load(name).ops.length === 70_000)
  for (const number of [3, 4]) {
    const keys = Array.from({ length: done[number - 1]! }, (_, n) => (number * 1e9 + n).toString(16).padStart(64, '0'))
    assert.is(store.cells.finished(keys, false).size, keys.length, 'every cell of a sweep is there')
  }
  assert.is(store.cells.finished(Array.from({ length: 2000 }, (_, n) => keyOf(n)), false).size, 2000)
  store.close()
  console.log(`  imports ${done[0]} + ${done[1]}, cells ${done[2]} + ${done[3]}, merges ${done[4]}, reads ${done[5]} + ${done[6]}`)
  rmSync(folder, { recursive: true })
})

test.run()
