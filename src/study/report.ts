import { asRecordedRow } from '../analysis/as-recorded.js'
import { comparedRows } from '../analysis/comparison.js'
import { exposedRows, intervalRows, stepRows, switchRows } from '../analysis/cause-rows.js'
import { exposureRows } from '../analysis/exposure-timeline.js'
import { memoryRows, recallRows, taxRows } from '../analysis/ledger-rows.js'
import { parameterRows } from '../analysis/parameters.js'
import { recordedRows } from '../analysis/recorded-rows.js'
import type { ReportCase, ReportData } from '../analysis/report-data.js'
import { timelineRows } from '../analysis/timeline.js'
import { pressureOf } from './cell.js'
import { unprotectedOf, type Compared } from './compare.js'
import type { ResolvedDevice } from './device.js'
import type { Subject } from './subject.js'
import { pieceNotes, readingNotes } from './readings.js'
import { MATTERS, parameterEffects } from './effects.js'

/** Layers of the prefill that the timeline shows: the embedding and the first two. */
const TIMELINE_LAYER = 1

/** What the report says of one trace: its tables, and the parameters that decided it (a replay a parameter and policy). */
export async function reportCase({ trace, name, hash, source }: Subject, { comparison, cells }: Compared, device: ResolvedDevice, title: string, onReplay?: () => void): Promise<ReportCase> {
  const { runs, rows, hasPrefill, asRecorded, policies } = comparison
  // A module goes by its hash in tables, by its path in what somebody asked for.
  const carriedOver = comparison.carriedOver.map((one) => ({ ...one, policy: rows[policies.indexOf(one.policy)]!.policy }))
  const steps = stepRows(runs)
  const settings = cells.map((cell) => cell.setting)
  // A workload takes seconds a replay: a replay a parameter, policy and reading would take an hour.
  const nudged = trace === undefined ? [] : settings
  const effects = await parameterEffects(nudged, device, onReplay)
  const warnings = new Set<string>([...comparison.notices, ...carriedOver.map(({ policy, reason }) => `${policy} *: ${reason}`)])
  for (const run of runs) {
    for (const warning of run.warnings) warnings.add(everyPolicySays(runs, warning) ? warning : `${run.cell.policy}: ${warning}`)
    for (const note of run.intervals?.notes ?? []) warnings.add(note)
  }
  for (const note of [...readingNotes(nudged, device), ...pieceNotes(nudged)]) warnings.add(note)
  if (trace === undefined) warnings.add('which parameters decide a workload, and what other readings would say, is not looked for: look at a single request of it')
  return {
    title,
    traceName: name,
    traceHash: hash,
    ops: trace?.ops.length ?? null,
    requests: source.requests.length,
    origin: comparison.origin,
    asRecorded,
    hasPrefill,
    leftOut: comparison.leftOut,
    carriedOver,
    notices: comparison.notices,
    inferred: comparison.inferred,
    baseline: comparison.baseline,
    tables: {
      'as-recorded': asRecorded === null ? [] : [asRecordedRow(asRecorded, unprotectedOf(comparison))],
      comparison: comparedRows(rows, runs, comparison.baseline, hasPrefill),
      'exposed-by-cause': exposedRows(runs, hasPrefill),
      'switch-by-cause': switchRows(runs),
      steps,
      'recorded-switches': trace === undefined ? [] : recordedRows(trace, steps),
      intervals: intervalRows(runs, (run) => rows[runs.indexOf(run)]!, hasPrefill),
      timeline: cells.flatMap(({ policy, replayed: { plan, schedule } }, order) =>
        timelineRows(policy.id, order, { tasks: plan.graph.tasks, startNs: schedule.startNs, servers: plan.servers }, plan.requests[0]!.index, TIMELINE_LAYER),
      ),
      tax: taxRows(runs),
      'memory-ledger': memoryRows(runs),
      recalls: recallRows(runs),
      'exposure-timeline': cells.flatMap(({ policy, replayed: { plan }, tally, result }, order) =>
        exposureRows(policy.id, order, { plan, tally, isSecure: policy.memory.secure, untilNs: plan.requests[0]!.arrivalNs + result.requests[0]!.ttftNs }),
      ),
      parameters: parameterRows(device.profile, effects, MATTERS),
    },
    warnings: [...warnings],
  }
}

const everyPolicySays = (runs: Compared['comparison']['runs'], warning: string): boolean => runs.every((run) => run.warnings.includes(warning))

export function reportData(
  cases: readonly ReportCase[],
  compared: readonly Compared[],
  device: ResolvedDevice,
  facts: { readonly title: string; readonly version: string; readonly command: string; readonly seed: number; readonly samples: number; readonly pressureBytes?: number },
): ReportData {
  return {
    title: facts.title,
    version: facts.version,
    device: { id: device.profile.id, title: device.profile.title, note: device.profile.note },
    pressureBytes: facts.pressureBytes ?? pressureOf(device),
    seed: facts.seed,
    samples: facts.samples,
    command: facts.command,
    policies: [...new Map(compared.flatMap(({ cells }) => cells.map(({ policy: { id, summary, source } }) => [id, { id, summary, source }] as const))).values()],
    cases,
  }
}
