import { string } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { factors } from '../../replay/factors.js'

export default class PoliciesShow extends WorldswitchCommand {
  static override summary = 'Show a policy: its six answers, what it promises, what nobody built.'
  static override examples = ['<%= config.bin %> <%= command.id %> flexserve', '<%= config.bin %> <%= command.id %> "flexserve?npu=co-driver"']
  static override args = { policy: string({ required: true, description: 'A built-in policy, perhaps with options, or a module’s file.' }) }

  async run(): Promise<{ schema: string; id: string; summary: string; source: string; mechanisms: Record<string, { id: string; version: number; summary: string; source: string }>; promises: string[]; notes: string[] }> {
    const { args } = await this.parse(PoliciesShow)
    const [{ consentTo }, { resolvePolicy }, { promisesOf }, { combinationNotes }] = await Promise.all([
      import('../../study/policy-module/consent.js'),
      import('../../study/policy-module/resolve.js'),
      import('../../study/audit/audit.js'),
      import('../../policies/legality.js'),
    ])
    const policy = await resolvePolicy(args.policy, consentTo([args.policy]))
    const promises = [...promisesOf(policy)]
    const notes = combinationNotes(policy, 2)
    const mechanisms = Object.fromEntries(factors.map((factor) => [factor, { id: policy[factor].id, version: policy[factor].version, summary: policy[factor].summary, source: policy[factor].source }]))
    this.print(`${printable(policy.id)}: ${printable(policy.summary, 2000)} (${printable(policy.source, 2000)})`)
    this.table(factors.map((factor) => ({ factor, mechanism: policy[factor].id, version: policy[factor].version, 'what it does': policy[factor].summary, source: policy[factor].source })))
    this.print(`promises to withstand: ${promises.length === 0 ? 'nobody' : promises.join(', ')}`)
    for (const note of notes) this.print(note)
    return { schema: 'worldswitch-policy/1', id: policy.id, summary: policy.summary, source: policy.source, mechanisms, promises, notes }
  }
}
