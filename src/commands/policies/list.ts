import { boolean } from '@oclif/core/flags'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { mechanisms } from '../../policies/mechanisms.js'
import { PolicyOptions } from '../../policies/options.js'
import { policies, policyOf } from '../../policies/policies.js'
import { factors } from '../../replay/factors.js'

interface PolicyRow {
  readonly id: string
  readonly summary: string
  readonly source: string
  readonly mechanisms: Readonly<Record<string, { readonly id: string; readonly version: number; readonly summary: string; readonly source: string }>>
}

export default class PoliciesList extends WorldswitchCommand {
  static override summary = 'List the built-in policies: which mechanism answers each of the six questions.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --mechanisms']
  static override flags = { mechanisms: boolean({ summary: 'List the mechanisms instead, each with its source.' }) }

  async run(): Promise<{ schema: string; policies: PolicyRow[] }> {
    const { flags } = await this.parse(PoliciesList)
    const rows = policies.map(({ id, summary, source }): PolicyRow => {
      const policy = policyOf(id)
      return {
        id,
        summary,
        source,
        mechanisms: Object.fromEntries(factors.map((factor) => [factor, { id: policy[factor].id, version: policy[factor].version, summary: policy[factor].summary, source: policy[factor].source }])),
      }
    })
    if (flags.mechanisms) {
      const rowsOf = factors.flatMap((factor) =>
        Object.values(mechanisms[factor]).map((make) => {
          const { id, summary, source } = make(PolicyOptions.parse('').options)
          return { factor, mechanism: id, 'what it does': summary, policies: rows.filter((row) => row.mechanisms[factor]!.id === id).map((row) => row.id).join(', '), source }
        }),
      )
      this.table(rowsOf)
    } else this.table(rows.map(({ id, mechanisms, summary }) => ({ policy: id, ...Object.fromEntries(factors.map((factor) => [factor, mechanisms[factor]!.id])), summary })))
    return { schema: 'worldswitch-policies/1', policies: rows }
  }
}
