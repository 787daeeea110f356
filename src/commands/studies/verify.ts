import { string as stringArg } from '@oclif/core/args'
import { boolean, integer } from '@oclif/core/flags'
import { CheckFailed } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { executorOf } from '../../cli/study-flags.js'
import type { VerifiedStudy } from '../../study/verify-study.js'

/** Differences shown. */
const SHOWN = 20

export default class StudiesVerify extends WorldswitchCommand {
  static override summary = 'Replay cells of a stored study and compare them with what is stored. Exit code 4: a cell differs.'
  static override description = 'For results that came from elsewhere (`studies merge`, a queue): a sample is drawn, or --all cells are replayed here, and each is compared to the last digit.'
  static override examples = ['<%= config.bin %> <%= command.id %> ttft-by-pressure', '<%= config.bin %> <%= command.id %> ttft-by-pressure --all']
  static override args = { study: stringArg({ required: true, description: 'A study by name or id prefix.' }) }
  static override flags = {
    sample: integer({ min: 1, default: 32, helpValue: 'N', summary: 'Cells that are drawn and replayed.', exclusive: ['all'] }),
    all: boolean({ summary: 'Replay all cells.' }),
    seed: integer({ min: 0, default: 1, helpValue: 'N', summary: 'Which cells are drawn.' }),
    threads: integer({ min: 1, max: 256, helpValue: 'N', summary: 'Worker threads. [default: the machine’s cores]' }),
    'allow-policy-code': boolean({ summary: 'Run the policies’ modules that the cells name: their code runs here.' }),
  }

  async run(): Promise<{ schema: string } & VerifiedStudy> {
    const { args, flags } = await this.parse(StudiesVerify)
    const [{ openStore }, { verifyStudy }, { consentTo, NO_CODE }] = await Promise.all([import('../../store/store.js'), import('../../study/verify-study.js'), import('../../study/policy-module/consent.js')])
    const store = openStore(this.dbPath(flags))
    try {
      const executor = await executorOf({ threads: flags.threads, queue: undefined, 'retry-failed': false, 'keep-tasks': false }, flags.all ? 1000 : flags.sample)
      try {
        const progress = this.studyProgress('verify', executor.name)
        const found = await verifyStudy(store, args.study, executor, { sample: flags.all ? undefined : flags.sample, seed: flags.seed, consent: (references) => (flags['allow-policy-code'] ? consentTo(references) : NO_CODE), onProgress: progress.update })
        progress.stop()
        this.print(`${printable(found.study)}: ${found.same} of ${found.replayed} cells that were replayed are what is stored (${found.cells} in all)`)
        for (const { key, why, origin } of found.differences.slice(0, SHOWN)) this.print(`differs: cell ${key.slice(0, 12)}${origin === null ? '' : `, merged from ${printable(origin.file, 200)}`}: ${printable(why, 500)}`)
        if (found.differences.length > SHOWN) this.print(`… ${found.differences.length - SHOWN} more: --json has all`)
        if (found.differences.length > 0) {
          if (!this.jsonEnabled()) throw new CheckFailed(`${found.differences.length} of ${found.replayed} cells are not what is stored`)
          process.exitCode = 4
        }
        return { schema: 'worldswitch-studies-verified/1', ...found }
      } finally {
        await executor.close()
      }
    } finally {
      store.close()
    }
  }
}
