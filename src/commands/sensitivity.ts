import { integer, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { printable } from '../base/quote.js'
import { formatNs, formatShare } from '../base/units.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { carryOverFlag, cellFlags, studyState } from '../cli/cell-flags.js'
import { studyFlags } from '../cli/study-flags.js'
import { metricName, type Metric } from '../study/metric.js'
import type { Sensitivity as Result } from '../study/sensitivity/sensitivity.js'

/** Parameters shown on a terminal. */
const SHOWN = 25

export default class Sensitivity extends WorldswitchCommand {
  static override summary = 'Say which parameter moves the result, whose uncertainty makes it uncertain, and what to measure next.'
  static override examples = ['<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy flexserve --over strawman --rows 128', '<%= config.bin %> <%= command.id %> chained --policy flexserve --metric e2e --report out']
  static override args = { trace: stringArg({ required: true, description: 'A stored trace or workload by name or id prefix, or a file.' }) }
  static override flags = {
    policy: string({ char: 'p', default: 'flexserve', helpValue: 'ID', summary: 'Under which policy.' }),
    over: string({ helpValue: 'ID', summary: 'The gain over this policy, not the time itself.' }),
    metric: string({ default: 'ttft', options: ['ttft', 'tpot', 'e2e'], summary: 'Which time.' }),
    rows: integer({ default: 0, min: 0, max: 100_000, helpValue: 'N', summary: 'Rows of Saltelli’s design for variance-based indices (cells: N × (parameters + 2) × policies); 0: tornado alone.' }),
    device: cellFlags.device,
    pressure: cellFlags.pressure,
    set: cellFlags.set,
    initial: cellFlags.initial,
    seed: cellFlags.seed,
    contention: cellFlags.contention,
    placement: cellFlags.placement,
    'carry-over': carryOverFlag,
    ...studyFlags,
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Sensitivity)
    const { sensitivity } = await import('../study/sensitivity/sensitivity.js')
    const state = await studyState({ ...flags, samples: 0 })
    const spec = { subject: args.trace, policy: flags.policy, ...(flags.over === undefined ? {} : { over: flags.over }), metric: flags.metric as Metric, ...state, seed: flags.seed, rows: flags.rows }
    const { sensitivity: found } = await this.study(flags, 'sensitivity', [flags.policy, flags.over], 80, (store, executor, options) => sensitivity(store, spec, executor, options))
    const shown = (value: number): string => (found.over === null ? formatNs(value) : `${value.toFixed(3)}×`)
    this.print(`${printable(found.subject)} on ${found.device}: ${printable(found.origin.line, 1000)}`)
    this.print(`${metricName(found.metric, found.hasPrefill)} of ${found.policy}${found.over === null ? '' : `, gain over ${found.over}`}: ${shown(found.value)}`)
    this.table(found.tornado.slice(0, SHOWN).map(({ parameter, low, high, unit, grade, spread, swing }) => ({ parameter, low: `${Number(low.at.toPrecision(4))} ${unit}`, there: shown(low.value), high: `${Number(high.at.toPrecision(4))} ${unit}`, 'there ': shown(high.value), swing: formatShare(swing), grade, spread })))
    if (found.indices.length > 0) {
      this.print(`\nShares of the variance over ${found.rows} rows (95 % intervals):`)
      this.table(found.indices.map((one) => ({ parameter: one.parameter, 'first order': `${one.first.toFixed(3)} [${one.firstLow.toFixed(3)}, ${one.firstHigh.toFixed(3)}]`, total: `${one.total.toFixed(3)} [${one.totalLow.toFixed(3)}, ${one.totalHigh.toFixed(3)}]`, grade: one.grade })))
    }
    const [next] = found.measureNext
    if (next !== undefined) this.print(`\nMeasure next: ${found.measureNext.slice(0, 5).map(({ parameter, swing }) => `${parameter} (${formatShare(swing)})`).join(', ')}. Nobody measured ${next.parameter}, and it moves this result most.`)
    for (const warning of found.warnings) this.warnLine(warning)
    if (flags.report !== undefined) {
      const { writeSensitivity } = await import('../cli/report-sensitivity.js')
      for (const path of await writeSensitivity(found, flags.report, this.again)) this.print(printable(path, 1000))
    }
    return found
  }
}
