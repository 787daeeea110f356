import { string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { UsageFault } from '../base/errors.js'
import { printable } from '../base/quote.js'
import { formatShare } from '../base/units.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { cellFlags, cellSpec, comparedPolicies } from '../cli/cell-flags.js'
import { executorOf, studyFlags, type StudyFlags } from '../cli/study-flags.js'
import { comparisonCells, comparisonColumns } from '../cli/show-comparison.js'
import { pairCells } from '../cli/show-pairs.js'
import { serviceCells, taxCells } from '../cli/show-service.js'
import type { Store } from '../store/store.js'
import type { CellSpec } from '../study/cell.js'
import type { PairRow } from '../study/compare-pairs.js'
import type { Comparison } from '../study/compare.js'

export default class Compare extends WorldswitchCommand {
  static override summary = 'Replay traces or workloads under several policies and say where the time goes.'
  static override strict = false
  static override examples = [
    '<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy strawman --policy flexserve',
    '<%= config.bin %> <%= command.id %> decode.trace.jsonl.gz --samples 200 --pressure 8GiB',
    '<%= config.bin %> <%= command.id %> decode --fail-on "flexserve:ttft>4s"',
  ]
  static override args = { trace: stringArg({ required: true, description: 'Stored traces or workloads by name or id prefix, or files.' }) }
  static override flags = {
    policy: comparedPolicies,
    ...cellFlags,
    ...studyFlags,
    'fail-on': string({ multiple: true, default: [], helpValue: 'COND', summary: 'Exit with 4 when met: POLICY:METRIC>VALUE, such as flexserve:ttft>4s; or against the baseline, ttft>+5%.' }),
    baseline: string({ helpValue: 'POLICY', summary: 'What speed-ups are over. [default: strawman, else the first]' }),
  }

  async run(): Promise<{ schema: string; comparisons: Comparison[]; pairs: PairRow[][] }> {
    const { argv, flags } = await this.parse(Compare)
    const [{ openStore }, { resolveSubject }, { compareCells }, { replaysOf }] = await Promise.all([
      import('../store/store.js'),
      import('../study/resolve-subject.js'),
      import('../study/compare.js'),
      import('../study/cell.js'),
    ])
    const { failConditions, checkConditions } = await import('../study/fail-on.js')
    const conditions = flags['fail-on'].flatMap((text) => failConditions(text, flags.policy))
    if (flags.baseline !== undefined && !flags.policy.includes(flags.baseline)) throw new UsageFault(`the baseline ${flags.baseline} is not among the policies`)
    const spec = await cellSpec(flags)
    const store = openStore(this.dbPath(flags))
    const comparisons: Comparison[] = []
    const pairs: PairRow[][] = []
    try {
      for (const ref of argv as string[]) {
        const subject = await resolveSubject(store, ref, spec.device.profile)
        const progress = this.progress(`replaying ${subject.name}`, flags.policy.length * replaysOf(spec))
        const { comparison } = await compareCells(subject, flags.policy, { ...spec, resultsOnly: true, onReplay: (done) => progress.update(done) }, flags.baseline)
        progress.stop()
        comparisons.push(comparison)
        const { rows, runs } = comparison
        this.print(`${printable(subject.name)} (${subject.trace === undefined ? `${subject.source.requests.length} requests` : `${subject.trace.ops.length} ops`}, ${comparison.trace.how}) on ${spec.device.profile.id}`)
        this.print(`${formatShare(rows[0]!.predictedShare)} of compute time is predicted; speed-ups over ${comparison.baseline}`)
        this.table(comparisonCells(rows, runs), comparisonColumns)
        if (runs.some(({ serving }) => serving !== null)) this.table(serviceCells(runs))
        this.table(taxCells(runs))
        pairs.push(await this.pairs(store, ref, flags, spec, comparison.baseline))
        if (flags.report !== undefined) {
          const { writeComparison } = await import('../cli/report-comparison.js')
          for (const path of await writeComparison(comparison, pairs.at(-1)!, flags.report, ['worldswitch compare', ...this.argv].join(' '))) this.print(printable(path, 1000))
        }
        for (const warning of new Set(runs.flatMap((run) => [...run.warnings, ...(run.intervals?.notes ?? [])]))) this.warnLine(warning)
      }
    } finally {
      store.close()
    }
    for (const { trace, rows, baseline } of comparisons) checkConditions(trace.name, rows, conditions, baseline)
    return { schema: 'worldswitch-comparisons/1', comparisons, pairs }
  }

  /** With draws: each policy against the baseline over the same ones. */
  private async pairs(store: Store, subject: string, flags: StudyFlags & { readonly policy: string[] }, spec: Omit<CellSpec, 'subject' | 'policy'>, baseline: string): Promise<PairRow[]> {
    if (spec.samples === 0 || !flags.policy.includes(baseline) || flags.policy.length < 2) return []
    const { comparePairs } = await import('../study/compare-pairs.js')
    const executor = await executorOf(flags, flags.policy.length * (1 + spec.samples))
    const progress = this.studyProgress('paired draws', executor.name)
    try {
      const rows = await comparePairs(store, { ...spec, subject, policies: flags.policy, baseline }, executor, { retryFailed: flags['retry-failed'], keepTasks: flags['keep-tasks'], onProgress: progress.update })
      progress.stop()
      this.print(`\nDifferences from ${baseline} over the same draws (2.5 to 97.5 %):`)
      this.table(pairCells(rows))
      return rows
    } finally {
      await executor.close()
    }
  }
}
