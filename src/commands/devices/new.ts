import { string } from '@oclif/core/args'
import { string as stringFlag } from '@oclif/core/flags'
import { UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { newFile } from '../../cli/new-file.js'

export default class DevicesNew extends WorldswitchCommand {
  static override summary = 'Write the profile of a device of your own to start from: another one’s values until you measure them.'
  static override description = '`devices check FILE` then lists what is not measured yet, what limits the result most first; `devices fit` makes some of it of measured tokens/s.'
  static override examples = ['<%= config.bin %> <%= command.id %> my-board', '<%= config.bin %> <%= command.id %> my-phone --from snapdragon-8-class']
  static override args = { name: string({ required: true, description: 'Its id: small letters, digits and dashes.' }) }
  static override flags = {
    from: stringFlag({ default: 'rk3588-nanopc-t6', helpValue: 'DEVICE', summary: 'Whose values stand in: the nearest device.' }),
    out: stringFlag({ default: '.', helpValue: 'DIR', summary: 'Folder for the file.' }),
  }

  async run(): Promise<{ schema: string; file: string }> {
    const { args, flags } = await this.parse(DevicesNew)
    const [{ deviceTemplate }, { deviceOf }, { resolveDevice }, { writeTextFile }] = await Promise.all([
      import('../../device/template.js'),
      import('../../device/devices.js'),
      import('../../study/device.js'),
      import('../../study/trace-file.js'),
    ])
    const file = newFile('device', args.name, flags.out, '.device.json')
    if (deviceOf(args.name) !== undefined) throw new UsageFault(`${args.name} is a built-in device`, 'choose another name')
    const { profile } = await resolveDevice(flags.from)
    await writeTextFile(`${JSON.stringify(deviceTemplate(args.name, profile), null, 2)}\n`, file)
    this.print(`wrote ${printable(file, 200)}; what to measure, and in which order: worldswitch devices check ${printable(file, 200)}`)
    return { schema: 'worldswitch-device-new/1', file }
  }
}
