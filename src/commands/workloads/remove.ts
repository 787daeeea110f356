import { string } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'

export default class WorkloadsRemove extends WorldswitchCommand {
  static override summary = 'Remove stored workloads: all of those named, or none where one is unknown.'
  static override examples = ['<%= config.bin %> <%= command.id %> my-day', '<%= config.bin %> <%= command.id %> 3fa9c1 old-mix']
  static override strict = false
  static override args = { workload: string({ required: true, description: 'Stored workloads, by name or id prefix.' }) }

  async run(): Promise<{ schema: string; removed: { name: string; hash: string; requests: number }[] }> {
    const { argv, flags } = await this.parse(WorkloadsRemove)
    const { openStore } = await import('../../store/store.js')
    const store = openStore(this.dbPath(flags))
    try {
      const removed = (await store.workloads.remove(argv as string[])).map(({ name, hash, requests }) => ({ name, hash, requests }))
      for (const { name, hash, requests } of removed) this.print(`removed ${printable(name)} (${hash.slice(0, 12)}, ${requests} requests)`)
      return { schema: 'worldswitch-workloads-removed/1', removed }
    } finally {
      store.close()
    }
  }
}
