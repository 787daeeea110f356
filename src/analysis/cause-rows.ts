import { rolling, table } from 'arquero'
import { causes, familyNs, familyOf, type Cause } from '../run/causes.js'
import type { Interval, RunResult } from '../run/result.js'
import { requestWindows, stepWindows, ttftWindows } from './comparison.js'
import type { ExposedRow, IntervalRow, StepRow, SwitchRow } from './tables.js'

/** Causes whose split from a measured total is assumed (docs/model.md): Flex-Mem's allocation row. */
const assumedSplits: ReadonlySet<Cause> = new Set(['protect', 'tlb-invalidate'])

/** Exposed time in TTFT (without a prefill in the whole run) by cause, summed over requests. */
export function exposedRows(runs: readonly RunResult[], hasPrefill = true): ExposedRow[] {
  return runs.flatMap((run, order) =>
    causes.flatMap((cause, causeOrder) => {
      const windows = hasPrefill ? ttftWindows(run) : requestWindows(run)
      const exposedNs = windows.reduce((sum, window) => sum + (window.exposedNs[cause] ?? 0), 0)
      const flex = cause === 'allocate' && windows.some((window) => (window.busyNs['tlb-invalidate'] ?? 0) > 0)
      return exposedNs === 0 ? [] : [{ policy: run.cell.policy, order, cause, causeOrder, family: familyOf(cause), exposedNs, assumedSplit: flex || assumedSplits.has(cause) }]
    }),
  )
}

/** Switch overhead of whole requests by cause, exposed and hidden. */
export function switchRows(runs: readonly RunResult[]): SwitchRow[] {
  return runs.flatMap((run, order) => {
    const whole = run.windows.filter((window) => window.name === 'request')
    return causes.flatMap((cause, causeOrder) => {
      if (familyOf(cause) !== 'switch') return []
      const sum = (part: 'exposedNs' | 'hiddenNs'): number => whole.reduce((total, window) => total + (window[part][cause] ?? 0), 0)
      const row = { policy: run.cell.policy, order, cause, causeOrder }
      const exposedNs = sum('exposedNs')
      const hiddenNs = sum('hiddenNs')
      return exposedNs + hiddenNs === 0 ? [] : [{ ...row, part: 'exposed' as const, ns: exposedNs }, { ...row, part: 'hidden' as const, ns: hiddenNs }]
    })
  })
}

/** Counts and cost a step of the first request (none of a workload, whose single steps are not kept), and both cumulated over tokens (arquero's window: all rows up to this one). */
export function stepRows(runs: readonly RunResult[]): StepRow[] {
  const rows = runs.flatMap((run, order) => {
    if (run.serving !== null && stepWindows(run).length === 0) return []
    const first = run.requests[0]?.id
    return [...ttftWindows(run), ...stepWindows(run)]
      .filter((window) => window.request === first)
      .map((window) => ({
        policy: run.cell.policy,
        order,
        step: window.step,
        lengthNs: window.lengthNs,
        worldSwitches: window.counts.worldSwitches,
        npuModeSwitches: window.counts.npuModeSwitches,
        npuLaunches: window.counts.npuLaunches,
        pagesProtected: window.counts.pagesProtected,
        tlbInvalidations: window.counts.tlbInvalidations,
        switchNs: familyNs(window.exposedNs, 'switch'),
      }))
  })
  if (rows.length === 0) return []
  const keys = Object.keys(rows[0]!) as (keyof (typeof rows)[number])[]
  const columns = Object.fromEntries(keys.map((key) => [key, rows.map((row) => row[key])]))
  return table(columns)
    .groupby('order')
    .orderby('step')
    .derive({
      cumulatedSwitchNs: rolling('op.sum(d.switchNs)'),
      cumulatedWorldSwitches: rolling('op.sum(d.worldSwitches)'),
      cumulatedNpuModeSwitches: rolling('op.sum(d.npuModeSwitches)'),
      cumulatedNpuLaunches: rolling('op.sum(d.npuLaunches)'),
    })
    .ungroup()
    .orderby('order', 'step')
    .objects() as StepRow[]
}

/** TTFT and TPOT of the parameters' own values, with their 95 % interval; none without samples. */
export function intervalRows(runs: readonly RunResult[], nominal: (run: RunResult) => { ttftNs: number; tpotNs: number | null }, hasPrefill = true): IntervalRow[] {
  return runs.flatMap((run, order) => {
    if (run.intervals === null) return []
    const { ttftNs, tpotNs } = nominal(run)
    const of = run.intervals
    const rows: IntervalRow[] = [{ policy: run.cell.policy, order, metric: hasPrefill ? 'TTFT' : 'first pass', valueNs: ttftNs, ...bounds(of.ttftNs, of.stress.ttftNs) }]
    if (tpotNs !== null && of.tpotNs !== null) rows.push({ policy: run.cell.policy, order, metric: hasPrefill ? 'TPOT' : 'later pass', valueNs: tpotNs, ...bounds(of.tpotNs, of.stress.tpotNs ?? of.tpotNs) })
    return rows
  })
}

const bounds = (known: Interval, stress: Interval): Pick<IntervalRow, 'lowNs' | 'highNs' | 'stressLowNs' | 'stressHighNs'> => ({
  lowNs: known.lowNs,
  highNs: known.highNs,
  stressLowNs: stress.lowNs,
  stressHighNs: stress.highNs,
})
