import { memoryModes } from '../run/ledgers.js'
import type { RunResult } from '../run/result.js'
import type { MemoryRow, RecallRow, TaxRow } from './tables.js'

/** The memory ledger over time, a row a change, mode and policy; a mode that a policy never has is left out. */
export function memoryRows(runs: readonly RunResult[]): MemoryRow[] {
  return runs.flatMap(({ cell, ledgers: { memory } }, order) =>
    memoryModes.flatMap((mode, modeOrder) =>
      memory.points.some((point) => point[mode] > 0) ? memory.points.map((point) => ({ policy: cell.policy, order, mode, modeOrder, atNs: point.atNs, bytes: point[mode] })) : [],
    ),
  )
}

/** What the normal world pays, a row a policy. */
export function taxRows(runs: readonly RunResult[]): TaxRow[] {
  return runs.map(({ cell, ledgers: { memory, npu, tax } }, order) => ({
    policy: cell.policy,
    order,
    peakProtectedBytes: memory.peakProtectedBytes,
    peakHeldBytes: memory.peakHeldBytes,
    meanHeldBytes: Math.round(tax.meanHeldBytes),
    leastLeftBytes: memory.leastLeftBytes,
    swappedBytes: tax.swappedBytes,
    stage2ActiveShare: tax.stage2ActiveShare,
    stage2CostShare: tax.stage2CostShare,
    recalls: tax.recalls.count,
    recallP95Ns: tax.recalls.latencyNs?.p95 ?? null,
    unmetBytes: tax.recalls.unmetBytes,
    npuModeSwitches: npu.modeSwitches,
    npuJobs: npu.jobs.count,
    npuJobsLate: npu.jobs.missed,
    npuDelayP95Ns: npu.jobs.delayNs?.p95 ?? null,
  }))
}

/** Latencies of recalls, sorted: which share was no slower. */
export function recallRows(runs: readonly RunResult[]): RecallRow[] {
  return runs.flatMap(({ cell, ledgers }, order) => {
    const sorted = [...ledgers.tax.recalls.eachNs].sort((a, b) => a - b)
    return sorted.map((latencyNs, i) => ({ policy: cell.policy, order, latencyNs, share: (i + 1) / sorted.length }))
  })
}
