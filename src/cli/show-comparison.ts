import { formatNs, formatShare } from '../base/units.js'
import type { ComparisonRow } from '../analysis/tables.js'
import type { Interval, RunResult } from '../run/result.js'
import type { Comparison } from '../study/compare.js'
import type { TableColumn } from './table.js'

/** The comparison as people read it. */
export const comparisonColumns: readonly TableColumn[] = [
  { key: 'policy' },
  { key: 'ttft', title: 'TTFT', align: 'right' },
  { key: 'speedup', title: 'speed-up', align: 'right' },
  { key: 'tpot', title: 'TPOT', align: 'right' },
  { key: 'tpotSpeedup', title: 'speed-up', align: 'right' },
  { key: 'switch', title: 'switch in TTFT', align: 'right' },
  { key: 'share', align: 'right' },
  { key: 'perStep', title: 'switch a step', align: 'right' },
  { key: 'modeSwitches', title: 'NPU mode switches a step', align: 'right' },
  { key: 'worldSwitches', title: 'world switches a step', align: 'right' },
]

/** Without a prefill there is no first token to wait for: the whole is a run time. */
export const runTimeColumns: readonly TableColumn[] = comparisonColumns.map((column) => (column.key === 'ttft' ? { ...column, title: 'run time' } : column.key === 'switch' ? { ...column, title: 'switch in the first pass' } : column))

export function comparisonCells(rows: readonly ComparisonRow[], runs: readonly RunResult[], hasPrefill = true): Record<string, string>[] {
  const base = rows.find(({ ttftSpeedup }) => ttftSpeedup === 1)
  return rows.map((row, i) => ({
    policy: row.policy,
    ttft: hasPrefill ? withInterval(row.ttftNs, runs[i]?.intervals?.ttftNs) : formatNs(row.e2eNs),
    speedup: `${(hasPrefill || base === undefined ? row.ttftSpeedup : base.e2eNs / row.e2eNs).toFixed(2)}×`,
    tpot: row.tpotNs === null ? '–' : withInterval(row.tpotNs, runs[i]?.intervals?.tpotNs ?? undefined),
    tpotSpeedup: row.tpotSpeedup === null ? '–' : `${row.tpotSpeedup.toFixed(2)}×`,
    switch: formatNs(row.switchNs),
    share: formatShare(row.switchShare),
    perStep: row.switchPerStepNs === null ? '–' : formatNs(row.switchPerStepNs),
    modeSwitches: count(row.npuModeSwitchesPerStep),
    worldSwitches: count(row.worldSwitchesPerStep),
  }))
}

/** Several comparisons in one table: traces and devices side by side. */
export function sideBySideCells(comparisons: readonly Comparison[]): Record<string, string>[] {
  return comparisons.flatMap(({ trace, rows, runs }) =>
    rows.map((row, i) => ({
      trace: trace.name,
      device: runs[i]!.cell.device,
      policy: row.policy,
      TTFT: formatNs(row.ttftNs),
      'speed-up': `${row.ttftSpeedup.toFixed(2)}×`,
      TPOT: row.tpotNs === null ? '–' : formatNs(row.tpotNs),
      'end to end': formatNs(row.e2eNs),
      'switch in TTFT': formatNs(row.switchNs),
    })),
  )
}

const withInterval = (ns: number, interval: Interval | undefined): string =>
  interval === undefined ? formatNs(ns) : `${formatNs(ns)} [${formatNs(interval.lowNs)}, ${formatNs(interval.highNs)}]`

const count = (value: number): string => (Number.isInteger(value) ? `${value}` : value.toFixed(2))
