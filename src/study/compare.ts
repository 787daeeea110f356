import { UsageFault } from '../base/errors.js'
import { inferredShares } from '../analysis/inferred.js'
import { comparisonRows } from '../analysis/comparison.js'
import type { ComparisonRow } from '../analysis/tables.js'
import type { RunResult } from '../run/result.js'
import { replaysOf, runCell, type CellRun, type CellSpec } from './cell.js'
import type { Subject } from './subject.js'

export const COMPARISON_SCHEMA = 'worldswitch-comparison/1'

/** One trace or workload under several policies; what `compare --json` prints, one entry a trace. */
export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA
  /** `ops` is null for a workload, whose operators follow from its models as it is served. */
  readonly trace: { readonly name: string; readonly hash: string; readonly requests: number; readonly ops: number | null; readonly how: 'recorded' | 'synthetic' | 'imported' | 'workload'; readonly device: string }
  readonly inferred: readonly { readonly field: string; readonly rule: string; readonly share: number }[]
  readonly baseline: string
  readonly rows: readonly ComparisonRow[]
  readonly runs: readonly RunResult[]
}

export interface Compared {
  readonly comparison: Comparison
  readonly cells: readonly CellRun[]
}

/** What speed-ups are over: what was asked for, else the strawman if it takes part, else the first. Throws `UsageFault` where what
 *  was asked for does not take part. */
export function baselineOf(policies: readonly string[], asked?: string): string {
  if (asked !== undefined && !policies.includes(asked)) throw new UsageFault(`the baseline ${asked} is not among the policies`)
  return asked ?? (policies.includes('strawman') ? 'strawman' : policies[0]!)
}

/** `resultsOnly`: tasks and ledgers of a cell are let go once `onCell` has seen it. Speed-ups are over `baselineOf` the policies. */
export async function compareCells(subject: Subject, policies: readonly string[], spec: Omit<CellSpec, 'subject' | 'policy'> & { readonly resultsOnly?: boolean; readonly onCell?: (cell: CellRun) => void }, baseline?: string): Promise<Compared> {
  const reference = baselineOf(policies, baseline)
  let done = 0
  const cells: CellRun[] = []
  const runs: RunResult[] = []
  for (const policy of policies) {
    const cell = await runCell({ ...spec, subject, policy, onReplay: (n) => spec.onReplay?.(done + n) })
    runs.push(cell.result)
    spec.onCell?.(cell)
    if (spec.resultsOnly !== true) cells.push(cell)
    done += replaysOf(spec)
  }
  // A module goes by its hash in results, by its path in what somebody asked for.
  const over = runs[policies.indexOf(reference)]!.cell.policy
  const { trace, source } = subject
  const comparison: Comparison = {
    schema: COMPARISON_SCHEMA,
    trace: {
      name: subject.name,
      hash: subject.hash,
      requests: source.requests.length,
      ops: trace?.ops.length ?? null,
      how: trace?.header.provenance.how ?? 'workload',
      device: trace?.header.device ?? runs[0]!.cell.device,
    },
    inferred: trace === undefined ? [] : inferredShares(trace),
    baseline: over,
    rows: comparisonRows(runs, over),
    runs,
  }
  return { comparison, cells }
}
