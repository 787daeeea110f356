import type { ReportCase, ReportData } from '../analysis/report-data.js'
import type { ExposedRow, ExposureRow, MemoryRow, RecallRow, StepRow, SwitchRow, Tables, TaxRow, TimelineRow } from '../analysis/tables.js'
import { causeIndex, familyOf, type Cause } from '../run/causes.js'
import { big, entries, MS, onlySwitch, small, sum, type Made } from './report-fixture-numbers.js'

export const hostileText = '</script><img src=x onerror=alert(1)>'

/** Plausible in size, measured nowhere: two cases under four policies, 16 decode steps. `hostile` puts markup, formulas
 *  and control characters wherever a file could bring text in. */
export function reportFixture({ hostile = false } = {}): ReportData {
  const bad = hostile ? hostileText : ''
  const mine = hostile ? `=mine ${hostileText}` : 'optimized-strawman'
  const renamed = small.map((made) => (made.policy === 'optimized-strawman' ? { ...made, policy: mine } : made))
  return {
    title: `Test data, not a result: four policies on two traces${bad}`,
    version: '0.0.0-test',
    device: { id: 'test-board', title: `A board for tests${bad}`, note: 'every figure here is made up' },
    pressureBytes: 8 * 2 ** 30,
    seed: 1,
    samples: 200,
    command: `worldswitch compare big small --policy unprotected --policy '${mine}' --policy flexserve --report out`,
    policies: [
      { id: 'unprotected', summary: 'no protection at all: the floor', source: 'arXiv 2603.09046 §7' },
      {
        id: 'strawman',
        summary: 'everything in the secure world, on the CPU, one stage after another',
        source: 'arXiv 2603.09046 §7',
      },
      { id: mine, summary: 'pipelined, NPU through a co-driver', source: 'arXiv 2603.09046 §7' },
      { id: 'flexserve', summary: `flexible memory and NPU${bad}`, source: 'arXiv 2603.09046' },
    ],
    cases: [
      reportCase('Test-8B int8, prompt 128, output 17', 'synthetic', big, []),
      reportCase(`Test miniature, 4 layers, prompt 32${bad}`, 'recorded', renamed, [
        '3 samples, no 95 % interval for TPOT',
        ...(hostile ? [`skipped 2 events named ${hostileText}\u202e|\u0007`] : []),
      ]),
    ],
  }
}

function reportCase(title: string, how: 'synthetic' | 'recorded', made: readonly Made[], warnings: string[]): ReportCase {
  const machine = 'x86-64 virtual machine, 2 cores'
  return {
    title,
    traceName: how === 'synthetic' ? 'big' : 'small',
    traceHash: how === 'synthetic' ? 'ab'.repeat(32) : 'cd'.repeat(32),
    ops: how === 'synthetic' ? 8772 : 51_200,
    requests: 1,
    origin: how === 'synthetic' ? { how, machine: 'test-board', emulated: false, here: false, device: 'test-board', line: 'not a recording: all compute time is predicted by rates of test-board' } : { how, machine, emulated: false, here: false, device: 'test-board', line: `compute time is 0.0 % recorded here, 100.0 % predicted, 0.0 % carried over from ${machine}` },
    asRecorded: null,
    hasPrefill: true,
    leftOut: how === 'synthetic' ? [] : [{ policy: 'strawman', reason: `it would run operators on another processor whose time is known on ${machine} alone`, help: 'say the model' }],
    carriedOver: [],
    notices: how === 'synthetic' ? [] : ['flexserve is faster than unprotected'],
    baseline: 'unprotected',
    inferred:
      how === 'synthetic'
        ? []
        : [
            { field: 'phase', rule: 'rows > 1 means prefill', share: 0.42 },
            { field: 'bytes', rule: 'from the graph', share: 1 },
          ],
    tables: fixtureTables(title, made, how === 'synthetic' ? [] : [{ machine, spanNs: 3e9, busyNs: 2.5e9, idleNs: 5e8, idlePerStepNs: 3e7, steps: 17, cpuNs: 2.5e9, gpuNs: null, npuNs: null, prefillNs: 1e9, decodeStepNs: 1.25e8, replayedNs: 6e9, ratio: 2 }]),
    warnings,
  }
}

function fixtureTables(trace: string, made: readonly Made[], recorded: Tables['as-recorded']): Tables {
  const ttft = (one: Made): number => MS * sum(one.exposedMs)
  const switchNs = (one: Made): number => MS * sum(onlySwitch(one.exposedMs))
  const first = made[0]!
  return {
    'as-recorded': recorded,
    'recorded-switches': made.map((one, order) => ({ who: one.policy, order, prefillSwitches: 2, prefillNs: switchNs(one), stepSwitches: 1.5, stepNs: one.stepSwitchNs })),
    comparison: made.map((one) => ({
      trace,
      policy: one.policy,
      ttftNs: ttft(one),
      tpotNs: one.tpotNs,
      e2eNs: ttft(one) + 16 * one.tpotNs,
      ttftSpeedup: ttft(first) / ttft(one),
      runTimeNs: null,
      runTimeSpeedup: null,
      tpotSpeedup: first.tpotNs / one.tpotNs,
      switchNs: switchNs(one),
      switchShare: switchNs(one) / ttft(one),
      switchPerStepNs: one.stepSwitchNs,
      npuModeSwitchesPerStep: one.policy === 'flexserve' ? 0.125 : 0,
      worldSwitchesPerStep: one.policy === 'unprotected' ? 0 : 1 + (one.policy === 'flexserve' ? 0 : one.launches),
      predictedShare: 1,
      carriedShare: 0,
    })),
    'exposed-by-cause': made.flatMap((one, order) =>
      entries(one.exposedMs).map(([cause, ms]): ExposedRow => ({
        policy: one.policy,
        order,
        cause,
        causeOrder: causeIndex[cause],
        family: familyOf(cause),
        exposedNs: ms * MS,
        assumedSplit: cause === 'protect' || cause === 'tlb-invalidate' || (cause === 'allocate' && one.policy === 'flexserve'),
      })),
    ),
    'switch-by-cause': made.flatMap((one, order) =>
      (['exposed', 'hidden'] as const).flatMap((part) =>
        entries(onlySwitch(part === 'exposed' ? one.exposedMs : one.hiddenMs)).map(([cause, ms]): SwitchRow => ({
          policy: one.policy,
          order,
          cause,
          causeOrder: causeIndex[cause],
          part,
          ns: ms * MS + (part === 'exposed' && cause === 'npu-launch' ? 16 * one.stepSwitchNs : 0),
        })),
      ),
    ),
    steps: made.flatMap(stepRows),
    intervals: made.flatMap((one, order) =>
      (['TTFT', 'TPOT'] as const).map((metric) => {
        const valueNs = metric === 'TTFT' ? ttft(one) : one.tpotNs
        return {
          policy: one.policy,
          order,
          metric,
          valueNs,
          lowNs: valueNs * (0.9 - order * 0.01),
          highNs: valueNs * (1.12 + order * 0.02),
          stressLowNs: Math.round(valueNs * 0.7),
          stressHighNs: Math.round(valueNs * 1.4),
        }
      }),
    ),
    timeline: made.flatMap(timelineRows),
    tax: made.map((one, order): TaxRow => ({
      policy: one.policy,
      order,
      peakProtectedBytes: one.policy === 'unprotected' ? 0 : 8.1e9,
      peakHeldBytes: 8.1e9,
      meanHeldBytes: 7.2e9,
      leastLeftBytes: 9e9,
      swappedBytes: 0,
      stage2ActiveShare: one.policy === 'flexserve' ? 0.97 : 0,
      stage2CostShare: one.policy === 'flexserve' ? 0.0239 : 0,
      recalls: 3,
      recallP95Ns: 210e6,
      unmetBytes: 0,
      npuModeSwitches: 2,
      npuJobs: 40,
      npuJobsLate: order,
      npuDelayP95Ns: null,
    })),
    'memory-ledger': made.flatMap((one, order) =>
      (['unprotected', 'encrypted', 'plaintext'] as const).flatMap((mode, modeOrder) =>
        [0, 1, 2, 5].map((s): MemoryRow => ({ policy: one.policy, order, mode, modeOrder, atNs: s * 1e9, bytes: (s + modeOrder) * 2 ** 30 })),
      ),
    ),
    recalls: made.flatMap((one, order) => [1, 2, 3, 4].map((i): RecallRow => ({ policy: one.policy, order, latencyNs: i * 50e6 * (order + 1), share: i / 4 }))),
    'exposure-timeline': made.flatMap((one, order) =>
      ['embedding', 'layer 0'].flatMap((unit, unitOrder) =>
        ['free for all', 'protected, encrypted', 'protected, secret'].map((state, stateOrder): ExposureRow => ({ policy: one.policy, order, unit, unitOrder, state, stateOrder, fromNs: (unitOrder + stateOrder) * 1e8, toNs: (unitOrder + stateOrder + 2) * 1e8, bytes: 5e8 })),
      ),
    ),
    parameters: [
      {
        id: 'npu.int8RateOpsPerS',
        value: 7.2e11,
        unit: 'op/s',
        spread: 'unknown',
        grade: 'derived',
        source: 'FlexServe §7.1, 13.165 s for 512 tokens',
        informedBy: 'V02',
        effect: 0.04,
      },
      {
        id: 'cma.rateMiBPerS',
        value: 1272,
        unit: 'MiB/s',
        spread: '624–1946',
        grade: 'measured',
        source: 'FlexServe Table 1',
        informedBy: '',
        effect: 0.04,
      },
      {
        id: 'monitor.worldSwitchNs',
        value: 20000,
        unit: 'ns',
        spread: '5000–60000',
        grade: 'assumed',
        source: '=HYPERLINK("x") yield and TA entry, reasoned from published SMC costs',
        informedBy: 'V20',
        effect: 0.04,
      },
    ],
  }
}

function stepRows(one: Made, order: number): StepRow[] {
  const rows: StepRow[] = []
  let [switchSum, worlds, modes, launchSum] = [0, 0, 0, 0]
  for (let step = 0; step <= 16; step++) {
    const worldSwitches = one.policy === 'unprotected' ? 0 : step === 0 ? 1942 : 1 + (step % 4 === 0 ? 2 : 0)
    const npuModeSwitches = one.policy === 'flexserve' && step % 8 === 0 ? 1 : 0
    const switchNs = step === 0 ? MS * sum(onlySwitch(one.exposedMs)) : one.stepSwitchNs * (1 + (step % 4 === 0 ? 0.2 : 0))
    rows.push({
      policy: one.policy,
      order,
      step,
      lengthNs: step === 0 ? MS * sum(one.exposedMs) : one.tpotNs,
      worldSwitches,
      npuModeSwitches,
      npuLaunches: one.launches,
      pagesProtected: step === 0 ? 2_090_000 : 16,
      tlbInvalidations: step === 0 ? 4082 : 1,
      switchNs,
      cumulatedSwitchNs: (switchSum += switchNs),
      cumulatedWorldSwitches: (worlds += worldSwitches),
      cumulatedNpuModeSwitches: (modes += npuModeSwitches),
      cumulatedNpuLaunches: (launchSum += one.launches),
    })
  }
  return rows
}

function timelineRows(one: Made, order: number): TimelineRow[] {
  const rows: TimelineRow[] = []
  const pieceNs = one.tpotNs / 40
  const add = (lane: string, laneOrder: number, cause: Cause, layer: number, at: number, length: number): void =>
    void rows.push({
      policy: one.policy,
      order,
      lane,
      laneOrder,
      cause,
      family: familyOf(cause),
      layer,
      startNs: Math.round(at * pieceNs),
      endNs: Math.round((at + length) * pieceNs),
    })
  const apart = one.policy === 'strawman' ? 3 : 1 // strawman's stages do not overlap
  for (let piece = 0; piece < 24; piece++) {
    const layer = Math.floor(piece / 8)
    const at = piece * apart
    add('kernel 0', 0, 'allocate', layer, at, 0.8)
    if (one.policy === 'flexserve') add('monitor', 1, 'protect', layer, at + 0.8, 0.15)
    add('flash', 2, 'flash-read', layer, at + apart, 0.9)
    if (one.policy !== 'unprotected') add('cpu 0', 3, 'decrypt', layer, at + 1.9 + apart * 0.2, 0.7)
    if (piece % 8 === 7) {
      add('cpu 1', 4, 'compute', layer, at + 3, 3)
      if (one.policy !== 'strawman')
        for (let job = 0; job < 3; job++) {
          add('npu', 5, 'npu-launch', layer, at + 3 + job, 0.1)
          add('npu', 5, 'compute', layer, at + 3.1 + job, 0.8)
        }
    }
  }
  return rows
}
