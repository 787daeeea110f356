import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { modelOf } from '../model/models.js'
import { quantisationOf } from '../model/quantisation.js'
import { openStore } from '../store/store.js'
import { resolveDevice } from '../study/device.js'
import { synthesiseInto } from '../synth/synth.js'
import { repository } from '../testing/command.js'
import { fillSample } from '../testing/sample-trace.js'

const test = suite('a store that may only be read')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-readonly-'))
const home = join(folder, 'home')
mkdirSync(home)
chmodSync(folder, 0o755)
chmodSync(home, 0o777)
/** Permissions say nothing to root: what must not write runs as nobody then. */
const NOBODY = 65_534
const other = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** Coverage would be written where nobody may not write. */
const env = { PATH: process.env['PATH'], HOME: home, TMPDIR: home, NO_COLOR: '1', NODE_V8_COVERAGE: '' }
/** A checkout below a folder of root's own cannot be run by nobody. */
const canRun = spawnSync(process.execPath, ['-e', 'require("node:fs").readFileSync(process.argv[1])', join(repository, 'bin/dev.js')], { ...other, cwd: home, env }).status === 0

function run(path: string, ...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(repository, 'bin/dev.js'), ...args, '--db', path], { ...other, cwd: home, encoding: 'utf8', env })
  return { code: status, out: stdout, err: stderr }
}

async function storeIn(name: string): Promise<string> {
  mkdirSync(join(folder, name))
  const path = join(folder, name, 'a.db')
  const store = openStore(path)
  await store.importTrace('sample', (writer) => fillSample(writer, { ops: 40 }))
  const device = (await resolveDevice('rk3588-nanopc-t6')).profile
  await store.importTrace('decode', (writer) => synthesiseInto(writer, { model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device, promptTokens: 8, outputTokens: 2 }))
  store.cells.putAll([{ key: 'a'.repeat(64), subject: 'b'.repeat(64), policy: 'p', device: 'd', order: {}, outcome: { state: 'refused', message: 'cannot be' } }])
  await store.studies.put({ hash: 'c'.repeat(64), name: 'study', kind: 'sweep', spec: {}, keys: ['a'.repeat(64)] })
  store.close()
  return path
}

for (const [name, fileMode, folderMode] of [
  ['a file without permission to write', 0o444, 0o777],
  ['a folder without permission to write', 0o644, 0o555],
  ['neither', 0o444, 0o555],
] as const)
  test(`${name}: listed, shown, replayed and queried; what would write says so`, async () => {
    if (!canRun) return console.log(`not tried: ${name}: another user cannot read this checkout`)
    const path = await storeIn(name.replaceAll(' ', '-'))
    chmodSync(path, fileMode)
    chmodSync(join(path, '..'), folderMode)
    const before = readFileSync(path)
    const said = (...args: string[]): string => {
      const { code, out, err } = run(path, ...args)
      assert.is(code, 0, `${args.join(' ')}: ${err}`)
      return `${out}\n${err}`
    }
    assert.match(said('traces', 'list'), /decode[\s\S]*sample/)
    assert.match(said('traces', 'show', 'sample'), /sample/)
    if (name !== 'neither') return // the rest would say the same
    assert.match(said('studies', 'list'), /study/)
    assert.match(said('studies', 'show', 'study'), /cannot be/)
    assert.match(said('sql', "select count(*) as n from op where trace = 'sample'"), /\b40\b/)
    assert.match(said('replay', 'decode', '--policy', 'flexserve'), /TTFT/)
    assert.match(said('ablate', 'decode', '--from', 'strawman', '--to', 'flexserve', '--threads', '1'), /warning: the store may only be read: what was replayed is not kept/)
    const refused = run(path, 'traces', 'remove', 'sample')
    assert.equal([refused.code, refused.err], [1, 'worldswitch: the store is read-only\n'])
    assert.ok(before.equals(readFileSync(path)))
    assert.equal(readdirSync(home).filter((left) => left.startsWith('worldswitch')), [], 'no copy is left')
  })

test.after(() => rmSync(folder, { recursive: true }))
test.run()
