import { integer, string } from '@oclif/core/flags'
import { WorldswitchCommand } from '../cli/base-command.js'
import { comparisonCells, comparisonColumns } from '../cli/show-comparison.js'

/** The papers' four; whether the optimized strawman allocates before or inside its pipeline is not published. */
const POLICIES = ['unprotected', 'strawman', 'optimized-strawman', 'optimized-strawman?allocate=inside', 'flexserve']
const DEVICE = 'rk3588-nanopc-t6'

export default class Demo extends WorldswitchCommand {
  static override summary = 'Replay a recorded trace and the papers’ setting under four policies, and write the report.'
  static override description =
    'Imports the small recording that comes with worldswitch, synthesises Llama-3.1-8B int8 at prompt 128, replays both on ' +
    'FlexServe’s board, prints the comparisons and writes a report. Uses a store of its own, removed at the end.'
  static override examples = ['<%= config.bin %> <%= command.id %> --out reports/out']
  static override flags = {
    out: string({ default: 'reports/out', helpValue: 'DIR', summary: 'Folder for the report.' }),
    samples: integer({ default: 40, min: 0, helpValue: 'N', summary: 'Draws of the device’s uncertain parameters.' }),
  }

  async run(): Promise<{ schema: string; files: string[] }> {
    const { flags } = await this.parse(Demo)
    const [{ demonstrate }, { headline }] = await Promise.all([import('../cli/demonstrate.js'), import('../cli/make-report.js')])
    const files = await demonstrate(
      {
        progress: (label, total) => this.progress(label, total),
        compared: (trace, title, compared) => {
          this.print(headline(trace, title, compared))
          this.table(comparisonCells(compared.comparison), comparisonColumns)
          this.print('')
        },
      },
      { policies: POLICIES, device: DEVICE, out: flags.out, samples: flags.samples },
    )
    this.print(`report: ${files[0] ?? ''}`)
    for (const file of files.slice(1)) this.print(`        ${file}`)
    return { schema: 'worldswitch-demo/1', files }
  }
}
