import { string as stringArg } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import type { Merged } from '../../store/merge.js'

export default class StudiesMerge extends WorldswitchCommand {
  static override summary = 'Take over the studies and cells of other stores, each once.'
  static override description = 'A cell that both hold must be the same in both: where it is not, nothing is taken.'
  static override strict = false
  static override examples = ['<%= config.bin %> <%= command.id %> other-machine.db --db here.db']
  static override args = { store: stringArg({ required: true, description: 'Stores: files of worldswitch.' }) }

  async run(): Promise<{ schema: string; merged: (Merged & { from: string })[] }> {
    const { argv, flags } = await this.parse(StudiesMerge)
    const [{ openStore }] = await Promise.all([import('../../store/store.js')])
    const store = openStore(this.dbPath(flags))
    try {
      const merged: (Merged & { from: string })[] = []
      for (const from of argv as string[]) {
        const taken = await store.merge(from)
        merged.push({ from, ...taken })
        this.print(`${printable(from, 200)}: ${taken.cells} cells and ${taken.studies} studies taken, ${taken.sameCells} cells were here already`)
      }
      return { schema: 'worldswitch-studies-merged/1', merged }
    } finally {
      store.close()
    }
  }
}
