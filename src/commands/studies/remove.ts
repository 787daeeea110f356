import { string as stringArg } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'

export default class StudiesRemove extends WorldswitchCommand {
  static override summary = 'Remove studies, and the cells that no other study holds.'
  static override strict = false
  static override examples = ['<%= config.bin %> <%= command.id %> ttft-by-pressure']
  static override args = { study: stringArg({ required: true, description: 'Studies by name or id prefix.' }) }

  async run(): Promise<{ schema: string; removed: string[]; cells: number }> {
    const { argv, flags } = await this.parse(StudiesRemove)
    const { openStore } = await import('../../store/store.js')
    const store = openStore(this.dbPath(flags))
    try {
      const { studies, cells } = await store.studies.remove(argv as string[])
      for (const { name } of studies) this.print(`removed ${printable(name)}`)
      this.print(`${cells} cells went with them`)
      return { schema: 'worldswitch-studies-removed/1', removed: studies.map(({ name }) => name), cells }
    } finally {
      store.close()
    }
  }
}
