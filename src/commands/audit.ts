import { string as stringArg } from '@oclif/core/args'
import { boolean, string } from '@oclif/core/flags'
import { CheckFailed, UsageFault } from '../base/errors.js'
import { printable, quoteFound } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { cellFlags, cellSpec } from '../cli/cell-flags.js'
import { policyFlag } from '../cli/flags.js'
import { auditCells, findingLines } from '../cli/show-audit.js'
import { originLine, type Origin } from '../analysis/origin-line.js'
import { attackers, failing, type Attacker, type Audit as Audited, type Withstand } from '../run/audit.js'

export default class Audit extends WorldswitchCommand {
  static override summary = 'Hold a replay’s ledgers against every attacker: what is exposed, when, to whom.'
  static override description =
    'Exits with 4 where an attacker is not withstood: something is promised and does not hold (violated), nobody promises it and it ' +
    'does not hold (exposed), or the trace does not tell (unknown). See docs/audit.md.'
  static override examples = ['<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy flexserve', '<%= config.bin %> <%= command.id %> day --policy tz-llm --json', '<%= config.bin %> <%= command.id %> day --policy unprotected --promised-only', '<%= config.bin %> <%= command.id %> day --policy strawman --against kernel-reading,flash-reader']
  static override args = { trace: stringArg({ required: true, description: 'A stored trace or workload by name or id prefix, or a file.' }) }
  static override flags = {
    policy: policyFlag,
    against: string({ helpValue: 'ATTACKER,…', exclusive: ['promised-only'], summary: `Who must be withstood, of ${attackers.join(', ')}. [default: all but those that the threat model leaves out]` }),
    'promised-only': boolean({ summary: 'What nobody promises is told, and does not fail: only violated and unknown do.' }),
    ...cellFlags,
  }

  async run(): Promise<{ schema: string; trace: string; device: string; origin: Origin & { line: string }; withstand: Withstand; audit: Audited }> {
    const { args, flags } = await this.parse(Audit)
    const [{ openStore }, { resolveSubject }, { runCell }, { originOf }] = await Promise.all([import('../store/store.js'), import('../study/resolve-subject.js'), import('../study/cell.js'), import('../study/origin.js')])
    const withstand: Withstand = flags['promised-only'] ? 'promised' : flags.against === undefined ? 'all' : attackersNamed(flags.against)
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
      const printed = { schema: 'worldswitch-audit/1', trace: subject.name, device: result.cell.device, origin: { ...origin, line }, withstand, audit }
      const failed = failing(audit, withstand).map(({ attacker, verdict }) => `${attacker} ${verdict}`)
      if (failed.length > 0) {
        // A script gets the whole audit, and the same exit code.
        if (!this.jsonEnabled()) throw new CheckFailed(`${audit.policy} does not withstand: ${failed.join(', ')}`)
        process.exitCode = 4
      }
      return printed
    } finally {
      store.close()
    }
  }
}

/** Throws `UsageFault`: a word is no attacker. */
function attackersNamed(text: string): Attacker[] {
  const named = [...new Set(text.split(',').map((word) => word.trim()))]
  for (const word of named) if (!isAttacker(word)) throw new UsageFault(`--against: ${quoteFound(word)} is no attacker`, `they are ${attackers.join(', ')}`)
  return named.filter(isAttacker)
}

const isAttacker = (word: string): word is Attacker => attackers.some((attacker) => attacker === word)
