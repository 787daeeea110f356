import { string } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'

export default class TracesRemove extends WorldswitchCommand {
  static override summary = 'Remove stored traces: all of those named, or none where one is unknown; of one with several names, that name.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> decode-8b',
    '<%= config.bin %> <%= command.id %> 3fa9c1 old-run',
  ]
  static override strict = false
  static override args = { trace: string({ required: true, description: 'Stored traces, by name or id prefix.' }) }

  async run(): Promise<{ schema: string; removed: { name: string; hash: string; ops: number; staysAs: readonly string[] }[] }> {
    const { argv, flags } = await this.parse(TracesRemove)
    const { openStore } = await import('../../store/store.js')
    const store = openStore(this.dbPath(flags))
    try {
      const removed = (await store.remove(argv as string[])).map(({ name, hash, ops, staysAs }) => ({ name, hash, ops, staysAs }))
      for (const { name, hash, ops, staysAs } of removed)
        this.print(staysAs.length === 0 ? `removed ${printable(name)} (${hash.slice(0, 12)}, ${ops} ops)` : `removed the name ${printable(name)}; the trace stays as ${staysAs.map((one) => printable(one)).join(', ')}`)
      return { schema: 'worldswitch-removed/1', removed }
    } finally {
      store.close()
    }
  }
}
