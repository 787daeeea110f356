import { deviceArg } from '../../cli/device-arg.js'
import { WorldswitchCommand } from '../../cli/base-command.js'

export default class DevicesCheck extends WorldswitchCommand {
  static override summary = 'Check a device profile: schema, spreads that hold their values, costs that can be carved.'
  static override examples = ['<%= config.bin %> <%= command.id %> ./my-board.json']
  static override args = { device: deviceArg }

  async run(): Promise<{ schema: string; device: string; ok: true; matmulGflopsCpu: number; matmulTopsNpu: number }> {
    const { args } = await this.parse(DevicesCheck)
    const [{ resolveDevice }, { costsOf }] = await Promise.all([import('../../study/device.js'), import('../../device/costs.js')])
    const { profile, values, choices } = await resolveDevice(args.device)
    const costs = costsOf(values, choices)
    const rates = { matmulGflopsCpu: costs.cpuFlopsPerNs, matmulTopsNpu: costs.npuFlopsPerNs / 1000 }
    this.print(`${profile.id} is sound; its matmuls run at ${rates.matmulGflopsCpu.toFixed(1)} GFLOP/s on the CPU and ${rates.matmulTopsNpu.toFixed(3)} TOPS on the NPU`)
    return { schema: 'worldswitch-device-check/1', device: profile.id, ok: true, ...rates }
  }
}
