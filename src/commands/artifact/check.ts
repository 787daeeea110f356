import { boolean, integer } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { CheckFailed } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { executorOf } from '../../cli/study-flags.js'
import type { ArtifactCheck as Result } from '../../cli/check-artifact.js'

/** Differences shown. */
const SHOWN = 10

export default class ArtifactCheck extends WorldswitchCommand {
  static override summary = 'Replay all cells of an archive, compare each to the last digit, and make its report again. Exit code 4: something differs.'
  static override examples = ['<%= config.bin %> <%= command.id %> ttft-by-pressure.artifact.zip']
  static override args = { file: stringArg({ required: true, description: 'An archive of `artifact`.' }) }
  static override flags = {
    threads: integer({ min: 1, max: 256, helpValue: 'N', summary: 'Worker threads. [default: the machine’s cores]' }),
    'allow-policy-code': boolean({ summary: 'Run the policies’ modules in the archive: their code runs here.' }),
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(ArtifactCheck)
    const { checkArtifact } = await import('../../cli/check-artifact.js')
    const executor = await executorOf({ threads: flags.threads, queue: undefined, 'retry-failed': false, 'keep-tasks': false }, 1000)
    try {
      const progress = this.studyProgress('check', executor.name)
      const found = await checkArtifact(args.file, executor, flags['allow-policy-code'], progress.update)
      progress.stop()
      this.print(`${printable(found.study, 120)} (worldswitch ${printable(found.worldswitch, 20)}, here ${found.here}): ${found.sameCells} of ${found.cells} cells the same, ${found.sameFiles} of ${found.reportFiles} files of the report the same`)
      for (const one of found.differences.slice(0, SHOWN)) this.print(`differs: ${printable(one, 500)}`)
      if (found.differences.length > SHOWN) this.print(`… ${found.differences.length - SHOWN} more: --json has all`)
      if (found.differences.length > 0) {
        if (this.jsonEnabled()) {
          process.exitCode = 4
          return found
        }
        throw new CheckFailed(`${found.differences.length} differences`)
      }
      return found
    } finally {
      await executor.close()
    }
  }
}
