import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failureOf } from '../../cli/failure.js'
import { worldswitch } from '../../testing/command.js'
import { policyLaws } from '../policy-laws.js'
import { consentTo } from './consent.js'
import { resolvePolicy } from './resolve.js'

const test = suite('what a module may try')
let folder: string
process.env['WORLDSWITCH_POLICY_SECONDS'] = '2'
process.env['WORLDSWITCH_POLICY_MIB'] = '600'
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'worldswitch-attacks-'))
})
test.after(() => rm(folder, { recursive: true, force: true }))

const parts = "id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', residency: 'llm-aware', pipeline: 'layered', scheduler: 'multi-model', startup: 'resident'"
/** A sound policy behind code that runs as it is loaded. */
const first = (code: string): string => `${code}\nexport default { ${parts} }\n`
/** A policy whose start-up runs this code as it is replayed. */
const hook = (code: string): string => `export default { ${parts}, startup: { factor: 'startup', id: 'own', version: 1, summary: 's', source: 't', restoreBytes: () => 0, begin(l, after) { ${code}; return -1 } } }\n`

const LOADING = /found "it is still loading after 2 s"/
const REPLAYING = /expected a replay within 2 s, found "none"; a mechanism may loop for ever/
const EXITED = /expected a module that leaves its process alone, found "it called process\.exit\(0\)"/
const KILLED = /expected a module that leaves its process alone, found "its process was ended by SIG(KILL|TERM)"/
const MEMORY = /expected at most 600 MiB of memory, found "more"/
const OUTPUT = /expected at most 1 MiB on stdout and stderr, found "more on std(out|err)"/
const uncaught = (what: string): RegExp => new RegExp(`found "an error that nobody caught: ${what}`)

/** What it tries, its text, what is said beside its name. */
const attacks: readonly (readonly [string, string, RegExp])[] = [
  ['an endless loop as it is loaded', first('for (;;) ;'), LOADING],
  ['a top-level await that never ends', first('await new Promise(() => {})'), LOADING],
  ['an endless chain of microtasks', first('const on = () => Promise.resolve().then(on)\non()'), LOADING],
  ['process.exit(0) as it is loaded', first('process.exit(0)'), EXITED],
  ['process.reallyExit', first('process.reallyExit(0)'), EXITED],
  ['an exit handler that never ends', first("process.on('exit', () => { for (;;) ; })\nprocess.exit(0)"), LOADING],
  ['process.kill of itself', first("process.kill(process.pid, 'SIGKILL')"), KILLED],
  ['process.kill of its group', first("process.kill(0, 'SIGTERM')"), KILLED],
  ['process.abort', first('process.abort()'), /process\.abort\(\) is not supported/],
  ['stopping its process', first("process.kill(process.pid, 'SIGSTOP')"), /expected an answer within 2 s, found "none"/],
  ['a rejection that nobody handles', first("Promise.reject(new Error('late'))"), uncaught('late')],
  ['a timer that throws', first("setTimeout(() => { throw new Error('tick') })"), uncaught('tick')],
  ['arrays without end', first('const all = []\nfor (;;) all.push(new Array(1e5).fill(Math.random()))'), MEMORY],
  ['buffers without end', first('const all = []\nfor (;;) all.push(new Uint8Array(2e7).fill(1))'), MEMORY],
  ['strings without end', first("const all = []\nfor (let i = 0; ; i++) all.push(Buffer.alloc(4e6, String(i)).toString('latin1'))"), MEMORY],
  ['output without end', first("for (;;) console.log('x'.repeat(1000))"), OUTPUT],
  ['errors without end', first("for (;;) console.error('x'.repeat(1000))"), OUTPUT],
  ['messages to whoever started it', first("import { parentPort, workerData } from 'node:worker_threads'\nfor (const port of [parentPort, workerData.port]) port?.postMessage({ facts: { parts: {} } })\nprocess.exit(0)"), EXITED],
  ['an endless default function', 'export default () => { for (;;) ; }\n', LOADING],
  ['a default function that exits', 'export default () => process.exit(0)\n', EXITED],
  ['an error whose message throws', 'export default () => { throw { get message() { throw 1 }, toString() { throw 2 } } }\n', /default: expected a policy, found "an error: an error that cannot be shown"/],
  ['an endless getter', 'export default { get id() { for (;;) ; } }\n', LOADING],
  ['a getter that throws', "export default { get id() { throw new Error('no') } }\n", /id: expected a value, found "an error: no"/],
  ['a getter that exits', 'export default { get memory() { process.exit(0) } }\n', EXITED],
  ['a Proxy that exits', 'export default new Proxy({}, { get() { process.exit(0) } })\n', EXITED],
  ['a toJSON that throws', "export default { id: { toJSON() { throw new Error('no') } } }\n", /id: expected text of 1 to 2000 characters, found "an object"/],
  ['a toJSON that exits', 'export default { id: { toJSON() { process.exit(0) } } }\n', EXITED],
  ['a getter that says another thing each time', `let times = 0\nexport default { ${parts}, get summary() { return times++ === 0 ? 7 : 's' } }\n`, /summary: expected text of 1 to 2000 characters, found 7/],
  ['an endless hook', hook('for (;;) ;'), REPLAYING],
  ['a hook that waits for ever', hook('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'), REPLAYING],
  ['a hook that exits', hook('process.exit(0)'), EXITED],
  ['a hook that kills', hook("process.kill(process.pid, 'SIGKILL')"), KILLED],
  ['a hook that throws', hook("throw new Error('no')"), /startup\.begin: expected an answer, found "an error: no"/],
  ['a hook that leaves a rejection', hook("Promise.reject(new Error('late'))"), uncaught('late')],
  ['a hook that leaves a timer that throws', hook("setTimeout(() => { throw new Error('tick') })"), uncaught('tick')],
  ['a hook that takes memory', hook('const all = []; for (;;) all.push(new Uint8Array(2e7).fill(1))'), MEMORY],
  ['a hook that writes', hook("for (;;) console.log('x'.repeat(1000))"), OUTPUT],
  ['an answer that throws as it is looked at', hook("return new Proxy({}, { get() { throw new Error('no') } })"), /startup\.begin: expected the number of a task, -1 for none, found "an object"/],
  ['dependencies that are none', hook('l.write.edges.to.fill(1e9)'), /expected a replay that is one, found "edges 1000000000"/],
  ['prototypes that are changed', hook("Array.prototype.map = () => { throw new Error('mine') }"), /found "an error: mine"/],
]
for (const [number, [what, text, said]] of attacks.entries())
  test(`one line, exit 3: ${what}`, async () => {
    const file = join(folder, `attack${number}.mjs`)
    await writeFile(file, text)
    let failure: ReturnType<typeof failureOf> | undefined
    try {
      policyLaws(await resolvePolicy(file, consentTo([file])))
    } catch (error) {
      failure = failureOf(error)
    }
    assert.match(failure?.message ?? 'nothing', said)
    assert.match(failure!.message, `attack${number}.mjs: `)
    assert.not.match(failure!.message, /\n|    at |bug:/)
    assert.is(failure!.exitCode, 3)
    assert.equal(Object.hasOwn(Object.prototype, 'mine'), false)
  })

test('a sound module still runs under these limits; what it prints stays out of the way', async () => {
  const file = join(folder, 'sound.mjs')
  await writeFile(file, first("console.log('hello'); console.error('there')"))
  const { code, stdout, stderr } = await worldswitch(['policies', 'check', './sound.mjs', '--json'], folder)
  assert.is(code, 0, stderr)
  assert.is(stderr, '')
  assert.ok((JSON.parse(stdout) as { laws: { held: boolean }[] }).laws.every(({ held }) => held))
})

test('a mechanism that exits is never a silent success: each verb ends with 3 and one line', async () => {
  await writeFile(join(folder, 'gone.mjs'), hook('process.exit(0)'))
  for (const args of [
    ['policies', 'check', './gone.mjs'],
    ['replay', 'none', '--policy', './gone.mjs'],
    ['compare', 'none', '--policy', 'flexserve', '--policy', './gone.mjs'],
    ['audit', 'none', '--policy', './gone.mjs'],
    ['report', 'none', '--policy', 'flexserve', '--policy', './gone.mjs', '--out', 'out'],
    ['sensitivity', 'none', '--policy', './gone.mjs', '--threads', '1'],
    ['ablate', 'none', '--from', 'strawman', '--to', './gone.mjs', '--threads', '2'],
  ]) {
    if (args[0] === 'replay') assert.is((await worldswitch(['synth', 'trace', '--model', 'qwen2.5-0.5b', '--prompt', '8', '--output', '2', '--name', 'none'], folder)).code, 0)
    const { code, stderr } = await worldswitch(args, folder)
    assert.is(code, 3, `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, /gone\.mjs: .*it called process\.exit\(0\)"\n$/, args.join(' '))
    assert.not.match(stderr, /    at |bug:/)
  }
})

test('a study goes on beside a module that fails: its cells are not stored, the others are', async () => {
  await writeFile(join(folder, 'grid.json'), JSON.stringify({ schema: 'worldswitch-sweep/1', name: 'both', base: { model: 'qwen2.5-0.5b', prompt: 8, output: 2 }, axes: [{ axis: 'policy', values: ['flexserve', './gone.mjs', 'strawman'] }] }))
  const db = join(folder, 'study.db')
  const { code, stderr } = await worldswitch(['sweep', 'grid.json', '--allow-policy-code', '--db', db], folder)
  assert.is(code, 3, stderr)
  assert.match(stderr, /gone\.mjs: .*process\.exit/)
  assert.ok(existsSync(db))
  const { stdout } = await worldswitch(['sql', 'select state, count(*) as n from cell group by state', '--json', '--db', db], folder)
  assert.equal((JSON.parse(stdout) as { rows: unknown }).rows, [{ state: 'done', n: 2 }])
})

test.run()
