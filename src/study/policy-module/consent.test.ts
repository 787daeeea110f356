import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quantisationOf } from '../../model/quantisation.js'
import { modelOf } from '../../model/models.js'
import { openStore, type Store } from '../../store/store.js'
import { sampleTrace } from '../../testing/sample-trace.js'
import { synthesiseInto } from '../../synth/synth.js'
import { ablate } from '../ablate/ablation.js'
import { advise } from '../advice/advise.js'
import { breakEven } from '../break-even/break-even.js'
import { runCell } from '../cell.js'
import { CellMaker } from '../cells/cell-maker.js'
import { dryRun } from '../cells/dry-run.js'
import { cellKey, type CellOrder } from '../cells/order.js'
import { runCells } from '../cells/run-cells.js'
import { compareCells } from '../compare.js'
import { compareDraws } from '../compare-draws.js'
import { resolveDevice, type ResolvedDevice } from '../device.js'
import type { Executor } from '../executors/executor.js'
import { inProcess } from '../executors/in-process.js'
import { Replayer } from '../executors/replayer.js'
import { threads } from '../executors/threads.js'
import { missingParameters } from '../missing-parameters.js'
import { sensitivity } from '../sensitivity/sensitivity.js'
import { traceSubject } from '../subject.js'
import { checkGrid } from '../sweep/read-grid.js'
import { planSweep } from '../sweep/sweep.js'
import { consentTo, NO_CODE } from './consent.js'
import { partsOfModule, resolvePolicy } from './resolve.js'

const test = suite('consent to policy modules')
const sources = fileURLToPath(new URL('../..', import.meta.url))
let folder: string
let store: Store
let device: ResolvedDevice
let builtIn: CellOrder
let shelf: CellMaker['shelf']
let modules = 0

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'worldswitch-consent-'))
  store = openStore(':memory:')
  device = await resolveDevice('rk3588-nanopc-t6')
  await store.importTrace('t', async (writer) => synthesiseInto(writer, { model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: device.profile, promptTokens: 8, outputTokens: 2 }))
  const maker = new CellMaker(store)
  builtIn = maker.order(await maker.subject('t', device.profile), await maker.policy('flexserve'), device)
  shelf = maker.shelf
})
test.after(async () => {
  store.close()
  await rm(folder, { recursive: true, force: true })
})

/** A sound policy that leaves a file behind wherever it is evaluated. */
async function tellTale(): Promise<{ file: string; ran: () => boolean }> {
  const file = join(folder, `mine${modules++}.mjs`)
  await writeFile(file, `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(`${file}.ran`)}, '')\nexport default { id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', residency: 'release', pipeline: 'serial', scheduler: 'fifo', startup: 'resident' }\n`)
  return { file, ran: () => existsSync(`${file}.ran`) }
}

const orderOf = (file: string, says: { file?: string } = {}): CellOrder => ({ ...builtIn, policy: { ...builtIn.policy, id: file, reference: file, ...says } })
const keyedOf = (order: CellOrder) => ({ key: cellKey(order), order })
async function inExecutor(executor: Executor, file: string): Promise<void> {
  const { cells } = await runCells(store, [orderOf(file)], shelf, executor, { retryFailed: true }).finally(() => executor.close())
  throw new Error(cells[0]!.message ?? 'it ran')
}
const seen = { rule: 'r', finding: '', doing: '', change: { options: { pipeline: 'layered' } }, metric: 'ttft' } as never
const state = () => ({ subject: 't', device, metric: 'ttft' as const, seed: 1 })

/** Every way to a module; each says nothing of a consent. */
const ways: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  resolvePolicy: (file) => resolvePolicy(file),
  'resolvePolicy, with options': (file) => resolvePolicy(`${file}?with.npu=co-driver`),
  'resolvePolicy, relative': (file) => resolvePolicy(`${relative(process.cwd(), file)}?a=1`),
  partsOfModule: (file) => partsOfModule(file),
  runCell: (file) => runCell({ subject: traceSubject(sampleTrace({ ops: 50, seed: 1 })), policy: file, device, seed: 1, samples: 0 }),
  compareCells: (file) => compareCells(traceSubject(sampleTrace({ ops: 50, seed: 1 })), ['strawman', file], { device, seed: 1, samples: 0 }),
  'a maker of cells': (file) => new CellMaker(store).policy(file),
  'a replayer': async (file) => {
    const { outcome } = await new Replayer(shelf).replay(keyedOf(orderOf(file)))
    throw new Error(outcome.state === 'done' ? 'it ran' : outcome.message)
  },
  'a replayer, where the order says a file': async (file) => {
    const { outcome } = await new Replayer(shelf).replay(keyedOf(orderOf(file, { file })))
    throw new Error(outcome.state === 'done' ? 'it ran' : outcome.message)
  },
  'cells in this process': (file) => inExecutor(inProcess(), file),
  'cells in threads': (file) => inExecutor(threads(1), file),
  'a dry run': async (file) => {
    await dryRun(store, [orderOf(file)], shelf)
    throw new Error('whose code would run here') // an estimate says nothing of what fails
  },
  'a sweep': (file) => planSweep(store, checkGrid({ schema: 'worldswitch-sweep/1', name: 's', base: { trace: 't' }, axes: [{ axis: 'policy', values: [file] }] }, 's'), 's'),
  'an ablation': (file) => ablate(store, { ...state(), from: 'strawman', to: file, paths: new Map(), samples: 0 }, inProcess()),
  'a sensitivity': (file) => sensitivity(store, { ...state(), policy: file, rows: 0 }, inProcess()),
  'a break-even': (file) => breakEven(store, { ...state(), policy: 'flexserve', over: file, costs: ['npu.modeSwitchMs'], target: 1, from: 0.5, to: 2, samples: 0, frontier: false }, inProcess()),
  draws: (file) => compareDraws(store, { ...state(), policies: [file], baseline: file, samples: 1 }, inProcess()),
  advice: async (file) => {
    await advise(store, { ...state(), seen: [{ reference: file, findings: [seen] }] }, inProcess())
    throw new Error('whose code would run here') // a policy that cannot be has no advice
  },
  'missing parameters': (file) => missingParameters(device, { model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, promptTokens: 8, outputTokens: 1, policy: file, over: 'strawman', metric: 'ttft' }, inProcess()),
}
for (const [way, go] of Object.entries(ways))
  test(`a caller that says nothing of it runs no module: ${way}`, async () => {
    const { file, ran } = await tellTale()
    await go(file).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /whose code would run here/))
    assert.not.ok(ran(), 'it ran')
  })

test('consent to one module is none to another, and holds for every spelling of its path', async () => {
  const [mine, other] = [await tellTale(), await tellTale()]
  const consent = consentTo(['flexserve', undefined, `${relative(process.cwd(), mine.file)}?a=1`])
  assert.equal(consent, { modules: [mine.file] })
  await resolvePolicy(other.file, consent).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /whose code would run here/))
  assert.not.ok(other.ran())
  assert.match((await resolvePolicy(`${folder}/./${mine.file.slice(folder.length + 1)}`, consent)).id, /^mine\d+\.mjs#/)
  assert.ok(mine.ran())
})

test('what one consent allowed is not there for whoever has none', async () => {
  const { file } = await tellTale()
  const replayer = new Replayer(shelf)
  const keyed = keyedOf(orderOf(file))
  assert.is((await replayer.replay(keyed, NO_CODE)).outcome.state, 'failed')
  assert.is((await replayer.replay(keyed, consentTo([file]))).outcome.state, 'done')
  assert.is((await replayer.replay(keyed, NO_CODE)).outcome.state, 'failed')
})

test('one place evaluates modules, and it asks for consent first', () => {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const holding = (what: RegExp): string[] => files.filter((file) => what.test(readFileSync(join(sources, file), 'utf8'))).sort()
  assert.equal(holding(/\bevaluateModule\(/), ['study/policy-module/evaluate.ts', 'study/policy-module/process/module-thread.ts'])
  // An import of what is no literal: modules here, the recorder's runtime, and benches of the built program.
  assert.equal(holding(/\bimport\((?!'|"|\$\{)/).filter((file) => !file.startsWith('bench/')), ['record/runtime.ts', 'study/policy-module/evaluate.ts'])
  assert.match(readFileSync(join(sources, 'study/policy-module/evaluate.ts'), 'utf8'), /export async function evaluateModule\([^\n]*\n {2}holdConsent\(file, consent\)\n/)
})

test.run()
