import { WorldswitchCommand } from '../../cli/base-command.js'
import { devices } from '../../device/devices.js'

export default class DevicesList extends WorldswitchCommand {
  static override summary = 'List the built-in devices.'
  static override examples = ['<%= config.bin %> <%= command.id %>']

  async run(): Promise<{ schema: string; devices: { id: string; title: string; note: string }[] }> {
    await this.parse(DevicesList)
    const rows = devices.map(({ id, title, note }) => ({ id, title, note }))
    this.table(rows)
    return { schema: 'worldswitch-devices/1', devices: rows }
  }
}
