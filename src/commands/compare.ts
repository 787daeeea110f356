import { string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { UsageFault } from '../base/errors.js'
import { printable } from '../base/quote.js'
import { formatShare } from '../base/units.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { cellFlags, cellSpec, comparedPolicies } from '../cli/cell-flags.js'
import { comparisonCells, comparisonColumns } from '../cli/show-comparison.js'
import { serviceCells, taxCells } from '../cli/show-service.js'
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
    'fail-on': string({ multiple: true, default: [], helpValue: 'COND', summary: 'Exit with 4 when met: POLICY:METRIC>VALUE, such as flexserve:ttft>4s.' }),
    baseline: string({ helpValue: 'POLICY', summary: 'What speed-ups are over. [default: strawman, else the first]' }),
  }

  async run(): Promise<{ schema: string; comparisons: Comparison[] }> {
    const { argv, flags } = await this.parse(Compare)
    const [{ openStore }, { resolveSubject }, { compareCells }, { replaysOf }] = await Promise.all([
      import('../store/store.js'),
      import('../study/resolve-subject.js'),
      import('../study/compare.js'),
      import('../study/cell.js'),
    ])
    const { failCondition, checkConditions } = await import('../study/fail-on.js')
    const conditions = flags['fail-on'].map((text) => failCondition(text, flags.policy))
    if (flags.baseline !== undefined && !flags.policy.includes(flags.baseline)) throw new UsageFault(`the baseline ${flags.baseline} is not among the policies`)
    const spec = await cellSpec(flags)
    const store = openStore(this.dbPath(flags))
    const comparisons: Comparison[] = []
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
        for (const warning of new Set(runs.flatMap((run) => [...run.warnings, ...(run.intervals?.notes ?? [])]))) this.warnLine(warning)
      }
    } finally {
      store.close()
    }
    for (const { trace, rows } of comparisons) checkConditions(trace.name, rows, conditions)
    return { schema: 'worldswitch-comparisons/1', comparisons }
  }
}
