import { boolean, string } from '@oclif/core/flags'
import { CheckFailed } from '../base/errors.js'
import { printable } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { samplesFlagOf, seedFlag } from '../cli/flags.js'
import { explanationCells, readingCells, validationCells, validationColumns } from '../cli/show-validation.js'
import { findingLines, summaryLines } from '../report/validation-words.js'
import { version } from '../cli/version.js'
import type { Validation } from '../study/validate/validation.js'

export default class Validate extends WorldswitchCommand {
  static override summary = 'Replay the settings of published claims and set predictions beside what was measured.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --claim V01 --claim V02',
    '<%= config.bin %> <%= command.id %> --explain --report reports/out',
    '<%= config.bin %> <%= command.id %> --json --samples 0',
  ]
  static override flags = {
    claim: string({ multiple: true, default: [], helpValue: 'ID', summary: 'A claim, such as V01; give it once for each. [default: all]' }),
    samples: samplesFlagOf(40),
    seed: seedFlag,
    explain: boolean({ summary: 'For each claim outside its tolerance: which parameter, moved within its stated range, would close the gap.' }),
    report: string({ helpValue: 'DIR', summary: 'Also write the page, its Markdown and its tables into this folder.' }),
  }

  async run(): Promise<Validation> {
    const { flags } = await this.parse(Validate)
    const [{ publishedClaims }, { claimsNamed, missed, validate }] = await Promise.all([import('../study/validate/published-files.js'), import('../study/validate/validate.js')])
    const claims = claimsNamed(publishedClaims(), flags.claim)
    if (flags.report !== undefined) await (await import('../report/folder.js')).makeFolder(flags.report) // before the replays that would be lost
    let progress = this.progress('replaying claims', 1)
    let total = 0
    const validation = await validate({
      claims,
      samples: flags.samples,
      seed: flags.seed,
      explain: flags.explain,
      onProgress: (done, all) => {
        if (all !== total) progress = this.progress('replaying claims', (total = all))
        progress.update(done)
      },
    })
    progress.stop()
    this.table(validationCells(validation.claims), validationColumns)
    for (const line of [...summaryLines(validation), ...findingLines(validation)]) this.print(printable(line, 1000))
    this.section('Other readings of the same sources', readingCells(validation.claims))
    this.section('What would close the gap (a diagnosis, applied nowhere)', explanationCells(validation.claims))
    if (flags.report !== undefined) {
      const [{ writeTablesPage }, { validationPage }] = await Promise.all([import('../report/tables-page.js'), import('../report/validation-page.js')])
      const facts = { version: version(), command: this.again }
      for (const file of await writeTablesPage(validationPage(validation, facts), flags.report, 'validation')) this.print(printable(file, 1000))
    }
    this.judge(missed(validation).map(({ id }) => id))
    return validation
  }

  private section(title: string, rows: readonly Record<string, string>[]): void {
    if (rows.length === 0) return
    this.print(`\n${title}:`)
    this.table(rows)
  }

  /** Under `--json` the whole result is printed and the code alone says that claims were missed. */
  private judge(ids: readonly string[]): void {
    if (ids.length === 0) return
    if (!this.jsonEnabled()) throw new CheckFailed(`outside their tolerance: ${ids.join(', ')}`)
    process.exitCode = 4
  }
}
