import { string } from '@oclif/core/args'
import { CheckFailed } from '../../base/errors.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import type { Law } from '../../study/policy-laws.js'

export default class PoliciesCheck extends WorldswitchCommand {
  static override summary = 'Hold a policy against the laws that every policy must keep.'
  static override description = 'Exits with 3 where the module is no policy, with 4 where a law is broken. Replays a small workload in which everything happens; also for built-in policies with options.'
  static override examples = ['<%= config.bin %> <%= command.id %> ./my-policy.mjs', '<%= config.bin %> <%= command.id %> "flexserve?npu=co-driver"']
  static override args = { policy: string({ required: true, description: 'A module’s file, perhaps with options behind ?, or a built-in policy.' }) }

  async run(): Promise<{ schema: string; policy: string; notes: string[]; laws: Law[] }> {
    const { args } = await this.parse(PoliciesCheck)
    const [{ consentTo }, { resolvePolicy }, { policyLaws }, { combinationNotes }] = await Promise.all([
      import('../../study/policy-module/consent.js'),
      import('../../study/policy-module/resolve.js'),
      import('../../study/policy-laws.js'),
      import('../../policies/legality.js'),
    ])
    const policy = await resolvePolicy(args.policy, consentTo([args.policy]))
    const laws = policyLaws(policy)
    const notes = combinationNotes(policy, 2)
    this.table(laws.map(({ law, held, evidence }) => ({ law, held: held ? 'held' : 'BROKEN', evidence })))
    for (const note of notes) this.print(note)
    const broken = laws.filter(({ held }) => !held)
    if (broken.length > 0) {
      if (!this.jsonEnabled()) throw new CheckFailed(`${policy.id} breaks ${broken.length === 1 ? 'a law' : `${broken.length} laws`}: ${broken.map(({ law }) => law).join('; ')}`)
      process.exitCode = 4
    }
    return { schema: 'worldswitch-policy-check/1', policy: policy.id, notes, laws }
  }
}
