import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore } from '../store/store.js'
import { smallWorkload } from '../testing/small-workload.js'
import { S } from '../base/units.js'
import type { Workload } from '../trace/workload.js'
import { noCounts } from '../replay/counts.js'
import type { CellSummary } from '../run/outcome.js'
import type { WindowResult } from '../run/result.js'
import { ablate } from './ablate/ablation.js'
import { compareDraws, type PairRow } from './compare-draws.js'
import { CellMaker } from './cells/cell-maker.js'
import { runCells } from './cells/run-cells.js'
import { resolveDevice } from './device.js'
import { inProcess } from './executors/in-process.js'
import { drawnRequests, FEWEST_REQUESTS, RESAMPLED_NOTE, resampledSummary } from './resample.js'

const test = suite('resampled requests')
const executor = inProcess()
const twelve: Workload = { ...smallWorkload(), name: 'twelve', memory: [], npu: [], requests: Array.from({ length: 12 }, (_, i) => ({ id: `r${i}`, model: 0, arrivalNs: i * 5 * S, promptTokens: 8 + 40 * (i % 3), outputTokens: 2 })) }

test('under ten requests nothing is drawn anew; else as many, by seed and draw alone', () => {
  assert.is(drawnRequests(FEWEST_REQUESTS - 1, 1, 1), undefined)
  fc.assert(
    fc.property(fc.integer({ min: FEWEST_REQUESTS, max: 300 }), fc.nat(1000), fc.nat(1000), (requests, seed, draw) => {
      const places = drawnRequests(requests, seed, draw)!
      assert.is(places.length, requests)
      assert.ok(places.every((i) => i < requests))
      assert.equal([...places], [...drawnRequests(requests, seed, draw)!])
    }),
    { seed: 20261127, numRuns: 100 },
  )
})

test('drawn places are uniform: each of 20 comes as often as the others, within five standard errors', () => {
  const counts = new Float64Array(20)
  for (let draw = 1; draw <= 2000; draw++) for (const i of drawnRequests(20, 7, draw)!) counts[i]!++
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 5 * Math.sqrt(40_000 * 0.05 * 0.95), `${count}`)
})

test('every request once is the cell itself; one request many times is that request', async () => {
  const store = openStore(':memory:')
  const device = await resolveDevice('rk3588-nanopc-t6')
  await store.workloads.put(twelve)
  const maker = new CellMaker(store)
  const { cells, keys } = await runCells(store, [maker.order(await maker.subject('twelve', device.profile), await maker.policy('flexserve'), device)], maker.shelf, executor)
  const windows = store.cells.windows(keys[0]!)!
  const { summary } = cells[0]!
  const same = resampledSummary(summary!, windows, Uint32Array.from({ length: 12 }, (_, i) => i))
  assert.is(same.ttftNs, summary!.ttftNs)
  assert.is(same.e2eNs, summary!.e2eNs)
  const nonZero = (ns: object): [string, unknown][] => Object.entries(ns).filter(([, value]) => value !== 0).sort()
  assert.equal(nonZero(same.ttftExposedNs), nonZero(summary!.ttftExposedNs))
  assert.equal(nonZero(same.decodeExposedNs), nonZero(summary!.decodeExposedNs))
  const third = resampledSummary(summary!, windows, new Uint32Array(12).fill(3))
  assert.is(third.ttftNs, windows.filter(({ name }) => name === 'ttft')[3]!.lengthNs)
  store.close()
})

test('the same requests are drawn however a policy served them', () => {
  const window = (request: string, lengthNs: number): WindowResult[] => (['ttft', 'request'] as const).map((name) => ({ request, name, step: 0, startNs: 0, lengthNs, exposedNs: { compute: lengthNs }, hiddenNs: {}, busyNs: {}, blockedBy: [], counts: noCounts() }))
  const windows = Array.from({ length: 12 }, (_, i) => window(`r${i}`, 100 + i))
  const summary = { requests: 12, ttftNs: 0, e2eNs: 0 } as unknown as CellSummary
  const places = drawnRequests(12, 1, 1)!
  assert.equal(resampledSummary(summary, windows.flat(), places), resampledSummary(summary, [...windows].reverse().flat(), places))
})

test('intervals of pairs and ablations take the requests in: wider, the same twice, and said so; with few requests as before', async () => {
  const store = openStore(':memory:')
  const device = await resolveDevice('rk3588-nanopc-t6')
  await store.workloads.put(twelve)
  await store.workloads.put({ ...twelve, name: 'nine', requests: twelve.requests.slice(0, 9) })
  const pairsOf = async (subject: string): Promise<readonly PairRow[]> => (await compareDraws(store, { subject, policies: ['optimized-strawman', 'flexserve'], baseline: 'optimized-strawman', device, seed: 3, samples: 12 }, executor)).pairs
  const [many, few] = [await pairsOf('twelve'), await pairsOf('nine')]
  assert.equal(await pairsOf('twelve'), many)
  assert.ok(many.every(({ isResampled }) => isResampled) && few.every(({ isResampled }) => !isResampled))
  const width = (row: (typeof many)[number]): number => (row.highNs - row.lowNs) / Math.abs(row.differenceNs)
  assert.ok(width(many[0]!) > width(few[0]!))
  for (const row of [...many, ...few]) assert.ok(row.stressHighNs >= row.stressLowNs)
  const spec = { from: 'optimized-strawman', to: 'flexserve', device, metric: 'ttft' as const, paths: new Map(), seed: 3, samples: 4 }
  const ablation = (await ablate(store, { ...spec, subject: 'twelve' }, executor)).ablation
  assert.ok(ablation.warnings.includes(RESAMPLED_NOTE))
  assert.not((await ablate(store, { ...spec, subject: 'nine' }, executor)).ablation.warnings.includes(RESAMPLED_NOTE))
  for (const { stressLowNs, stressHighNs } of ablation.steps) assert.ok(stressLowNs! <= stressHighNs!)
  store.close()
})

test.run()
