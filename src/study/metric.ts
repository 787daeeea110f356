import type { StoredCell } from '../store/cells.js'

export type Metric = 'ttft' | 'tpot' | 'e2e'

/** What is asked of a subject: without a prefill there is no first token, and the time of the whole run stands for it. */
export const metricFor = (metric: Metric, hasPrefill: boolean): Metric => (metric === 'ttft' && !hasPrefill ? 'e2e' : metric)

/** A metric as people call it. */
export const metricName = (metric: Metric, hasPrefill: boolean): string => (hasPrefill ? metric.toUpperCase() : { ttft: 'first pass', tpot: 'later pass', e2e: 'run time' }[metric])

/** A cell's time; not a number where it could not be replayed. */
export function metricOf({ summary }: StoredCell, metric: Metric): number {
  if (summary === null) return Number.NaN
  return metric === 'ttft' ? summary.ttftNs : metric === 'e2e' ? summary.e2eNs : (summary.tpotNs ?? Number.NaN)
}
