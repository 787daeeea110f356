import { hasPrefill } from '../analysis/as-recorded.js'
import { opDifferences, opSpans } from '../analysis/op-differences.js'
import type { OpDifferenceRow } from '../analysis/study-tables.js'
import type { Store } from '../store/store.js'
import { advise, findings, type Advice } from '../study/advice/advise.js'
import type { Finding } from '../study/advice/rules.js'
import type { CellSpec } from '../study/cell.js'
import { compareDraws } from '../study/compare-draws.js'
import { baselineOf, compareCells, type Comparison } from '../study/compare.js'
import type { RunCellsOptions } from '../study/cells/run-cells.js'
import { resolveSubject } from '../study/resolve-subject.js'
import type { Subject } from '../study/subject.js'
import { executorOf, type StudyFlags } from './study-flags.js'
import type { ComparisonFindings } from './report-comparison.js'

/** What is compared: one trace or workload on one device, under several policies. */
export interface CompareOne {
  readonly reference: string
  readonly policies: readonly string[]
  readonly baseline: string | undefined
  readonly cell: Omit<CellSpec, 'subject' | 'policy'>
  /** Advice for traces, for workloads (whose replays may take minutes) only when asked for. */
  readonly advice: boolean | undefined
  /** Shows what is carried over from another machine too. */
  readonly carryOver: boolean
}

/** How progress is told: of cells with all their draws, then of a study's cells. */
export interface CompareProgress {
  replaying(name: string, total: number): { update(done: number): void; stop(): void }
  study(label: string, executor: string): { update(done: number, total: number): void; stop(): void }
}

export interface ComparedOne extends ComparisonFindings {
  readonly subject: Subject
  readonly comparison: Comparison
}

/** Replays all policies, then what goes with it: paired draws, operators side by side, advice that was replayed. */
export async function compareOne(store: Store, { reference, policies: asked, baseline, cell, advice, carryOver }: CompareOne, flags: StudyFlags, progress: CompareProgress): Promise<ComparedOne> {
  const subject = await resolveSubject(store, reference, cell.device.profile)
  const bar = progress.replaying(subject.name, asked.length)
  const found = new Map<string, { findings: Finding[]; spans?: Float64Array }>()
  const prefilled = subject.trace === undefined || hasPrefill(subject.trace)
  const wantsAdvice = advice ?? subject.trace !== undefined
  const { comparison } = await compareCells(
    subject,
    asked,
    {
      ...cell,
      samples: 0, // draws are cells of the store
      carryOver,
      resultsOnly: true,
      onReplay: (done) => bar.update(done),
      onCell: (run, policy) => found.set(policy, { findings: wantsAdvice ? findings({ ...run, hasPrefill: prefilled }) : [], ...(subject.trace === undefined ? {} : { spans: opSpans(subject.trace, run.replayed) }) }),
    },
    baseline,
  )
  bar.stop()
  const { policies } = comparison
  const over = baselineOf(policies, baseline !== undefined && policies.includes(baseline) ? baseline : undefined)
  const seen = policies.map((one) => ({ reference: one, findings: found.get(one)!.findings }))
  const spans = policies.flatMap((one) => found.get(one)!.spans ?? [])
  const own = subject.trace === undefined ? [] : operatorRows(subject, policies, over, spans)
  const changes = seen.reduce((sum, one) => sum + one.findings.length, 0)
  if (cell.samples === 0 && changes === 0) return { subject, comparison, pairs: [], advice: [], operators: own }
  const executor = await executorOf(flags, changes * 2 + 2 * policies.length * (1 + cell.samples))
  const study = progress.study('draws and advice', executor.name)
  const options: RunCellsOptions = { retryFailed: flags['retry-failed'], keepTasks: flags['keep-tasks'], consent: cell.consent, onProgress: study.update }
  try {
    const spec = { ...cell, subject: reference }
    const draws = cell.samples === 0 ? undefined : await compareDraws(store, { ...spec, policies, baseline: over }, executor, options)
    const runs = comparison.runs.map((run, i) => ({ ...run, intervals: draws?.intervals[i] ?? null }))
    const advised: Advice[] = changes === 0 ? [] : await advise(store, { ...spec, seen }, executor, options)
    return { subject, comparison: { ...comparison, runs }, pairs: draws?.pairs ?? [], advice: advised, operators: own }
  } finally {
    study.stop()
    await executor.close()
  }
}

function operatorRows({ trace }: Subject, policies: readonly string[], baseline: string, spans: readonly Float64Array[]): OpDifferenceRow[] {
  const base = spans[policies.indexOf(baseline)]
  if (base === undefined) return []
  return policies.flatMap((first, i) => (first === baseline ? [] : opDifferences(trace!, spans[i]!, base).map((row) => ({ first, second: baseline, ...row }))))
}
