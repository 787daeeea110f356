import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunResult } from '../run/result.js'
import { noCounts } from '../replay/counts.js'
import { noLedgers } from '../testing/no-ledgers.js'
import { comparisonRows } from './comparison.js'
import { exposedRows, stepRows, switchRows } from './cause-rows.js'

const test = suite('tables of runs')

const run = (policy: string, ttftNs: number): RunResult => ({
  schema: 'worldswitch-run/1',
  cell: { trace: 't', traceName: 't', policy, device: 'd', pressureBytes: 0, seed: 1, set: {}, initial: {}, engine: 1 },
  requests: [{ id: 'r', model: 'm', ttftNs, tpotNs: 20, e2eNs: ttftNs + 40, tokens: 3 }],
  windows: [
    { request: 'r', name: 'ttft', step: 0, startNs: 0, lengthNs: ttftNs, exposedNs: { compute: ttftNs - 10, protect: 10 }, hiddenNs: { protect: 5 }, busyNs: {}, blockedBy: [], counts: { ...noCounts(), worldSwitches: 7 } },
    { request: 'r', name: 'step', step: 1, startNs: ttftNs, lengthNs: 20, exposedNs: { compute: 16, 'npu-switch': 4 }, hiddenNs: {}, busyNs: {}, blockedBy: [], counts: { ...noCounts(), npuModeSwitches: 2, worldSwitches: 1 } },
    { request: 'r', name: 'step', step: 2, startNs: ttftNs + 20, lengthNs: 20, exposedNs: { compute: 17, 'npu-switch': 3 }, hiddenNs: {}, busyNs: {}, blockedBy: [], counts: { ...noCounts(), npuModeSwitches: 3, worldSwitches: 1 } },
    { request: 'r', name: 'request', step: -1, startNs: 0, lengthNs: ttftNs + 40, exposedNs: { compute: ttftNs + 23, protect: 10, 'npu-switch': 7 }, hiddenNs: { protect: 5 }, busyNs: {}, blockedBy: [], counts: { ...noCounts(), npuModeSwitches: 5, worldSwitches: 9 } },
  ],
  outsideNs: {},
  predictedShare: 1,
  shares: { recording: { recordedNs: 0, predictedNs: 0, carriedNs: 0, leftOutNs: 0 }, result: { recordedNs: 0, predictedNs: 1, carriedNs: 0 }, movedNs: 0 },
  intervals: null,
  serving: null,
  ledgers: noLedgers,
  audit: { policy, rows: [], passed: true },
  warnings: [],
})
const runs = [run('slow', 1000), run('fast', 100)]

test('steps cumulate counts and cost over tokens, policy by policy', () => {
  const rows = stepRows(runs)
  assert.equal(
    rows.map((row) => [row.policy, row.step, row.switchNs, row.cumulatedSwitchNs, row.cumulatedNpuModeSwitches, row.cumulatedWorldSwitches]),
    [
      ['slow', 0, 10, 10, 0, 7],
      ['slow', 1, 4, 14, 2, 8],
      ['slow', 2, 3, 17, 5, 9],
      ['fast', 0, 10, 10, 0, 7],
      ['fast', 1, 4, 14, 2, 8],
      ['fast', 2, 3, 17, 5, 9],
    ],
  )
})

test('speed-ups are over the baseline; switch time is the family’s', () => {
  const [slow, fast] = comparisonRows(runs, 'slow')
  assert.is(slow!.ttftSpeedup, 1)
  assert.is(fast!.ttftSpeedup, 10)
  assert.is(fast!.switchShare, 0.1)
  assert.is(fast!.switchPerStepNs, 3.5)
  assert.is(fast!.npuModeSwitchesPerStep, 2.5)
})

test('exposed and hidden parts by cause, none that is zero in both', () => {
  assert.equal(exposedRows(runs.slice(0, 1)).map(({ cause, exposedNs }) => [cause, exposedNs]), [['compute', 990], ['protect', 10]])
  assert.equal(switchRows(runs.slice(0, 1)).map(({ cause, part, ns }) => [cause, part, ns]), [
    ['npu-switch', 'exposed', 7],
    ['npu-switch', 'hidden', 0],
    ['protect', 'exposed', 10],
    ['protect', 'hidden', 5],
  ])
})

test.run()
