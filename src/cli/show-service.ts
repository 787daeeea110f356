import { formatBytes, formatNs, formatShare } from '../base/units.js'
import type { RunResult } from '../run/result.js'

const MARK = ' (saturated)'

/** How a workload was served, a row a policy: quantiles, no means. */
export function serviceCells(runs: readonly RunResult[]): Record<string, string>[] {
  return runs.flatMap(({ cell, serving }) =>
    serving === null
      ? []
      : [
          {
            policy: `${cell.policy}${serving.saturated ? MARK : ''}`,
            'TTFT p50': formatNs(serving.ttftNs.p50),
            p95: formatNs(serving.ttftNs.p95),
            p99: formatNs(serving.ttftNs.p99),
            'TPOT p50': serving.tpotNs === null ? '–' : formatNs(serving.tpotNs.p50),
            'TPOT p99': serving.tpotNs === null ? '–' : formatNs(serving.tpotNs.p99),
            'end to end p50': formatNs(serving.e2eNs.p50),
            'end to end p99': formatNs(serving.e2eNs.p99),
            cpu: formatShare(serving.utilisation.cpu),
            npu: formatShare(serving.utilisation.npu),
            flash: formatShare(serving.utilisation.flash),
          },
        ],
  )
}

/** What the normal world pays, a row a policy. */
export function taxCells(runs: readonly RunResult[]): Record<string, string>[] {
  return runs.map(({ cell, ledgers: { memory, npu, tax } }) => ({
    policy: cell.policy,
    'peak protected': formatBytes(memory.peakProtectedBytes),
    'peak held': formatBytes(memory.peakHeldBytes),
    'mean held': formatBytes(Math.round(tax.meanHeldBytes)),
    'left to the normal world': formatBytes(memory.leastLeftBytes),
    swapped: formatBytes(tax.swappedBytes),
    'stage-2 active': formatShare(tax.stage2ActiveShare),
    'stage-2 cost': formatShare(tax.stage2CostShare),
    recalls: tax.recalls.count === 0 ? '–' : `${tax.recalls.count}, p95 ${tax.recalls.latencyNs === null ? '–' : formatNs(tax.recalls.latencyNs.p95)}`,
    'NPU jobs late': npu.jobs.count === 0 ? '–' : `${npu.jobs.missed} of ${npu.jobs.count}`,
  }))
}
