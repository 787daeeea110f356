import { string } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'

export default class WorkloadsExport extends WorldswitchCommand {
  static override summary = 'Write a workload as a file, to edit or to hand on.'
  static override examples = ['<%= config.bin %> <%= command.id %> agent-chain mine.workload.json']
  static override args = {
    workload: string({ required: true, description: 'A workload by name or id prefix, or a file.' }),
    file: string({ required: true, description: 'The file to write; it appears whole or not at all.' }),
  }

  async run(): Promise<{ schema: string; name: string; file: string }> {
    const { args, flags } = await this.parse(WorkloadsExport)
    const [{ openStore }, { resolveWorkload }, { workloadText }, { writeTextFile }] = await Promise.all([
      import('../../store/store.js'),
      import('../../study/resolve-subject.js'),
      import('../../synth/workload.js'),
      import('../../study/trace-file.js'),
    ])
    const store = openStore(this.dbPath(flags))
    try {
      const workload = await resolveWorkload(store, args.workload)
      await writeTextFile(workloadText(workload), args.file)
      this.print(`wrote ${printable(workload.name)} (${workload.requests.length} requests) to ${printable(args.file, 200)}`)
      return { schema: 'worldswitch-workload-exported/1', name: workload.name, file: args.file }
    } finally {
      store.close()
    }
  }
}
