import { integer, string } from '@oclif/core/flags'
import { printable } from '../../base/quote.js'
import { formatShare } from '../../base/units.js'
import { deviceArg } from '../../cli/device-arg.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import type { Metric } from '../../study/metric.js'
import type { MissingParameter } from '../../study/missing-parameters.js'

export default class DevicesCheck extends WorldswitchCommand {
  static override summary = 'Check a device profile, and list what nobody measured on it: what limits the result most first.'
  static override description = 'Checked are the schema, spreads that hold their values, and costs that can be carved. The order is by how far a policy’s gain over another moves when the parameter goes to the ends of its spread.'
  static override examples = ['<%= config.bin %> <%= command.id %> ./my-board.device.json', '<%= config.bin %> <%= command.id %> rk3588-nanopc-t6 --model qwen3-1.7b --metric tpot']
  static override args = { device: deviceArg }
  static override flags = {
    model: string({ char: 'm', default: 'llama-3.1-8b', helpValue: 'ID', summary: 'The model that is served.' }),
    quant: string({ char: 'q', default: 'int8', helpValue: 'ID', summary: 'How its weights are stored.' }),
    prompt: integer({ default: 128, min: 1, helpValue: 'N', summary: 'Tokens of the prompt.' }),
    output: integer({ default: 16, min: 1, helpValue: 'N', summary: 'Tokens out.' }),
    policy: string({ char: 'p', default: 'flexserve', helpValue: 'ID', summary: 'Whose gain.' }),
    over: string({ default: 'strawman', helpValue: 'ID', summary: 'Over whom.' }),
    metric: string({ default: 'ttft', options: ['ttft', 'tpot', 'e2e'], summary: 'Which time.' }),
  }

  async run(): Promise<{ schema: string; device: string; ok: true; matmulGflopsCpu: number; matmulTopsNpu: number; missing: readonly MissingParameter[] }> {
    const { args, flags } = await this.parse(DevicesCheck)
    const [{ resolveDevice }, { costsOf }, { missingParameters }, { inProcess }, { modelNamed, quantisationNamed }, { consentTo }] = await Promise.all([
      import('../../study/device.js'),
      import('../../device/costs.js'),
      import('../../study/missing-parameters.js'),
      import('../../study/executors/in-process.js'),
      import('../../study/names.js'),
      import('../../study/policy-module/consent.js'),
    ])
    const device = await resolveDevice(args.device)
    const { profile, values, choices } = device
    const costs = costsOf(values, choices)
    const rates = { matmulGflopsCpu: costs.cpuFlopsPerNs, matmulTopsNpu: costs.npuFlopsPerNs / 1000 }
    this.print(`${printable(profile.id, 120)} is sound; its matmuls run at ${rates.matmulGflopsCpu.toFixed(1)} GFLOP/s on the CPU and ${rates.matmulTopsNpu.toFixed(3)} TOPS on the NPU`)
    const spec = { model: modelNamed(flags.model), quant: quantisationNamed(flags.quant), promptTokens: flags.prompt, outputTokens: flags.output, policy: flags.policy, over: flags.over, metric: flags.metric as Metric }
    const missing = await missingParameters(device, spec, inProcess(), consentTo([flags.policy, flags.over]))
    if (missing.length === 0) this.print('Every parameter was measured or derived from measurements.')
    else {
      this.print(`\nNot measured, ${missing.length} parameters, by how far they move the gain of ${printable(flags.policy, 60)} over ${printable(flags.over, 60)} (${flags.metric.toUpperCase()}, ${flags.model}, ${flags.prompt} tokens in, ${flags.output} out):`)
      this.table(missing.map(({ parameter, value, unit, swing, source }) => ({ parameter, value: `${Number(value.toPrecision(6))} ${unit}`, 'moves the gain by': swing === null ? 'structure: look it up' : formatShare(swing), source: printable(source, 200) })))
    }
    return { schema: 'worldswitch-device-check/1', device: profile.id, ok: true, ...rates, missing }
  }
}
