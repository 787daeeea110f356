import { boolean, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { printable } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { carryOverFlag, cellFlags, cellSpec, comparedDevices, comparedPolicies } from '../cli/cell-flags.js'
import type { ComparedOne } from '../cli/compare-one.js'
import { studyFlags } from '../cli/study-flags.js'
import { recordedCells, recordedColumns } from '../cli/show-recorded.js'
import { comparisonCells, comparisonColumns, runTimeColumns, sideBySideCells } from '../cli/show-comparison.js'
import { operatorCells, pairCells } from '../cli/show-pairs.js'
import { serviceCells, taxCells } from '../cli/show-service.js'
import type { OpDifferenceRow } from '../analysis/study-tables.js'
import type { Advice } from '../study/advice/advise.js'
import type { PairRow } from '../study/compare-draws.js'
import { unprotectedOf, type Comparison } from '../study/compare.js'

export default class Compare extends WorldswitchCommand {
  static override summary = 'Replay traces or workloads under several policies, on one or more devices, and say where the time goes.'
  static override description = 'With draws (--samples) each policy is compared with the baseline over the same ones. Advice comes from rules with fixed thresholds; each piece of it was replayed.'
  static override strict = false
  static override examples = [
    '<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy strawman --policy flexserve',
    '<%= config.bin %> <%= command.id %> decode.trace.jsonl.gz --samples 200 --pressure 8GiB',
    '<%= config.bin %> <%= command.id %> decode --device rk3588-nanopc-t6 --device snapdragon-8-class',
    '<%= config.bin %> <%= command.id %> decode --fail-on "flexserve:ttft>4s"',
  ]
  static override args = { trace: stringArg({ required: true, description: 'Stored traces or workloads by name or id prefix, or files.' }) }
  static override flags = {
    policy: comparedPolicies,
    ...cellFlags,
    device: comparedDevices,
    ...studyFlags,
    'fail-on': string({ multiple: true, default: [], helpValue: 'COND', summary: 'Exit with 4 when met: POLICY:METRIC>VALUE, such as flexserve:ttft>4s; or against the baseline, ttft>+5%.' }),
    baseline: string({ helpValue: 'POLICY', summary: 'What speed-ups are over. [default: strawman, else the first]' }),
    'carry-over': carryOverFlag,
    ops: boolean({ summary: 'Show operators too: by phase and kind, against the baseline.' }),
    advice: boolean({ allowNo: true, summary: 'Say what would make each policy faster. [default: for traces, not for workloads]' }),
  }

  async run(): Promise<{ schema: string; comparisons: Comparison[]; pairs: (readonly PairRow[])[]; advice: (readonly Advice[])[]; operators: (readonly OpDifferenceRow[])[] }> {
    const { argv, flags } = await this.parse(Compare)
    const [{ openStore }, { compareOne }, { baselineOf }, { failConditions, checkConditions }] = await Promise.all([import('../store/store.js'), import('../cli/compare-one.js'), import('../study/compare.js'), import('../study/fail-on.js')])
    const conditions = flags['fail-on'].flatMap((text) => failConditions(text, flags.policy))
    baselineOf(flags.policy, flags.baseline)
    const cells = await Promise.all(flags.device.map((device) => cellSpec({ ...flags, device }, flags.policy)))
    const store = openStore(this.dbPath(flags))
    const compared: ComparedOne[] = []
    const warnings = new Set<string>()
    try {
      for (const reference of argv as string[])
        for (const cell of cells) {
          const one = await compareOne(store, { reference, policies: flags.policy, baseline: flags.baseline, cell, advice: flags.advice, carryOver: flags['carry-over'] }, flags, { replaying: (name, total) => this.progress(`replaying ${name}`, total), study: (label, executor) => this.studyProgress(label, executor) })
          compared.push(one)
          this.show(one, cell.device.profile.id, flags.ops)
          const { trace, runs, notices } = one.comparison
          for (const notice of notices) warnings.add(notice)
          if (flags.report !== undefined) {
            const { writeComparison } = await import('../cli/report-comparison.js')
            const name = `comparison-${trace.name}${cells.length > 1 ? `-${cell.device.profile.id}` : ''}`
            for (const path of await writeComparison(one.comparison, one, flags.report, name, this.again)) this.print(printable(path, 1000))
          }
          for (const run of runs) for (const warning of [...run.warnings, ...(run.intervals?.notes ?? [])]) warnings.add(warning)
        }
    } finally {
      store.close()
    }
    const comparisons = compared.map(({ comparison }) => comparison)
    if (comparisons.length > 1) {
      this.print('\nSide by side:')
      this.table(sideBySideCells(comparisons))
    }
    for (const warning of warnings) this.warnLine(warning)
    for (const { trace, rows, policies, baseline } of comparisons) checkConditions(trace.name, rows, conditions, policies, baseline)
    return { schema: 'worldswitch-comparisons/1', comparisons, pairs: compared.map(({ pairs }) => pairs), advice: compared.map(({ advice }) => advice), operators: compared.map(({ operators }) => operators) }
  }

  private show({ subject, comparison, pairs, advice, operators }: ComparedOne, device: string, ops: boolean): void {
    const { runs, trace, baseline, origin, asRecorded, hasPrefill, leftOut, carriedOver } = comparison
    this.print(`${printable(subject.name)} (${subject.trace === undefined ? `${subject.source.requests.length} requests` : `${subject.trace.ops.length} ops`}, ${trace.how}) on ${printable(device)}: ${printable(origin.line, 1000)}; speed-ups over ${baseline}`)
    for (const { policy, reason, help } of leftOut) this.print(`left out: ${printable(policy, 200)}: ${printable(reason, 500)}; ${printable(help, 500)}`)
    for (const { policy, reason } of carriedOver) this.print(`* ${printable(policy, 200)}: ${printable(reason, 500)}`)
    if (asRecorded !== null) this.table(recordedCells(asRecorded, unprotectedOf(comparison)), recordedColumns)
    this.table(comparisonCells(comparison), hasPrefill ? comparisonColumns : runTimeColumns)
    if (runs.some(({ serving }) => serving !== null)) this.table(serviceCells(runs))
    this.table(taxCells(runs))
    if (pairs.length > 0) {
      this.print(`\nDifferences from ${baseline} over the same draws (2.5 to 97.5 %):`)
      this.table(pairCells(pairs, hasPrefill))
    }
    if (ops && operators.length > 0) {
      this.print(`\nOperators against ${baseline}:`)
      this.table(operatorCells(operators))
    }
    if (advice.length === 0) return
    this.print('\nAdvice, each replayed:')
    for (const { policy, words, verdict } of advice) if (verdict === 'wins') this.print(`  ${printable(policy, 200)}: ${printable(words, 500)}`)
    const vain = advice.filter(({ verdict }) => verdict !== 'wins')
    if (vain.length > 0) this.print(`  tried without gain: ${vain.map(({ policy, change, verdict }) => `${printable(policy, 200)} with ${change}${verdict === 'wins nothing' ? '' : ' (cannot be)'}`).join(', ')}`)
  }
}
