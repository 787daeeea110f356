import { UsageFault } from '../base/errors.js'
import { asRecorded, hasPrefill, type AsRecorded } from '../analysis/as-recorded.js'
import { endOf, notices } from '../analysis/notices.js'
import { originLine, type Origin } from '../analysis/origin-line.js'
import { MissingParameter } from '../device/missing.js'
import { inferredShares } from '../analysis/inferred.js'
import { comparisonRows } from '../analysis/comparison.js'
import type { ComparisonRow } from '../analysis/compared-tables.js'
import type { RunResult } from '../run/result.js'
import { replaysOf, runCell, type CellRun, type CellSpec } from './cell.js'
import { holdComparable, incomparable, type LeftOut } from './comparable.js'
import { originOf } from './origin.js'
import type { Subject } from './subject.js'

export const COMPARISON_SCHEMA = 'worldswitch-comparison/1'

/** One trace or workload under several policies; what `compare --json` prints, one entry a trace. */
export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA
  /** `ops` is null for a workload, whose operators follow from its models as it is served. */
  readonly trace: { readonly name: string; readonly hash: string; readonly requests: number; readonly ops: number | null; readonly how: 'recorded' | 'synthetic' | 'imported' | 'workload'; readonly device: string }
  readonly inferred: readonly { readonly field: string; readonly rule: string; readonly share: number }[]
  /** The first line of every output: what was recorded here, predicted, carried over. */
  readonly origin: Origin & { readonly line: string }
  /** The recording itself, before anything is replayed; null: there is none. */
  readonly asRecorded: AsRecorded | null
  /** False: there is no prefill, so that what stands as TTFT is the time of the first pass and the whole is a run time. */
  readonly hasPrefill: boolean
  /** Policies that are not shown, and why. */
  readonly leftOut: readonly LeftOut[]
  /** Policies that would be left out if they had not been asked for: shown, marked. */
  readonly carriedOver: readonly LeftOut[]
  /** The policies of `rows` and `runs` as they were asked for. */
  readonly policies: readonly string[]
  /** What a reader must be told of its own accord. */
  readonly notices: readonly string[]
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

/** From the first arrival to the last token under the unprotected policy, where it takes part. */
export function unprotectedOf({ rows, runs }: Pick<Comparison, 'rows' | 'runs'>): { readonly policy: string; readonly ns: number } | undefined {
  const at = rows.findIndex(({ policy }) => policy === 'unprotected')
  const run = runs[at]
  return run === undefined ? undefined : { policy: rows[at]!.policy, ns: endOf(run) }
}

/** `carryOver`: shows policies too whose operators' times are carried over from another machine. `resultsOnly`: tasks and ledgers of a cell are let go once `onCell` has seen it. Speed-ups are over `baselineOf` the policies. */
export async function compareCells(subject: Subject, policies: readonly string[], spec: Omit<CellSpec, 'subject' | 'policy'> & { readonly carryOver?: boolean; readonly resultsOnly?: boolean; readonly onCell?: (cell: CellRun, policy: string) => void }, baseline?: string): Promise<Compared> {
  baselineOf(policies, baseline)
  let done = 0
  const replayed: { reference: string; result: RunResult; secure: boolean; cell: CellRun | undefined }[] = []
  const leftOut: LeftOut[] = []
  for (const policy of policies) {
    try {
      const cell = await runCell({ ...spec, subject, policy, onReplay: (n) => spec.onReplay?.(done + n) })
      spec.onCell?.(cell, policy)
      replayed.push({ reference: policy, result: cell.result, secure: cell.policy.memory.secure, cell: spec.resultsOnly === true ? undefined : cell })
    } catch (error) {
      if (!(error instanceof MissingParameter) || policies.length === 1) throw error
      leftOut.push({ policy, reason: `it needs ${error.parameter}, which the profile of ${spec.device.profile.id} does not have`, help: `give it: --set ${error.parameter}=VALUE, or add it to the profile` })
    }
    done += replaysOf(spec)
  }
  const origin = originOf(subject, spec.device.profile)
  const carried = incomparable(replayed.map(({ reference: policy, result: { shares } }) => ({ policy, shares })), origin)
  if (spec.carryOver !== true) leftOut.push(...carried)
  holdComparable(subject.name, policies.length, leftOut, Math.min(2, policies.length))
  const shown = replayed.filter(({ reference: policy }) => !leftOut.some((one) => one.policy === policy))
  const runs = shown.map(({ result }) => result)
  const cells = shown.flatMap(({ cell }) => (cell === undefined ? [] : [cell]))
  const names = shown.map(({ reference: policy }) => policy)
  const reference = baseline !== undefined && names.includes(baseline) ? baseline : baselineOf(names)
  const recorded = subject.trace === undefined ? null : asRecorded(subject.trace)
  // A module goes by its hash in results, by its path in what somebody asked for.
  const over = runs[names.indexOf(reference)]!.cell.policy
  const { trace, source } = subject
  const prefilled = trace === undefined || hasPrefill(trace)
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
    origin: { ...origin, line: originLine(origin, runs.map(({ shares }) => shares)) },
    asRecorded: recorded,
    hasPrefill: prefilled,
    leftOut,
    carriedOver: spec.carryOver === true ? carried : [],
    policies: names,
    notices: notices(shown, recorded, origin.here, prefilled),
    baseline: over,
    rows: comparisonRows(runs, over, prefilled),
    runs,
  }
  return { comparison, cells }
}
