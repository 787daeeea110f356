import { spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repository, worldswitch } from '../testing/command.js'
import { Interrupted } from './failure.js'

const test = suite('signals')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-signals-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const EVENTS = 400_000
const endless = 'with recursive n(x) as (select 1 union all select x + 1 from n) select max(x) from n'
const rows = 'with recursive n(x) as (select 1 union all select x + 1 from n) select x from n'
const loop = "export default { id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', residency: 'release', pipeline: 'layered', scheduler: 'fifo', startup: { factor: 'startup', id: 'own', version: 1, summary: 's', source: 't', restoreBytes: () => 0, begin() { for (;;) ; } } }\n"

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
  /** From the first signal to the end. */
  readonly ms: number
}

/** Starts the command, sends the signals once it is at work, and waits for its end. */
async function stopped(args: readonly string[], signals: readonly NodeJS.Signals[], afterMs = 4000): Promise<Ended> {
  const child = spawn(process.execPath, [join(repository, 'bin/dev.js'), ...args, '--db', join(folder, 'store.db')], { cwd: folder, env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  await sleep(afterMs)
  assert.is(child.exitCode, null, `${args.join(' ')} was over before it was told to stop: ${err}`)
  const began = performance.now()
  for (const signal of signals) child.kill(signal)
  const [code, signal] = await ended
  return { code, signal, out, err, ms: performance.now() - began }
}

test.before(async () => {
  writeFileSync(join(folder, 'loop.mjs'), loop)
  writeFileSync(join(folder, 'grid.json'), JSON.stringify({ schema: 'worldswitch-sweep/1', name: 'long', base: { model: 'llama-3.1-8b', prompt: 512, output: 64, policy: 'flexserve' }, axes: [{ axis: 'seed', from: 1, to: 2000, count: 2000 }] }))
  assert.is((await worldswitch(['synth', 'workload', '--kind', 'day', '--name', 'long', '--db', 'store.db'], folder)).code, 0)
  assert.is((await worldswitch(['synth', 'trace', '--model', 'llama-3.1-8b', '--name', 'one', '--db', 'store.db'], folder)).code, 0)
  const file = createWriteStream(join(folder, 'big.json'))
  file.write('{"traceEvents":[')
  for (let i = 0; i < EVENTS; i++) if (!file.write(`${i > 0 ? ',' : ''}{"ph":"X","cat":"cpu_op","name":"aten::mm","pid":1,"tid":1,"ts":${i * 10},"dur":8}\n`)) await once(file, 'drain')
  file.end(']}')
  await once(file, 'close')
})

/** Verbs at work that takes long: in SQLite, in one replay, in many, in a user's module, in reading a file. */
const works: Readonly<Record<string, readonly string[]>> = {
  'a long SELECT': ['sql', endless],
  'a SELECT of many rows': ['sql', rows, '--lines'],
  'a statement that writes': ['sql', `create table t as ${endless}`, '--write'],
  'a replay of a long workload': ['replay', 'long', '--policy', 'flexserve', '--savings', '--samples', '50'],
  'a comparison': ['compare', 'long', '--samples', '50', '--threads', '1'],
  'a report': ['report', 'long', '--samples', '50', '--out', 'out'],
  'an audit': ['audit', 'one', '--policy', './loop.mjs'],
  'a replay under a module that loops': ['replay', 'one', '--policy', './loop.mjs'],
  'a check of a module that loops': ['policies', 'check', './loop.mjs'],
  'an ablation': ['ablate', 'one', '--samples', '500', '--threads', '2'],
  'a sweep': ['sweep', 'grid.json', '--threads', '2'],
  'a validation': ['validate', '--samples', '2000'],
  'an import of many files': ['import', ...Array<string>(60).fill('big.json')],
}
for (const [what, args] of Object.entries(works))
  test(`Ctrl-C is heard in ${what}`, async () => {
    const { code, err, ms } = await stopped(args, ['SIGINT'])
    assert.is(code, 130, err)
    assert.match(err, /worldswitch: interrupted; everything that had finished is kept\n$/)
    assert.not.match(err, /    at |bug:/)
    assert.ok(ms < 5000, `${ms} ms`)
  })

test('a light verb needs no second process, a heavy one of the same topic has one', async () => {
  const { supervises } = (await import(new URL('../../bin/supervise.js', import.meta.url).href)) as { supervises(argv: readonly string[]): boolean }
  for (const line of ['', 'models', 'formats --json', 'policies list', 'policies', 'traces list --json', 'devices show x', 'sweep --help', '--help']) assert.not.ok(supervises(line.split(' ').filter((word) => word !== '')), line)
  for (const line of ['policies check ./a.mjs', 'studies merge a.db', 'traces export x', 'sql --json x', 'import a.json', 'demo']) assert.ok(supervises(line.split(' ')), line)
})

test('of an import that was interrupted whole files are in the store, and of a statement nothing', async () => {
  const { stdout } = await worldswitch(['sql', `select (select count(*) from trace where name like 'big%' and ops <> ${EVENTS}) as halves, (select count(*) from sqlite_master where name = 't') as tables`, '--json', '--db', 'store.db'], folder)
  assert.equal((JSON.parse(stdout) as { rows: unknown }).rows, [{ halves: 0, tables: 0 }])
})

test('SIGTERM ends with 143, under --json with an error as data', async () => {
  const { code, out, err } = await stopped(['sql', endless, '--json'], ['SIGTERM'])
  assert.is(code, 143)
  assert.is(err, '')
  const message = 'ended by SIGTERM; everything that had finished is kept'
  assert.equal(JSON.parse(out), { schema: 'worldswitch-error/1', error: { kind: 'interrupted', message, exitCode: 143 } })
  assert.is(new Interrupted('SIGTERM').message, message) // the supervisor and the command say the same
  assert.is((await stopped(['validate', '--samples', '2000'], ['SIGTERM'])).code, 143)
})

test('a second Ctrl-C ends at once', async () => {
  const { code, ms } = await stopped(['sql', endless], ['SIGINT', 'SIGINT'])
  assert.is(code, 130)
  assert.ok(ms < 5000, `${ms} ms`)
})

test('what was killed outright leaves no process behind that works on', async () => {
  const { signal } = await stopped(['sql', endless], ['SIGKILL'])
  assert.is(signal, 'SIGKILL') // `close` came: nobody holds its output any more, its child has ended too
})

for (const [what, args] of Object.entries({ 'lines of JSON': ['sql', rows, '--lines'], 'lines with tabs': ['sql', rows], 'the help': ['--help'], 'a comparison': ['compare', 'one'] }))
  test(`a reader that goes away ends the command without a word: ${what}`, async () => {
    const child = spawn(process.execPath, [join(repository, 'bin/dev.js'), ...args, '--db', join(folder, 'store.db')].slice(0, what === 'the help' ? 2 : undefined), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.stdout.once('data', () => child.stdout.destroy())
    const [code] = (await once(child, 'close')) as [number | null]
    assert.is(code, 0)
    assert.not.match(err, /EPIPE|    at |bug:/)
  })

test.run()
