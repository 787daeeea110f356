import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../../base/errors.js'
import { modelOf } from '../../model/models.js'
import { quantisationOf } from '../../model/quantisation.js'
import { openStore } from '../../store/store.js'
import { synthesiseInto } from '../../synth/synth.js'
import { smallWorkload } from '../../testing/small-workload.js'
import { runCell } from '../cell.js'
import { resolveDevice } from '../device.js'
import { inProcess } from '../executors/in-process.js'
import { consentTo } from '../policy-module/consent.js'
import { resolveSubject } from '../resolve-subject.js'
import { ablate, type Ablation, type AblationSpec } from './ablation.js'
import { factorPaths, referenceAt } from './steps.js'

const test = suite('ablation')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-ablation-'))
const store = openStore(join(folder, 'store.db'))
const device = await resolveDevice('rk3588-nanopc-t6')
await store.importTrace('small', (writer) => synthesiseInto(writer, { model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: device.profile, promptTokens: 24, outputTokens: 3 }))
await store.workloads.put(smallWorkload())

const run = async (more: Partial<AblationSpec>): Promise<Ablation> =>
  (await ablate(store, { subject: 'small', from: 'strawman', to: 'flexserve', device, metric: 'ttft', paths: new Map(), seed: 1, samples: 0, ...more }, inProcess(), { consent: consentTo([more.from, more.to]) })).ablation

/** Exactly: fractions over common denominators, and times in whole ns where one request was served. */
function sumsExactly({ steps, fromNs, toNs }: Ablation): void {
  const denominator = BigInt(steps[0]!.exact.denominator)
  for (const { exact } of steps) assert.is(BigInt(exact.denominator), denominator)
  const sum = steps.reduce((total, { exact }) => total + BigInt(exact.numerator), 0n)
  assert.is(sum % denominator, 0n)
  assert.is(Number(sum / denominator), fromNs - toNs)
  const product = steps.reduce((total, { ratio }) => total * ratio, 1)
  assert.ok(Math.abs(product / (fromNs / toNs) - 1) < 1e-9)
  for (const { byCauseNs, gainNs } of steps) assert.ok(Math.abs(Object.values(byCauseNs).reduce((total, ns) => total + ns, 0) - gainNs) < 1)
}

for (const [from, to] of [
  ['strawman', 'flexserve'],
  ['strawman', 'tz-llm'],
  ['optimized-strawman', 'tz-llm'],
  ['optimized-strawman', 'flexserve'],
  ['unprotected', 'flexserve'],
] as const)
  test(`from ${from} to ${to}: the ends are the policies’ own cells, the gains sum to their difference exactly`, async () => {
    for (const metric of ['ttft', 'tpot', 'e2e'] as const) {
      const ablation = await run({ from, to, metric })
      const subject = await resolveSubject(store, 'small', device.profile)
      const [first, last] = await Promise.all([from, to].map(async (policy) => (await runCell({ subject, policy, device, seed: 1, samples: 0 })).result.requests[0]!))
      const of = (request: typeof first): number => (metric === 'ttft' ? request!.ttftNs : metric === 'tpot' ? request!.tpotNs! : request!.e2eNs)
      assert.ok(Math.abs(ablation.fromNs - of(first)) <= 0.5 && Math.abs(ablation.toNs - of(last)) <= 0.5)
      if (metric !== 'tpot') sumsExactly(ablation)
    }
  })

test('an NPU at all and cheap switching are different steps; a path can be named', async () => {
  const usual = await run({})
  assert.equal(usual.steps.filter(({ factors }) => factors.includes('npu')).map(({ step, group }) => [step, group]), [
    ['npu none → co-driver', 'an NPU at all'],
    ['npu co-driver → flex-npu', 'switching: NPU (Flex-NPU)'],
  ])
  const direct = await run({ paths: new Map([['npu', ['none', 'flex-npu']]]) })
  assert.is(direct.steps.length, usual.steps.length - 1)
  sumsExactly(direct)
})

test('factors that block each other are one step, and the ablation says so', async () => {
  // The normal world's NPU cannot reach protected pages, a confined one needs them.
  const blocked = await run({ from: 'unprotected', to: 'flexserve' })
  assert.is(blocked.steps.filter(({ factors }) => factors.length > 1).length, 1)
  assert.match(blocked.warnings.join(), /they are one step: memory none → flex-mem \+ npu shared-unprotected → flex-npu/)
  assert.ok(blocked.cells.some(({ state, note }) => state === 'impossible' && note.includes('cannot exist')))
})

test('a workload of several requests sums exactly too, with intervals over paired draws', async () => {
  const { steps, fromNs, toNs, samples, warnings } = await run({ subject: 'random-small', from: 'optimized-strawman', samples: 5 })
  const denominator = BigInt(steps[0]!.exact.denominator)
  const whole = Number(steps.reduce((total, { exact }) => total + BigInt(exact.numerator), 0n)) / Number(denominator)
  assert.ok(Math.abs(whole - (fromNs - toNs)) < 1e-3)
  assert.is(samples, 5)
  for (const { lowNs, highNs } of steps) assert.ok(lowNs! <= highNs!)
  assert.match(warnings.join('\n'), /rest on 5 draws/)
})

test('what does not differ, or is no path, is refused', async () => {
  for (const [more, message] of [
    [{ to: 'strawman' }, /do not differ/],
    [{ paths: new Map([['npu', ['co-driver', 'flex-npu']]]) }, /expected a path from none to flex-npu/],
    [{ paths: new Map([['gpu', ['a', 'b']]]) }, /no factor gpu/],
    [{ from: './a.mjs', to: './b.mjs' }, /between built-in policies, or from one of them to a module/],
    [{ from: 'nobody' }, /no policy "nobody"/],
  ] as const)
    await run(more).then(() => assert.unreachable(), (error: Error) => {
      assert.ok(error instanceof UsageFault)
      assert.match(error.message, message)
    })
  assert.is(referenceAt('strawman', 'tz-llm', await factorPaths('strawman', 'tz-llm', new Map()), [1, 0, 0, 0, 0]), 'strawman?memory=tzasc-cma&migrate=cpu&threads=4')
})

test('a module takes part like a policy: of built-in mechanisms it gives the built-in ablation, there and back', async () => {
  const module = join(folder, 'mine.mjs')
  writeFileSync(module, "export default ({ pieces = '4MiB' }) => ({ id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', residency: 'llm-aware', pipeline: 'layered?flashPiece=' + pieces + '&outstanding=32', scheduler: 'multi-model', startup: 'resident' })\n")
  const [builtIn, own, back] = [await run({}), await run({ to: module }), await run({ from: module, to: 'strawman' })]
  const gains = ({ steps }: Ablation): unknown[] => steps.map(({ step, exact, byCauseNs, oneInNs, oneOutNs }) => [step, exact, byCauseNs, oneInNs, oneOutNs])
  assert.equal(gains(own), gains(builtIn))
  assert.equal([own.fromNs, own.toNs, own.orders], [builtIn.fromNs, builtIn.toNs, builtIn.orders])
  assert.equal([back.fromNs, back.toNs], [own.toNs, own.fromNs])
  sumsExactly(back)
  const other = await run({ to: `${module}?pieces=16MiB` })
  assert.ok(other.steps.some(({ step }) => step === 'pipeline serial → layered flashPiece 16MiB'))
})

test('a module’s own mechanism is a step of its own', async () => {
  const module = join(folder, 'own.mjs')
  writeFileSync(module, "const startup = { factor: 'startup', id: 'slow', version: 1, summary: 's', source: 's', restoreBytes: () => 0, begin: (l, after) => l.write.add({ cause: 'framework-init', mask: l.words.resource.CPU, rank: l.words.rank.compute, durationNs: 5_000_000 }, after) }\nexport default { id: 'own', summary: 's', source: 't', memory: 'tzasc-cma', npu: 'none', residency: 'release', pipeline: 'serial', scheduler: 'fifo', startup }\n")
  const { steps, cells } = await run({ to: module })
  assert.equal(steps.map(({ step, gainNs }) => [step, gainNs]), [['startup resident → slow (own)', -5_000_000]])
  assert.equal(cells.map(({ reference }) => reference), ['strawman', module])
})

test.after(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})
test.run()
