import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkProfile } from '../../device/check.js'
import { deviceOf } from '../../device/devices.js'
import { modelOf } from '../../model/models.js'
import { unitBytes } from '../../model/operators.js'
import { quantisationOf } from '../../model/quantisation.js'
import { fitDevice } from './fit.js'
import type { FitPoint } from './points.js'
import { readPoints } from './read-points.js'

const fit = suite('devices fit')
const model = modelOf('qwen2.5-1.5b')!
const quant = quantisationOf('w4')!
const base = deviceOf('rk3588-nanopc-t6')!
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-fit-'))
fit.after(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const point = (phase: 'prefill' | 'decode', tokens: number, ns: number, more: Partial<FitPoint> = {}): FitPoint => ({ file: 'bench', line: tokens, phase, tokens, past: 0, ns, sdNs: -1, runs: 1, processor: 'npu', quant, modelBytes: 0, ...more })

/** Times that a device with these rates would show: found again by the fit. */
const bandwidth = 20
const weights = unitBytes(model, quant).reduce((sum, bytes) => sum + bytes, 0)

fit('decode rates give back the bandwidth that made them; held-out points check it', () => {
  const points = [8, 16, 32, 64].map((tokens) => point('decode', tokens, Math.round((weights * tokens) / bandwidth)))
  const { parameters, points: predicted } = fitDevice(points, model, base)
  const found = parameters.find(({ id }) => id === 'npu.bandwidthGBs')!
  assert.ok(Math.abs(found.value / bandwidth - 1) < 0.01, `${found.value}`)
  assert.is(found.points, 2)
  assert.equal(predicted.map(({ used }) => used), ['fit', 'held out', 'fit', 'held out'])
  const fitted = new Set(predicted.filter(({ used }) => used === 'fit').map(({ line }) => line))
  assert.ok(predicted.every(({ used, line }) => used === 'fit' || !fitted.has(line)), 'a point that was fitted is no check')
})

fit('spreads: a range of several points, the samples’ sd of one, unknown without either', () => {
  const spreadOf = (points: FitPoint[]) => fitDevice(points, model, base).parameters[0]!.spread
  assert.is(spreadOf([point('decode', 8, 4e8)]), null)
  const one = spreadOf([point('decode', 8, 4e8, { sdNs: 4e6 })])
  assert.ok(one !== null && 'sd' in one && one.sd > 0)
  const two = spreadOf([point('decode', 8, 4e8), point('decode', 16, 9e8)])
  assert.ok(two !== null && 'range' in two && two.range[0] < two.range[1])
})

fit('the fitted profile is sound, keeps its base’s other parameters, says where each rate stands', async () => {
  const path = file('bench.jsonl', readFileSync(new URL('../../testing/fixtures/llama-bench/tests.jsonl', import.meta.url), 'utf8'))
  const points = await readPoints([path], { model })
  const { device, parameters, warnings } = fitDevice(points, model, base)
  assert.is(checkProfile(JSON.parse(JSON.stringify(device)), 'fitted').id, 'rk3588-nanopc-t6-fitted')
  assert.equal(parameters.map(({ id }) => id), ['npu.prefillTokensPerS', 'npu.bandwidthGBs'])
  assert.match(device.parameters['npu.bandwidthGBs']!.source, /bench\.jsonl:2/)
  assert.equal(device.parameters['flash.load8GiBMs'], base.parameters['flash.load8GiBMs'])
  assert.ok(warnings.some((warning) => warning.includes('nothing checks the fit')))
})

fit('several machines, another model, unknown storage and ops are refused with the way out', async () => {
  const refused = async (text: string, message: RegExp) => {
    try {
      await readPoints([file('x', text)], { model })
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).message, message)
    }
  }
  const row = '| Qwen2.5 | 1.5B | w8a8 | 128 | 64 | 400.00 | 16.00 | 1700.00 |\n'
  const header = '| Model | Model Size | Dtype | Seqlen | New_tokens | TTFT(ms) | Tokens/s | memory(MB) |\n| :-- | :-- | :-- | :-- | :-- | :-- | :-- | :-- |\n'
  await refused(`### RK3588\n${header}${row}### RK3576\n${header}${row}`, /rates of RK3588, RK3576; choose one with --platform/)
  await refused(`### RK3588\n${header}${row.replace('Qwen2.5', 'RWKV7')}`, /expected rates of qwen2.5-1.5b, found "RWKV7 1.5B"/)
  await refused('llama_print_timings: eval time = 10.00 ms / 5 runs (x)\n', /does not say how its weights are stored; say it with --quant/)
  await refused('ggml-hex: HTP0 ADD a 1:1:1:1 x b 1:1:1:1 -> c 1:1:1:1 : total 5 us (a 1 us) cycles 1 pkts 1 (2.0) call 0 us\n', /expected rates, found "ops/)
})

fit.run()
