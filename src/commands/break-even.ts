import { boolean, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { UsageFault } from '../base/errors.js'
import { printable } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { carryOverFlag, cellFlags, studyState } from '../cli/cell-flags.js'
import { studyFlags } from '../cli/study-flags.js'
import type { BreakEven as Result } from '../study/break-even/break-even.js'
import { metricName, type Metric } from '../study/metric.js'

const number = (flag: string, text: string): number => {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) throw new UsageFault(`--${flag}: expected a number above 0, found ${printable(text, 40)}`)
  return value
}

export default class BreakEven extends WorldswitchCommand {
  static override summary = 'Find the value of a cost at which one policy’s gain over another is gone.'
  static override examples = ['<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy flexserve --over optimized-strawman --cost flexMem.allocate8GiBMs --samples 100']
  static override args = { trace: stringArg({ required: true, description: 'A stored trace or workload by name or id prefix, or a file.' }) }
  static override flags = {
    policy: string({ char: 'p', default: 'flexserve', helpValue: 'ID', summary: 'Whose gain.' }),
    over: string({ default: 'optimized-strawman', helpValue: 'ID', summary: 'Over whom.' }),
    cost: string({ multiple: true, default: ['flexMem.allocate8GiBMs', 'npu.modeSwitchMs', 'npu.launchMs', 'npu.submitFlexUs', 'world.switchUs', 'flexMem.smmuMap8GiBMs'], helpValue: 'PARAM', summary: 'A device’s parameter; may be given several times.' }),
    metric: string({ default: 'ttft', options: ['ttft', 'tpot', 'e2e'], summary: 'Which time.' }),
    target: string({ default: '1', helpValue: 'GAIN', summary: 'The gain that is asked for.' }),
    from: string({ default: '0.0625', helpValue: 'X', summary: 'Scan from this multiple of the cost.' }),
    to: string({ default: '4096', helpValue: 'X', summary: 'To this one.' }),
    frontier: boolean({ summary: 'The first two costs together, as a map.' }),
    ...cellFlags,
    'carry-over': carryOverFlag,
    ...studyFlags,
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(BreakEven)
    const { breakEven } = await import('../study/break-even/break-even.js')
    const [from, to, target] = [number('from', flags.from), number('to', flags.to), number('target', flags.target)]
    if (from >= to) throw new UsageFault('--from must be below --to')
    const state = await studyState(flags)
    const spec = { subject: args.trace, policy: flags.policy, over: flags.over, metric: flags.metric as Metric, ...state, costs: flags.cost, target, from, to, seed: flags.seed, samples: flags.samples, frontier: flags.frontier }
    const { breakEven: found } = await this.study(flags, 'break-even', [flags.policy, flags.over], 66 * flags.cost.length, (store, executor, options) => breakEven(store, spec, executor, options))
    this.print(`${printable(found.subject)} on ${found.device}: ${printable(found.origin.line, 1000)}`)
    this.print(`${found.policy} is ${found.gain.toFixed(3)}× faster than ${found.over} (${metricName(found.metric, found.hasPrefill)})`)
    this.table(found.costs.map(({ cost, base, unit, crossings, finding }) => ({ cost, value: `${base} ${unit}`, finding, '95 %': crossings.map(({ low, high }) => (low === null || high === null ? '–' : `${low.toPrecision(4)} to ${high.toPrecision(4)}`)).join('; ') })))
    for (const warning of found.warnings) this.warnLine(warning)
    if (flags.report !== undefined) {
      const { writeBreakEven } = await import('../cli/report-break-even.js')
      for (const path of await writeBreakEven(found, flags.report, this.again)) this.print(printable(path, 1000))
    }
    return found
  }
}
