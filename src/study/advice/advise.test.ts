import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { modelOf } from '../../model/models.js'
import { quantisationOf } from '../../model/quantisation.js'
import { openStore, type Store } from '../../store/store.js'
import { synthesiseInto } from '../../synth/synth.js'
import { runCell } from '../cell.js'
import { resolveDevice, type ResolvedDevice } from '../device.js'
import { inProcess } from '../executors/in-process.js'
import { consentTo } from '../policy-module/consent.js'
import { resolveSubject } from '../resolve-subject.js'
import { smallWorkload } from '../../testing/small-workload.js'
import { advise, findings, WORTH, type Advice } from './advise.js'
import { rules, type Finding } from './rules.js'

const test = suite('advice')
const executor = inProcess()
let store: Store
let folder: string
let device: ResolvedDevice

test.before(async () => {
  store = openStore(':memory:')
  folder = await mkdtemp(join(tmpdir(), 'worldswitch-advice-'))
  device = await resolveDevice('rk3588-nanopc-t6')
  await store.importTrace('t', async (writer) => synthesiseInto(writer, { model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: device.profile, promptTokens: 32, outputTokens: 6 }))
  await store.workloads.put(smallWorkload())
})
test.after(async () => {
  store.close()
  await rm(folder, { recursive: true, force: true })
})

async function seenOf(reference: string, subject = 't'): Promise<{ reference: string; findings: Finding[] }> {
  return { reference, findings: findings(await runCell({ subject: await resolveSubject(store, subject, device.profile), policy: reference, consent: consentTo([reference]), device, seed: 1, samples: 0 })) }
}
const advice = async (reference: string, subject = 't'): Promise<Advice[]> => advise(store, { subject, device, seen: [await seenOf(reference, subject)] }, executor, { consent: consentTo([reference]) })
const ttftOf = async (reference: string, set: readonly (readonly [string, string])[] = []): Promise<number> => {
  const run = await runCell({ subject: await resolveSubject(store, 't', device.profile), policy: reference, device: await resolveDevice('rk3588-nanopc-t6', set), seed: 1, samples: 0 })
  return run.result.requests[0]!.ttftNs
}

test('every gain is the difference of two replays that anybody can make', async () => {
  const [strawman, optimized] = [await advice('strawman'), await advice('optimized-strawman')]
  const layered = strawman.find(({ change }) => change === 'pipeline=layered')!
  assert.is(layered.beforeNs, await ttftOf('strawman'))
  assert.is(layered.afterNs, await ttftOf('strawman?pipeline=layered'))
  assert.is(layered.gainNs, layered.beforeNs - layered.afterNs)
  const inside = optimized.find(({ change }) => change === 'allocate=inside')!
  assert.is(inside.afterNs, await ttftOf('optimized-strawman?allocate=inside'))
  assert.is(inside.verdict, inside.share >= WORTH ? 'wins' : 'wins nothing')
  const flash = strawman.find(({ change }) => change.startsWith('flash.load8GiBMs'))!
  assert.is(flash.afterNs, await ttftOf('strawman', [['flash.load8GiBMs', String(device.values['flash.load8GiBMs']! / 2)]]))
})

test('NPU switches that follow one another are counted, and batching them replayed', async () => {
  const seen = await seenOf('flexserve?granularity=layer&eager=on')
  const batch = seen.findings.find(({ rule }) => rule === 'batch NPU switches')!
  assert.match(batch.finding, /^\d+ of \d+ NPU switches follow one another within 1 ms$/)
  const [advised] = (await advise(store, { subject: 't', device, seen: [seen] }, executor)).filter(({ rule }) => rule === batch.rule)
  assert.is(advised!.verdict, 'wins')
  assert.match(advised!.words, /batching them would win .* of TTFT/)
  assert.not((await seenOf('flexserve')).findings.some(({ rule }) => rule === batch.rule), 'one switch each way is no series')
})

test('what the policy does already is not advised, what cannot be is said to be so', async () => {
  assert.not((await advice('optimized-strawman?allocate=inside')).some(({ change }) => change === 'allocate=inside'))
  const forced: Finding = { rule: rules[0]!.id, finding: 'x', doing: 'y', change: { options: { npu: 'shared-unprotected' } }, metric: 'ttft' }
  const [cannot] = await advise(store, { subject: 't', device, seen: [{ reference: 'flexserve', findings: [forced] }] }, executor)
  assert.match(cannot!.verdict, /^cannot be: /)
})

test('of a module its mechanisms are exchanged; options that only built-in policies have cannot be', async () => {
  const module = join(folder, 'own.mjs')
  await writeFile(module, "export default { id: 'own', summary: 's', source: 't', memory: 'tzasc-cma', npu: 'co-driver', pipeline: 'layered?allocate=before', residency: 'release', scheduler: 'fifo', startup: 'resident' }\n")
  const [own, builtIn] = [await advice(module), await advice('optimized-strawman')]
  const gainOf = (some: Advice[], change: string): Advice | undefined => some.find((one) => one.change === change)
  assert.is(gainOf(own, 'memory=flex-mem')!.gainNs, gainOf(builtIn, 'memory=flex-mem')!.gainNs)
  assert.match(gainOf(own, 'allocate=inside')!.verdict, /^cannot be: allocate is an option of built-in policies/)
})

test('a loss is told as one', async () => {
  const forced: Finding = { rule: rules[0]!.id, finding: 'x', doing: 'y', change: { options: { pipeline: 'serial' } }, metric: 'ttft' }
  const [lost] = await advise(store, { subject: 't', device, seen: [{ reference: 'flexserve', findings: [forced] }] }, executor)
  assert.is(lost!.verdict, 'wins nothing')
  assert.ok(lost!.gainNs < 0)
  assert.match(lost!.words, /would lose/)
})

test('over several requests weights that are read again and again are seen', async () => {
  const kept = (await advice('optimized-strawman', smallWorkload().name)).find(({ rule }) => rule === 'keep weights between requests')
  assert.ok(kept !== undefined && kept.change === 'residency=llm-aware')
})

test('every rule tells its threshold, and all have names of their own', () => {
  assert.is(new Set(rules.map(({ id }) => id)).size, rules.length)
  for (const { threshold } of rules) assert.match(threshold, /\d/)
})

test.run()
