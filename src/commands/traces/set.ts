import { boolean, string } from '@oclif/core/flags'
import { UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { Args } from '../../cli/oclif.js'

interface SetTrace {
  readonly schema: 'worldswitch-trace-set/1'
  readonly name: string
  /** Its content hash before and after: what a header says is part of the content. */
  readonly before: string
  readonly hash: string
  readonly device: string
  readonly profile: string | null
  readonly emulated: boolean
}

export default class TracesSet extends WorldswitchCommand {
  static override summary = 'Say of a stored trace on which device it was recorded.'
  static override description = 'On that device its operators keep their recorded durations, placement and gaps. The trace gets a new content hash, since its meaning changes; cells replayed before belong to the old one.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> decode --device rk3588-nanopc-t6',
    '<%= config.bin %> <%= command.id %> decode --device ./my-board.device.json',
    '<%= config.bin %> <%= command.id %> decode --device unknown',
  ]
  static override args = { trace: Args.string({ required: true, description: 'A stored trace by name or id prefix.' }) }
  static override flags = {
    device: string({ char: 'd', helpValue: 'ID|FILE', summary: 'A built-in device, or a profile in JSON; `unknown` for none of them.' }),
    emulated: boolean({ allowNo: true, summary: 'The machine was emulated: its times are said to be an emulator’s.' }),
  }

  async run(): Promise<SetTrace> {
    const { args, flags } = await this.parse(TracesSet)
    if (flags.device === undefined && flags.emulated === undefined) throw new UsageFault('nothing to set', 'give --device or --emulated')
    const [{ openStore }, { machineNamed }, { withMachine }] = await Promise.all([import('../../store/store.js'), import('../../study/device.js'), import('../../study/machine-facts.js')])
    const device = flags.device === undefined ? undefined : await machineNamed(flags.device)
    const store = openStore(this.dbPath(flags))
    try {
      const { name, hash: id } = store.find(args.trace)
      const { before, hash, header } = await store.revise(id, (own) => {
        if (own.provenance.how === 'synthetic') throw new UsageFault(`${printable(name)} is synthetic: it was recorded on no machine`, 'synthesise it again for another device')
        return withMachine(own, { device, emulated: flags.emulated })
      })
      const emulated = header.provenance.emulated === true
      this.print(`${printable(name)}: recorded on ${printable(header.device, 200)}, ${header.profile === undefined ? 'which no device profile describes' : `the device ${printable(header.profile)}`}${emulated ? '; emulated' : ''}`)
      this.print(hash === before ? 'nothing changed' : `its content hash is ${hash.slice(0, 12)} now`)
      return { schema: 'worldswitch-trace-set/1', name, before, hash, device: header.device, profile: header.profile ?? null, emulated }
    } finally {
      store.close()
    }
  }
}
