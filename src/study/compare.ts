import { inferredShares } from '../analysis/inferred.js'
import { comparisonRows } from '../analysis/comparison.js'
import type { ComparisonRow } from '../analysis/tables.js'
import type { RunResult } from '../run/result.js'
import type { Trace } from '../trace/trace.js'
import { replaysOf, runCell, type CellRun, type CellSpec } from './cell.js'

export const COMPARISON_SCHEMA = 'worldswitch-comparison/1'

/** One trace under several policies; what `compare --json` prints, one entry a trace. */
export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA
  readonly trace: { readonly name: string; readonly hash: string; readonly ops: number; readonly how: string; readonly device: string }
  readonly inferred: readonly { readonly field: string; readonly rule: string; readonly share: number }[]
  readonly baseline: string
  readonly rows: readonly ComparisonRow[]
  readonly runs: readonly RunResult[]
}

export interface Compared {
  readonly comparison: Comparison
  readonly cells: readonly CellRun[]
}

/** Speed-ups are over `baseline`; without one over the strawman if it takes part, else over the first policy. */
export async function compareCells(trace: Trace, policies: readonly string[], spec: Omit<CellSpec, 'trace' | 'policy'>, baseline?: string): Promise<Compared> {
  let done = 0
  const cells: CellRun[] = []
  for (const policy of policies) {
    cells.push(await runCell({ ...spec, trace, policy, onReplay: (n) => spec.onReplay?.(done + n) }))
    done += replaysOf(spec)
  }
  const runs = cells.map((cell) => cell.result)
  const over = baseline ?? (policies.includes('strawman') ? 'strawman' : policies[0]!)
  const { header } = trace
  const comparison: Comparison = {
    schema: COMPARISON_SCHEMA,
    trace: { name: header.name, hash: trace.hash, ops: trace.ops.length, how: header.provenance.how, device: header.device },
    inferred: inferredShares(trace),
    baseline: over,
    rows: comparisonRows(runs, over),
    runs,
  }
  return { comparison, cells }
}
