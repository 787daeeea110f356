import type { StoredCell } from '../store/cells.js'

export type Metric = 'ttft' | 'tpot' | 'e2e'

/** A cell's time; not a number where it could not be replayed. */
export function metricOf({ summary }: StoredCell, metric: Metric): number {
  if (summary === null) return Number.NaN
  return metric === 'ttft' ? summary.ttftNs : metric === 'e2e' ? summary.e2eNs : (summary.tpotNs ?? Number.NaN)
}
