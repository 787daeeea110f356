import { mean } from 'simple-statistics'
import { familyNs } from '../run/causes.js'
import type { RunResult, WindowResult } from '../run/result.js'
import { sharesOf } from '../run/shares.js'
import type { ComparedRow, ComparisonRow } from './compared-tables.js'

export const ttftWindows = (run: RunResult): WindowResult[] => run.windows.filter((window) => window.name === 'ttft')
export const requestWindows = (run: RunResult): WindowResult[] => run.windows.filter((window) => window.name === 'request')
export const stepWindows = (run: RunResult): WindowResult[] => run.windows.filter((window) => window.name === 'step')

/** Mean over the decode steps of all requests of something that windows sum; null without decode steps. A request's window
 *  is its TTFT's and its steps', so this holds where single steps were not kept as well. */
export function perDecodeStep(run: RunResult, of: (window: WindowResult) => number): number | null {
  const steps = run.requests.reduce((sum, { tokens }) => sum + tokens - 1, 0)
  if (steps === 0) return null
  return run.windows.reduce((sum, window) => sum + (window.name === 'request' ? of(window) : window.name === 'ttft' ? -of(window) : 0), 0) / steps
}

/** A row a policy; speed-ups over the run of policy `baseline`. Means over the requests where there are several. */
export function comparisonRows(runs: readonly RunResult[], baseline: string, hasPrefill = true): ComparisonRow[] {
  const bases = runs.map((run) => ({ run, ...means(run) }))
  const base = bases.find(({ run }) => run.cell.policy === baseline) ?? bases[0]!
  return bases.map(({ run, ttftNs, tpotNs, e2eNs }) => {
    const first = hasPrefill ? ttftWindows(run) : requestWindows(run)
    const switchNs = mean(first.map((window) => familyNs(window.exposedNs, 'switch')))
    return {
      trace: run.cell.traceName,
      policy: run.cell.policy,
      ttftNs,
      tpotNs,
      e2eNs,
      ttftSpeedup: base.ttftNs / ttftNs,
      tpotSpeedup: tpotNs === null || base.tpotNs === null ? null : base.tpotNs / tpotNs,
      switchNs,
      switchShare: ttftNs > 0 ? switchNs / (hasPrefill ? ttftNs : e2eNs) : 0,
      switchPerStepNs: perDecodeStep(run, (window) => familyNs(window.exposedNs, 'switch')),
      npuModeSwitchesPerStep: perDecodeStep(run, (window) => window.counts.npuModeSwitches) ?? 0,
      worldSwitchesPerStep: perDecodeStep(run, (window) => window.counts.worldSwitches) ?? 0,
      predictedShare: run.predictedShare,
    }
  })
}

/** The same as a report shows it. */
export function comparedRows(rows: readonly ComparisonRow[], runs: readonly RunResult[], baseline: string, hasPrefill: boolean): ComparedRow[] {
  const base = rows[runs.findIndex(({ cell }) => cell.policy === baseline)] ?? rows[0]!
  return rows.map((row, i) => ({
    ...row,
    ...(hasPrefill ? { runTimeNs: null, runTimeSpeedup: null } : { ttftNs: null, ttftSpeedup: null, runTimeNs: row.e2eNs, runTimeSpeedup: base.e2eNs / row.e2eNs }),
    carriedShare: sharesOf(runs[i]!.shares.result).carried,
  }))
}

function means(run: RunResult): { ttftNs: number; tpotNs: number | null; e2eNs: number } {
  const tpots = run.requests.flatMap(({ tpotNs }) => (tpotNs === null ? [] : [tpotNs]))
  return {
    ttftNs: mean(run.requests.map(({ ttftNs }) => ttftNs)),
    tpotNs: tpots.length > 0 ? mean(tpots) : null,
    e2eNs: mean(run.requests.map(({ e2eNs }) => e2eNs)),
  }
}
