import { boolean, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { printable } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'

export default class Artifact extends WorldswitchCommand {
  static override summary = 'Pack a study for others: cells, traces, profiles, versions, seeds, its report, and one command that checks them.'
  static override description = 'One ZIP archive, the same bytes each time. Whoever has it runs `artifact check FILE`: all cells are replayed and compared to the last digit, and the report is made again and compared.'
  static override examples = ['<%= config.bin %> <%= command.id %> ttft-by-pressure', '<%= config.bin %> <%= command.id %> ablation-strawman-flexserve --out ablation.zip']
  static override args = { study: stringArg({ required: true, description: 'A study by name or id prefix (see `studies list`).' }) }
  static override flags = {
    out: string({ char: 'o', helpValue: 'FILE', summary: 'The archive; it appears whole or not at all. [default: NAME.artifact.zip here]' }),
    device: string({ multiple: true, default: [], helpValue: 'FILE', summary: 'The file of a device profile of yours that the study used.' }),
    'allow-policy-code': boolean({ summary: 'Run the policies’ modules that the study names: their code runs here.' }),
  }

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Artifact)
    const [{ openStore }, { makeArtifact }, { checkTraceFile }, { writeWhole }, { fileName }] = await Promise.all([import('../store/store.js'), import('../cli/make-artifact.js'), import('../study/trace-file.js'), import('../report/write.js'), import('../cli/file-name.js')])
    const store = openStore(this.dbPath(flags))
    try {
      const path = flags.out ?? `${fileName(store.studies.find(args.study).name)}.artifact.zip`
      await checkTraceFile(path)
      const { bytes, manifest, hash } = await makeArtifact(store, args.study, path, flags.device, flags['allow-policy-code'])
      await writeWhole(path, bytes)
      this.print(`wrote ${printable(path, 300)}: ${manifest.study.cells} cells, ${Object.keys(manifest.files).length} files, ${bytes.length} bytes, SHA-256 ${hash}`)
      return { ...manifest, schema: 'worldswitch-artifact-written/1', file: path, bytes: bytes.length, hash }
    } finally {
      store.close()
    }
  }
}
