import { string } from '@oclif/core/flags'
import { UsageFault } from '../../base/errors.js'
import { printable, quoteFound } from '../../base/quote.js'
import { formatNs, formatShare } from '../../base/units.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { deviceFlag } from '../../cli/flags.js'
import type { DeviceFit } from '../../study/fit-device/fit.js'

export default class DevicesFit extends WorldswitchCommand {
  static override summary = 'Make device parameters of measured rates: llama-bench results, RKLLM tables, logs of llama.cpp.'
  static override description =
    'Prefill rates give the matmul rate, decode rates the memory bandwidth, load times the flash of a copy of --device. Of three ' +
    'points or more of a kind every second one is held out and predicted: those errors are the check of the fit.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --from bench.jsonl --model qwen2.5-1.5b',
    '<%= config.bin %> <%= command.id %> --from benchmark.md --platform RK3588 --model qwen2.5-1.5b --to my-board.json',
    '<%= config.bin %> <%= command.id %> --from rates.csv --format csv --map phase=test,tokens=n,tokensPerS=rate,processor==npu --model qwen2.5-1.5b --quant w4',
  ]
  static override flags = {
    from: string({ required: true, multiple: true, helpValue: 'FILE', summary: 'A file of rates (see `formats`), `-` for standard input; may be given several times.' }),
    model: string({ required: true, helpValue: 'MODEL', summary: 'The model whose rates are used.' }),
    quant: string({ helpValue: 'QUANT', summary: 'How its weights are stored. [default: what the file says]' }),
    platform: string({ helpValue: 'WORD', summary: 'The file’s word for the machine, where it has several.' }),
    as: string({ options: ['cpu', 'npu'], summary: 'The processor of the profile that the rates are of. [default: what the file says; a GPU is the accelerator, npu]' }),
    format: string({ helpValue: 'ID', summary: 'Read the files as this format.' }),
    map: string({ helpValue: 'MAPPING|FILE', summary: 'Of --format csv or jsonl: phase=column, tokens=column, tokensPerS=column or durationNs=ms:column, field==constant; or a JSON file of them.', dependsOn: ['format'] }),
    device: deviceFlag,
    to: string({ helpValue: 'FILE', summary: 'Write the fitted profile, for --device.' }),
  }

  async run(): Promise<DeviceFit> {
    const { flags } = await this.parse(DevicesFit)
    const [{ readPoints }, { fitDevice }, { modelNamed }, { resolveDevice }, { writeTextFile, checkTraceFile }, { readMapping }] = await Promise.all([
      import('../../study/fit-device/read-points.js'),
      import('../../study/fit-device/fit.js'),
      import('../../study/names.js'),
      import('../../study/device.js'),
      import('../../study/trace-file.js'),
      import('../../study/mapping-file.js'),
    ])
    if (flags.to !== undefined) await checkTraceFile(flags.to)
    const model = modelNamed(flags.model)
    const { profile } = await resolveDevice(flags.device)
    if (flags.map !== undefined && flags.format !== 'csv' && flags.format !== 'jsonl') throw new UsageFault(`--map is of no use with --format ${quoteFound(flags.format)}`, 'tables of any columns are --format csv and jsonl')
    const mapping = flags.map === undefined ? undefined : await readMapping(flags.map)
    const points = await readPoints(flags.from, { model, quant: flags.quant, platform: flags.platform, processor: flags.as as 'cpu' | 'npu' | undefined, format: flags.format, mapping })
    const fit = fitDevice(points, model, profile)
    this.show(fit)
    if (flags.to !== undefined) {
      await writeTextFile(`${JSON.stringify(fit.device, null, 2)}\n`, flags.to)
      this.print(`wrote ${fit.device.id} to ${printable(flags.to, 200)}`)
    }
    return fit
  }

  private show({ parameters, points, warnings, device }: DeviceFit): void {
    this.table(
      parameters.map(({ id, value, unit, spread, points: count, base, source }) => ({
        parameter: id,
        fitted: Number(value.toPrecision(4)),
        unit,
        spread: spread === null ? 'unknown' : 'range' in spread ? spread.range.map((end) => end.toPrecision(4)).join('–') : 'sd' in spread ? `sd ${spread.sd.toPrecision(2)}` : '',
        rates: count,
        [device.id.replace(/-fitted$/, '')]: Number(base.toPrecision(4)),
        source: printable(source, 200),
      })),
    )
    this.print('\npredicted by the fitted device:')
    this.table(
      points.map(({ phase, processor, tokens, past, used, measuredNs, predictedNs, error }) => ({ phase, on: processor, tokens, cached: past, used, measured: formatNs(measuredNs), predicted: formatNs(predictedNs), error: `${error < 0 ? '−' : '+'}${formatShare(Math.abs(error))}` })),
    )
    for (const warning of warnings) this.print(`warning: ${warning}`)
  }
}
