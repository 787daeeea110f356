import { string } from '@oclif/core/args'
import { CheckFailed } from '../base/errors.js'
import { printable } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { cellFlags, cellSpec } from '../cli/cell-flags.js'
import { policyFlag } from '../cli/flags.js'
import { auditCells, findingLines } from '../cli/show-audit.js'
import { originLine, type Origin } from '../analysis/origin-line.js'
import type { Audit as Audited } from '../run/audit.js'

export default class Audit extends WorldswitchCommand {
  static override summary = 'Hold a replay’s ledgers against every attacker: what is exposed, when, to whom.'
  static override description = 'Exits with 4 where something is promised and does not hold, or where the trace does not tell. See docs/audit.md.'
  static override examples = ['<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy flexserve', '<%= config.bin %> <%= command.id %> day --policy tz-llm --json']
  static override args = { trace: string({ required: true, description: 'A stored trace or workload by name or id prefix, or a file.' }) }
  static override flags = { policy: policyFlag, ...cellFlags }

  async run(): Promise<{ schema: string; trace: string; device: string; origin: Origin & { line: string }; audit: Audited }> {
    const { args, flags } = await this.parse(Audit)
    const [{ openStore }, { resolveSubject }, { runCell }, { originOf }] = await Promise.all([import('../store/store.js'), import('../study/resolve-subject.js'), import('../study/cell.js'), import('../study/origin.js')])
    const spec = await cellSpec(flags, [flags.policy])
    const store = openStore(this.dbPath(flags))
    try {
      const subject = await resolveSubject(store, args.trace, spec.device.profile)
      const { result } = await runCell({ ...spec, subject, policy: flags.policy, samples: 0 })
      const { audit } = result
      const origin = originOf(subject, spec.device.profile)
      const line = originLine(origin, [result.shares])
      this.print(`${printable(subject.name)} under ${audit.policy} on ${result.cell.device}: ${printable(line, 1000)}`)
      this.table(auditCells(audit))
      for (const line of findingLines(audit)) this.print(line)
      const printed = { schema: 'worldswitch-audit/1', trace: subject.name, device: result.cell.device, origin: { ...origin, line }, audit }
      if (!audit.passed) {
        const failed = audit.rows.filter(({ verdict }) => verdict === 'violated' || verdict === 'unknown').map(({ attacker, verdict }) => `${attacker} ${verdict}`)
        // A script gets the whole audit, and the same exit code.
        if (!this.jsonEnabled()) throw new CheckFailed(`the audit of ${audit.policy} does not hold: ${failed.join(', ')}`)
        process.exitCode = 4
      }
      return printed
    } finally {
      store.close()
    }
  }
}
