import { deviceArg } from '../../cli/device-arg.js'
import { described } from '../../analysis/parameters.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { choiceOf } from '../../device/choices.js'
import { choiceIds, parametersOf, type DeviceProfile } from '../../device/profile.js'

export default class DevicesShow extends WorldswitchCommand {
  static override summary = 'Show a device: every parameter with its value, unit, spread, grade and source.'
  static override examples = ['<%= config.bin %> <%= command.id %> rk3588-nanopc-t6', '<%= config.bin %> <%= command.id %> ./my-board.json --json']
  static override args = { device: deviceArg }

  async run(): Promise<DeviceProfile> {
    const { args } = await this.parse(DevicesShow)
    const { resolveDevice } = await import('../../study/device.js')
    const { profile } = await resolveDevice(args.device)
    this.print(`${profile.id}: ${profile.title}`)
    this.print(profile.note)
    this.table(
      parametersOf(profile).map(([id, parameter]) => {
        const { value, unit, spread, grade, source, informedBy } = described(parameter)
        return { parameter: id, value: `${Number(value.toPrecision(6))}`, unit, spread: parameter.fixed ? 'fixed' : spread, grade, informedBy, source }
      }),
    )
    this.table(
      choiceIds.map((id) => {
        const { value, options, source } = choiceOf(profile, id)
        return { reading: id, value, options: options.join(', '), source }
      }),
    )
    return profile
  }
}
