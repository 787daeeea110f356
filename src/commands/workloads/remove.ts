import { string } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'

export default class WorkloadsRemove extends WorldswitchCommand {
  static override summary = 'Remove stored workloads: all of those named, or none where one is unknown; of one with several names, that name.'
  static override examples = ['<%= config.bin %> <%= command.id %> my-day', '<%= config.bin %> <%= command.id %> 3fa9c1 old-mix']
  static override strict = false
  static override args = { workload: string({ required: true, description: 'Stored workloads, by name or id prefix.' }) }

  async run(): Promise<{ schema: string; removed: { name: string; hash: string; requests: number; staysAs: readonly string[] }[] }> {
    const { argv, flags } = await this.parse(WorkloadsRemove)
    const { openStore } = await import('../../store/store.js')
    const store = openStore(this.dbPath(flags))
    try {
      const removed = (await store.workloads.remove(argv as string[])).map(({ name, hash, requests, staysAs }) => ({ name, hash, requests, staysAs }))
      for (const { name, hash, requests, staysAs } of removed)
        this.print(staysAs.length === 0 ? `removed ${printable(name)} (${hash.slice(0, 12)}, ${requests} requests)` : `removed the name ${printable(name)}; the workload stays as ${staysAs.map((one) => printable(one)).join(', ')}`)
      return { schema: 'worldswitch-workloads-removed/1', removed }
    } finally {
      store.close()
    }
  }
}
