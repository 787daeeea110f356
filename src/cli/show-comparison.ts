import { comparedRows } from '../analysis/comparison.js'
import { formatNs, formatShare } from '../base/units.js'
import type { Interval } from '../run/result.js'
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

const runTimeTitles: Readonly<Record<string, string>> = { ttft: 'run time', tpot: 'later pass', switch: 'switch in the run time', perStep: 'switch a later pass' }

/** Without a prefill there is no first token to wait for: the whole is a run time. */
export const runTimeColumns: readonly TableColumn[] = comparisonColumns.map((column) => ({ ...column, ...(runTimeTitles[column.key] === undefined ? {} : { title: runTimeTitles[column.key]! }) }))

export function comparisonCells({ rows, runs, baseline, hasPrefill, policies, carriedOver }: Pick<Comparison, 'rows' | 'runs' | 'baseline' | 'hasPrefill' | 'policies' | 'carriedOver'>): Record<string, string>[] {
  return comparedRows(rows, runs, baseline, hasPrefill).map((row, i) => ({
    policy: marked(row.policy, policies[i], carriedOver),
    ttft: row.ttftNs === null ? formatNs(row.e2eNs) : withInterval(row.ttftNs, runs[i]?.intervals?.ttftNs),
    speedup: `${(row.ttftSpeedup ?? row.runTimeSpeedup ?? 1).toFixed(2)}×`,
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
  const some = comparisons.some(({ hasPrefill }) => hasPrefill)
  const all = comparisons.every(({ hasPrefill }) => hasPrefill)
  return comparisons.flatMap(({ trace, rows, runs, policies, carriedOver, hasPrefill, baseline }) => {
    const shown = comparedRows(rows, runs, baseline, hasPrefill)
    return shown.map((row, i) => ({
      trace: trace.name,
      device: runs[i]!.cell.device,
      policy: marked(row.policy, policies[i], carriedOver),
      ...(some ? { TTFT: row.ttftNs === null ? '–' : formatNs(row.ttftNs) } : {}),
      ...(all ? {} : { 'run time': row.runTimeNs === null ? '–' : formatNs(row.runTimeNs) }),
      'speed-up': `${(row.ttftSpeedup ?? row.runTimeSpeedup ?? 1).toFixed(2)}×`,
      [some ? 'TPOT' : 'later pass']: row.tpotNs === null ? '–' : formatNs(row.tpotNs),
      ...(some ? { 'end to end': formatNs(row.e2eNs) } : {}),
      [all ? 'switch in TTFT' : some ? 'switch in it' : 'switch in the run time']: formatNs(row.switchNs),
    }))
  })
}

/** A policy's name, with a mark where it is shown though its times are carried over. */
const marked = (policy: string, asked: string | undefined, carriedOver: Comparison['carriedOver']): string => (carriedOver.some((one) => one.policy === asked) ? `${policy} *` : policy)

const withInterval = (ns: number, interval: Interval | undefined): string =>
  interval === undefined ? formatNs(ns) : `${formatNs(ns)} [${formatNs(interval.lowNs)}, ${formatNs(interval.highNs)}]`

const count = (value: number): string => (Number.isInteger(value) ? `${value}` : value.toFixed(2))
