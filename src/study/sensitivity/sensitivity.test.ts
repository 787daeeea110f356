import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../../base/errors.js'
import { modelOf } from '../../model/models.js'
import { quantisationOf } from '../../model/quantisation.js'
import { openStore } from '../../store/store.js'
import { synthesiseInto } from '../../synth/synth.js'
import { breakEven, type BreakEvenSpec } from '../break-even/break-even.js'
import { runCell } from '../cell.js'
import { resolveDevice } from '../device.js'
import { inProcess } from '../executors/in-process.js'
import { resolveSubject } from '../resolve-subject.js'
import { sensitivity } from './sensitivity.js'

const test = suite('sensitivity and break-even')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-sensitivity-'))
const store = openStore(join(folder, 'store.db'))
const device = await resolveDevice('rk3588-nanopc-t6')
await store.importTrace('small', (writer) => synthesiseInto(writer, { model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: device.profile, promptTokens: 24, outputTokens: 2 }))

const ttftNs = async (policy: string, set: readonly (readonly [string, string])[]): Promise<number> =>
  (await runCell({ subject: await resolveSubject(store, 'small', device.profile), policy, device: await resolveDevice('rk3588-nanopc-t6', set), seed: 1, samples: 0 })).result.requests[0]!.ttftNs

test('the tornado’s ends are replays; what was not measured and moves most is to be measured next', async () => {
  const { sensitivity: found } = await sensitivity(store, { subject: 'small', policy: 'strawman', metric: 'ttft', device, seed: 1, rows: 8 }, inProcess())
  const [most] = found.tornado
  assert.is(found.value, await ttftNs('strawman', []))
  assert.is(most!.high.value, await ttftNs('strawman', [[most!.parameter, String(most!.high.at)]]))
  assert.ok(found.tornado.every(({ swing }, i) => i === 0 || swing <= found.tornado[i - 1]!.swing))
  assert.ok(found.measureNext.every(({ grade }) => grade !== 'measured'))
  assert.is(found.rows, 8)
  assert.match(found.warnings.join(), /not converged/)
  const again = await sensitivity(store, { subject: 'small', policy: 'strawman', metric: 'ttft', device, seed: 1, rows: 8 }, inProcess())
  assert.is(again.replayed, 0)
  assert.equal(again.sensitivity, found)
})

const spec: BreakEvenSpec = { subject: 'small', policy: 'flexserve', over: 'optimized-strawman', metric: 'ttft', device, costs: ['flexMem.allocate8GiBMs', 'npu.launchMs'], target: 1, from: 0.0625, to: 4096, seed: 1, samples: 3, frontier: true }

test('just below its break-even a gain is there, just above it is not', async () => {
  const { breakEven: found } = await breakEven(store, spec, inProcess())
  const [cost] = found.costs
  const [crossing] = cost!.crossings
  const gainAt = async (value: number): Promise<number> => (await ttftNs('optimized-strawman', [[cost!.cost, String(value)]])) / (await ttftNs('flexserve', [[cost!.cost, String(value)]]))
  assert.ok(crossing!.falls)
  assert.ok((await gainAt(crossing!.at * 0.999)) >= 1)
  assert.ok((await gainAt(crossing!.at)) < 1)
  assert.ok(crossing!.low! <= crossing!.high!)
  assert.is(found.frontier.length, 81)
})

test('a cost that does not exist, is structure, or is 0 is refused', async () => {
  for (const [costs, message] of [[['no.such'], /no parameter no\.such/], [['cpu.cores'], /is structure/]] as const)
    await breakEven(store, { ...spec, costs }, inProcess()).then(() => assert.unreachable(), (error: Error) => {
      assert.ok(error instanceof UsageFault)
      assert.match(error.message, message)
    })
})

test.after(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})
test.run()
