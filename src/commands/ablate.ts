import { string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { printable } from '../base/quote.js'
import { formatNs, formatShare } from '../base/units.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { carryOverFlag, cellFlags, studyState } from '../cli/cell-flags.js'
import { splitAssignment } from '../cli/flags.js'
import { studyFlags } from '../cli/study-flags.js'
import type { Ablation } from '../study/ablate/ablation.js'
import { metricName, type Metric } from '../study/metric.js'

export default class Ablate extends WorldswitchCommand {
  static override summary = 'Say what each step from one policy to another is worth: every combination, shared out by Shapley values.'
  static override description = 'Steps are the factors in which the policies differ (memory, NPU, residency, pipeline, scheduler, start-up); the NPU’s way from none leads over the co-driver, so that having an NPU and switching it cheaply are told apart.'
  static override examples = ['<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --from strawman --to flexserve --samples 100 --report out', '<%= config.bin %> <%= command.id %> chained --from optimized-strawman --to flexserve --metric e2e']
  static override args = { trace: stringArg({ required: true, description: 'A stored trace or workload by name or id prefix, or a file.' }) }
  static override flags = {
    from: string({ default: 'strawman', helpValue: 'ID', summary: 'The policy to begin with.' }),
    to: string({ default: 'flexserve', helpValue: 'ID', summary: 'The policy to end with.' }),
    metric: string({ default: 'ttft', options: ['ttft', 'tpot', 'e2e'], summary: 'The time that is shared out.' }),
    path: string({ multiple: true, default: [], helpValue: 'FACTOR=A,B,C', summary: 'A factor’s way, mechanism by mechanism.' }),
    ...cellFlags,
    'carry-over': carryOverFlag,
    ...studyFlags,
  }

  async run(): Promise<Ablation> {
    const { args, flags } = await this.parse(Ablate)
    const { ablate } = await import('../study/ablate/ablation.js')
    const paths = new Map(flags.path.map((text) => {
      const [factor, way] = splitAssignment(text)
      return [factor, way.split(',')] as const
    }))
    const state = await studyState(flags)
    const spec = { subject: args.trace, from: flags.from, to: flags.to, ...state, metric: flags.metric as Metric, paths, seed: flags.seed, samples: flags.samples }
    const { ablation } = await this.study(flags, `${flags.from} → ${flags.to}`, [flags.from, flags.to], 64 * (1 + 2 * flags.samples), (store, executor, options) => ablate(store, spec, executor, options))
    this.show(ablation)
    if (flags.report !== undefined) {
      const { writeAblation } = await import('../cli/report-ablation.js')
      for (const path of await writeAblation(ablation, flags.report, this.again)) this.print(printable(path, 1000))
    }
    return ablation
  }

  private show({ origin, hasPrefill, subject, device, from, to, metric, fromNs, toNs, steps, groups, cells, interactions, orders, warnings }: Ablation): void {
    const whole = fromNs - toNs
    const range = (low: number | null, high: number | null): string => (low === null || high === null ? '' : ` [${formatNs(low)}, ${formatNs(high)}]`)
    const name = metricName(metric, hasPrefill)
    this.print(`${printable(subject)} on ${device}: ${printable(origin.line, 1000)}`)
    this.print(`${name} ${formatNs(fromNs)} under ${from}, ${formatNs(toNs)} under ${to}: ${(fromNs / toNs).toFixed(2)}×, shared out over ${orders} possible orders`)
    this.table(steps.map((one) => ({ step: one.step, 'what it is': one.group, wins: `${formatNs(one.gainNs)}${range(one.lowNs, one.highNs)}`, share: formatShare(whole === 0 ? 0 : one.gainNs / whole), factor: `${one.ratio.toFixed(3)}×`, 'one in': one.oneInNs === null ? 'cannot be' : formatNs(one.oneInNs), 'one out': one.oneOutNs === null ? 'cannot be' : formatNs(one.oneOutNs) })))
    this.print('\nBy what the steps are:')
    this.table(groups.map((one) => ({ 'what it is': one.group, wins: `${formatNs(one.gainNs)}${range(one.lowNs, one.highNs)}`, share: formatShare(one.share), factor: `${one.ratio.toFixed(3)}×` })))
    this.print('\nBy cause, time won (negative: time added):')
    this.table(steps.map((one) => ({ step: one.step, ...Object.fromEntries(Object.entries(one.byCauseNs).map(([cause, ns]) => [cause, formatNs(ns)])) })))
    this.print('\nInteractions (above 0: together they win more than apart):')
    this.table(interactions.map((one) => ({ step: one.first, with: one.second, interaction: one.interactionNs === null ? 'not identified' : formatNs(one.interactionNs) })))
    this.print('\nEvery combination:')
    this.table(cells.map((one) => ({ combination: one.levels, [name]: one.valueNs === null ? one.state : formatNs(one.valueNs), why: one.note })))
    for (const warning of warnings) this.warnLine(warning)
  }
}
