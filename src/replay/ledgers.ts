import { quantileSorted } from 'simple-statistics'
import { effect } from '../run/effects.js'
import type { WindowResult } from '../run/result.js'
import type { Distribution, Ledgers, NpuLedger, TaxLedger } from '../run/ledgers.js'
import { GiB } from '../base/units.js'
import { memoryLedger } from './memory-ledger.js'
import type { Conditions, Plan } from './plan.js'
import type { Tally, Turn } from './tally.js'

/** The three ledgers of a run. */
export function ledgersOf(plan: Plan, tally: Tally, { policy, costs, initial }: Conditions, windows: readonly WindowResult[]): Ledgers {
  const modeSwitches = windows.reduce((sum, { name, counts }) => sum + (name === 'request' ? counts.npuModeSwitches : 0), 0)
  const { endNs } = tally
  const { ledger, heldByteNs } = memoryLedger(plan, tally.lives, costs.sample['memory.sizeGiB'] * GiB, endNs)
  const stage2ActiveNs = onNs(tally.protectionTurns, effect.protectionOn, effect.protectionOff, initial?.protection === true, endNs)
  const share = (ns: number): number => (endNs === 0 ? 0 : ns / endNs)
  const tax: TaxLedger = {
    heldByteNs,
    meanHeldBytes: share(heldByteNs),
    stage2ActiveNs,
    stage2ActiveShare: share(stage2ActiveNs),
    stage2CostShare: stage2ActiveNs === 0 ? 0 : share(stage2ActiveNs) * costs.sample['monitor.stage2OnCostShare'],
    recalls: recallsOf(plan),
    swappedBytes: tally.swappedBytes,
  }
  return { memory: ledger, npu: npuLedger(plan, tally, policy.npu.boundary === 'job', modeSwitches), tax }
}

/** Quantiles; null of nothing. */
export function distribution(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  return { p50: quantileSorted(sorted, 0.5), p95: quantileSorted(sorted, 0.95), p99: quantileSorted(sorted, 0.99), max: sorted[sorted.length - 1]! }
}

function npuLedger(plan: Plan, tally: Tally, byJob: boolean, modeSwitches: number): NpuLedger {
  const { endNs } = tally
  const delays = plan.jobs.map(({ atNs, endNs: doneNs, durationNs }) => doneNs - atNs - durationNs)
  return {
    modeSwitches,
    secureShare: byJob || endNs === 0 ? null : onNs(tally.npuTurns, effect.npuProtected, effect.npuUnprotected, false, endNs) / endNs,
    busyShare: endNs === 0 ? 0 : tally.resourceBusyNs[1]! / endNs,
    jobs: {
      count: plan.jobs.length,
      missed: plan.jobs.filter(({ atNs, endNs: doneNs, deadlineNs }) => deadlineNs !== undefined && doneNs > atNs + deadlineNs).length,
      delayNs: distribution(delays),
    },
  }
}

function recallsOf({ recalls }: Plan): TaxLedger['recalls'] {
  const eachNs = recalls.filter(({ bytes }) => bytes > 0).map(({ atNs, doneNs }) => doneNs - atNs)
  return {
    count: recalls.length,
    bytes: recalls.reduce((sum, { bytes }) => sum + bytes, 0),
    unmetBytes: recalls.reduce((sum, { unmetBytes }) => sum + unmetBytes, 0),
    latencyNs: distribution(eachNs),
    eachNs,
  }
}

/** Time between turns on and off, until the end where it stays on. */
function onNs(turns: readonly Turn[], on: number, off: number, initially: boolean, endNs: number): number {
  let since = initially ? 0 : -1
  let sum = 0
  for (const { atNs, effects } of [...turns].sort((a, b) => a.atNs - b.atNs)) {
    if ((effects & on) !== 0 && since < 0) since = atNs
    else if ((effects & off) !== 0 && since >= 0) {
      sum += atNs - since
      since = -1
    }
  }
  return since < 0 ? sum : sum + endNs - since
}
