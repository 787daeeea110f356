import { boolean } from '@oclif/core/flags'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { mechanisms } from '../../policies/mechanisms.js'
import { meaning } from '../../policies/legality.js'
import { PolicyOptions, type AskedOption } from '../../policies/options.js'
import { policies, policyOf } from '../../policies/policies.js'
import { factors, type Capability, type Factor } from '../../replay/factors.js'

interface PolicyRow {
  readonly id: string
  readonly summary: string
  readonly source: string
  readonly mechanisms: Readonly<Record<string, { readonly id: string; readonly version: number; readonly summary: string; readonly source: string }>>
}

interface ExplainedMechanism {
  readonly factor: Factor
  readonly id: string
  readonly version: number
  readonly summary: string
  readonly source: string
  readonly policies: readonly string[]
  readonly options: readonly AskedOption[]
  readonly provides: readonly Capability[]
  readonly needs: readonly Capability[]
  readonly builtWith: readonly Capability[]
  readonly promises: readonly string[]
}

export default class PoliciesList extends WorldswitchCommand {
  static override summary = 'List the built-in policies: which mechanism answers each of the six questions.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --mechanisms']
  static override flags = { mechanisms: boolean({ summary: 'Explain every mechanism instead: source, options, what it needs and gives.' }) }

  async run(): Promise<{ schema: string; policies: PolicyRow[]; mechanisms: ExplainedMechanism[] }> {
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
    const explained = factors.flatMap((factor) =>
      Object.values(mechanisms[factor]).map((make): ExplainedMechanism => {
        const { options } = PolicyOptions.parse('')
        const { id, version, summary, source, provides = [], needs = [], builtWith = [], promises = [] } = make(options)
        return { factor, id, version, summary, source, policies: rows.filter((row) => row.mechanisms[factor]!.id === id).map((row) => row.id), options: options.known(), provides, needs, builtWith, promises }
      }),
    )
    if (flags.mechanisms) for (const one of explained) this.explain(one)
    else this.table(rows.map(({ id, mechanisms, summary }) => ({ policy: id, ...Object.fromEntries(factors.map((factor) => [factor, mechanisms[factor]!.id])), summary })))
    return { schema: 'worldswitch-policies/1', policies: rows, mechanisms: explained }
  }

  private explain({ factor, id, version, summary, source, policies: users, options, provides, needs, builtWith, promises }: ExplainedMechanism): void {
    this.print(`${factor} ${id} (version ${version}): ${summary}`)
    this.print(`    source: ${source}`)
    this.print(`    used by: ${users.join(', ') || 'no built-in policy'}`)
    const said = (label: string, capabilities: readonly Capability[]): void => {
      if (capabilities.length > 0) this.print(`    ${label}: ${capabilities.map((capability) => meaning[capability]).join(', ')}`)
    }
    said('gives', provides)
    said('cannot be without', needs)
    said('was built with', builtWith)
    if (promises.length > 0) this.print(`    promises to withstand: ${promises.join(', ')}`)
    for (const option of options) this.print(`    option ${option.key}=${option.values} [${option.fallback}]: ${option.meaning}`)
  }
}
