import { dramDemand, shareAbove } from '../replay/dram.js'
import type { Replayed } from '../replay/replay.js'
import type { Subject } from './subject.js'

/** What a reader of a cell's numbers must know about how they came about. */
export function cellWarnings({ trace }: Subject, { plan, schedule }: Replayed, bandwidth: number | undefined, contention: boolean, forgets: boolean): string[] {
  const warnings = [...plan.warnings]
  const { substituted } = plan.notes
  if (substituted > 0) warnings.push(`${substituted} matmuls compute in a type without a sourced rate on this device: the INT8 rate was taken`)
  if (trace !== undefined && plan.requests.some(({ steps }) => steps[0] !== 0)) warnings.push('the trace holds no prefill: its first step stands for it')
  if (contention) warnings.push('durations are stretched where DRAM demand exceeds its bandwidth: an assumed law')
  else if (!forgets && bandwidth !== undefined) {
    const endNs = plan.requests.reduce((latest, { stepEnds }) => Math.max(latest, schedule.startNs[stepEnds[stepEnds.length - 1]!]!), 0)
    const share = shareAbove(dramDemand(plan.graph, schedule), bandwidth, endNs)
    if (share >= 0.005) warnings.push(`DRAM demand exceeds ${bandwidth} GB/s in ${(share * 100).toFixed(1)} % of the time; durations are not stretched for it (--contention does)`)
  }
  return warnings
}
