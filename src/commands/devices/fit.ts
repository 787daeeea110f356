import { integer, string } from '@oclif/core/flags'
import { UsageFault } from '../../base/errors.js'
import { printable, quoteFound } from '../../base/quote.js'
import { commandLine } from '../../base/shell.js'
import { formatNs, formatShare } from '../../base/units.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { deviceFlag } from '../../cli/flags.js'
import type { DeviceFit } from '../../study/fit-device/fit.js'
import type { Holdings } from '../../study/fit-device/holdings.js'

/** Rows of a table on the terminal; `--json` has all. */
const MOST_ROWS = 40

export default class DevicesFit extends WorldswitchCommand {
  static override summary = 'Make device parameters of measured rates: llama-bench results, RKLLM tables, logs of llama.cpp and others.'
  static override description =
    'Prefill rates give the rate of matmuls, decode rates the memory bandwidth, load times the flash of a copy of --device, so that the whole ' +
    'pass, attention, norms, head and launches included, takes what was measured. Where that is not met within 10 %, the fit is refused with ' +
    'what stands in the way. Of three points or more of a kind every second one is held out and predicted: those errors are the check of the ' +
    'fit. Without --model the rates are listed, with the command to type next.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --from bench.jsonl',
    '<%= config.bin %> <%= command.id %> --from bench.jsonl --model qwen2.5-1.5b',
    '<%= config.bin %> <%= command.id %> --from benchmark.md --platform RK3588 --model qwen2.5-1.5b --to my-board.json',
    '<%= config.bin %> <%= command.id %> --from rates.csv --format csv --map phase=test,tokens=n,tokensPerS=rate,processor==npu --model qwen2.5-1.5b --quant w4',
  ]
  static override flags = {
    from: string({ required: true, multiple: true, helpValue: 'FILE', summary: 'A file of rates (see `formats`), `-` for standard input; may be given several times.' }),
    model: string({ helpValue: 'MODEL', summary: 'The model whose rates are used. [default: list what there is]' }),
    'rates-of': string({ helpValue: 'WORD', summary: 'The file’s word for it, where the file has several models and other words.' }),
    quant: string({ helpValue: 'QUANT', summary: 'How its weights are stored, or which of several. [default: what the file says]' }),
    platform: string({ helpValue: 'WORD', summary: 'The file’s word for the machine or backend, where it has several.' }),
    threads: integer({ min: 1, helpValue: 'N', summary: 'Threads of the CPU, where the file has rates with several numbers of them.' }),
    lines: string({ helpValue: 'N,N-N', summary: 'Only the rates of these lines of the file.' }),
    'prompt-tokens': integer({ min: 1, max: 1_000_000, helpValue: 'N', summary: 'Length of the prompt, where the file has a rate and no count.' }),
    as: string({ options: ['cpu', 'npu'], summary: 'The processor of the profile that the rates are of. [default: what the file says; a GPU is the accelerator, npu]' }),
    format: string({ helpValue: 'ID', summary: 'Read the files as this format.' }),
    map: string({ helpValue: 'MAPPING|FILE', summary: 'Of --format csv or jsonl: phase=column, tokens=column, tokensPerS=column or durationNs=ms:column, field==constant; or a JSON file of them.', dependsOn: ['format'] }),
    device: deviceFlag,
    to: string({ helpValue: 'FILE', summary: 'Write the fitted profile, for --device.' }),
  }

  async run(): Promise<DeviceFit | Holdings> {
    const { flags } = await this.parse(DevicesFit)
    if (flags.map !== undefined && flags.format !== 'csv' && flags.format !== 'jsonl') throw new UsageFault(`--map is of no use with --format ${quoteFound(flags.format)}`, 'tables of any columns are --format csv and jsonl')
    const mapping = flags.map === undefined ? undefined : await (await import('../../study/mapping-file.js')).readMapping(flags.map)
    const [{ readPoints, readHoldings }, { modelNamed }] = await Promise.all([import('../../study/fit-device/read-points.js'), import('../../study/names.js')])
    if (flags.model === undefined) {
      if (flags.to !== undefined) throw new UsageFault('--to needs a fit, and a fit needs --model', 'leave --to out to see what the file holds')
      const found = await readHoldings(flags.from, { format: flags.format, mapping })
      const read = [['--format', flags.format], ['--map', flags.map]].flatMap(([flag, value]) => (value === undefined ? [] : [flag!, value]))
      const held = { ...found, next: [found.next, commandLine(read)].join(' ').trim() }
      this.list(held)
      return held
    }
    const [{ fitDevice }, { resolveDevice }, { writeTextFile, checkTraceFile }] = await Promise.all([import('../../study/fit-device/fit.js'), import('../../study/device.js'), import('../../study/trace-file.js')])
    if (flags.to !== undefined) await checkTraceFile(flags.to)
    const model = modelNamed(flags.model)
    const { profile } = await resolveDevice(flags.device)
    const notes: string[] = []
    const points = await readPoints(flags.from, {
      model,
      quant: flags.quant,
      platform: flags.platform,
      threads: flags.threads,
      ratesOf: flags['rates-of'],
      lines: flags.lines === undefined ? undefined : linesOf(flags.lines),
      promptTokens: flags['prompt-tokens'],
      processor: flags.as as 'cpu' | 'npu' | undefined,
      format: flags.format,
      mapping,
      warn: (text) => notes.push(text),
    })
    const made = fitDevice(points, model, profile)
    const fit = { ...made, warnings: [...notes, ...made.warnings] }
    this.show(fit, profile.id)
    if (flags.to !== undefined) {
      await writeTextFile(`${JSON.stringify(fit.device, null, 2)}\n`, flags.to)
      this.print(`wrote ${fit.device.id} to ${printable(flags.to, 200)}`)
    }
    return fit
  }

  private show({ parameters, points, warnings }: DeviceFit, base: string): void {
    this.table(parameters.map(({ id, value, unit, base: was, spread }) => ({ parameter: id, fitted: Number(value.toPrecision(4)), [base]: Number(was.toPrecision(4)), unit, spread: spreadText(spread) })))
    this.print('')
    for (const { id, value, unit, base: was, reading } of parameters) {
      if (reading === null) continue
      const { phase, model, quant, bytesPerWeight, tokens, past, tokensPerS, baseTokensPerS, weightGBs, baseWeightGBs } = reading
      const weights = (gbs: number | null): string => (gbs === null ? '' : `, ${Number(gbs.toPrecision(3))} GB/s of weights read`)
      this.print(`${phase} ${Number(tokensPerS.toPrecision(4))} token/s of this model (${model}, ${quant})${weights(weightGBs)}`)
      this.print(`  ${tokens} tokens${past > 0 ? ` behind ${past}` : ''}, ${Number(bytesPerWeight.toPrecision(3))} bytes a weight; ${id} = ${Number(value.toPrecision(4))} ${unit}`)
      this.print(`  ${base}: ${Number(baseTokensPerS.toPrecision(4))} token/s${weights(baseWeightGBs)}; ${Number(was.toPrecision(4))} ${unit}`)
    }
    for (const { id, source } of parameters) this.print(`${id}: ${printable(source, 400)}`)
    if (points.length > 0) {
      this.print('\npredicted by the fitted device:')
      this.table(points.slice(0, MOST_ROWS).map(({ line, phase, processor, tokens, past, used, measuredNs, predictedNs, error }) => ({ line, phase, on: processor, tokens, cached: past, used, measured: formatNs(measuredNs), predicted: formatNs(predictedNs), error: `${error < 0 ? '−' : '+'}${formatShare(Math.abs(error))}` })))
      this.printMore(points.length)
    }
    for (const warning of warnings) this.print(`warning: ${printable(warning, 1000)}`)
  }

  private list({ rates, models, others, skipped, next }: Holdings): void {
    const settings = [...new Map(rates.map((rate) => [JSON.stringify(settingOf(rate)), settingOf(rate)])).values()]
    this.print('rates of:')
    this.table(settings.map(({ model, quant, device, backend, threads, processor }, i) => ({ of: i + 1, model: printable(model, 60), quant, machine: printable(device, 40), backend: printable(backend, 40), threads: threads === 0 ? '' : threads, on: processor ?? 'not told' })))
    this.print('')
    this.table(rates.slice(0, MOST_ROWS).map((rate) => ({ line: rate.line, of: settings.findIndex((setting) => JSON.stringify(setting) === JSON.stringify(settingOf(rate))) + 1, phase: rate.phase, tokens: rate.tokens ?? '', cached: rate.past, time: rate.ns === null ? '' : formatNs(rate.ns), 'token/s': rate.tokensPerS === null ? '' : Number(rate.tokensPerS.toPrecision(4)) })))
    this.printMore(rates.length)
    if (others > 0) this.print(`${others} rate${others === 1 ? '' : 's'} of another kind (mixed, batched, speculative, of ops) ${others === 1 ? 'is' : 'are'} never fitted`)
    for (const [reason, count] of Object.entries(skipped)) this.print(`left out: ${count} × ${printable(reason, 200)}`)
    const rules = new Set(rates.flatMap(({ inferred }) => Object.entries(inferred).map(([field, rule]) => `${field} by ${rule}`)))
    if (rules.size > 0) this.print(`worked out, not read: ${printable([...rules].join(', '), 400)}`)
    if (models.length > 1) this.print(`models: ${models.join(', ')}`)
    this.print(`\nnext: ${next}`)
    if (next.includes(' --model MODEL')) this.print('  (MODEL: an id of `worldswitch models`: the file’s words mean none of them)')
    if (next.includes(' --as cpu')) this.print('  (--as npu where a GPU or an NPU ran: the file does not say)')
  }

  private printMore(count: number): void {
    if (count > MOST_ROWS) this.print(`… and ${count - MOST_ROWS} more: --json has all`)
  }
}

type Spread = DeviceFit['parameters'][number]['spread']
const spreadText = (spread: Spread): string => (spread === null ? 'unknown' : 'range' in spread ? spread.range.map((end) => end.toPrecision(4)).join('–') : 'sd' in spread ? `sd ${spread.sd.toPrecision(2)}` : '')

const settingOf = ({ model, quant, device, backend, threads, processor }: Holdings['rates'][number]) => ({ model, quant, device, backend, threads, processor })

/** `3,7,10-20`. Throws `UsageFault`. */
function linesOf(text: string): number[] {
  const lines: number[] = []
  for (const word of text.split(',')) {
    const [, from, to = from] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(word) ?? []
    if (from === undefined || Number(to) < Number(from) || lines.length + Number(to) - Number(from) > 1_000_000) throw new UsageFault(`--lines: expected numbers of lines, found ${quoteFound(text)}`, 'write them as --lines 3,7,10-20')
    for (let line = Number(from); line <= Number(to); line++) lines.push(line)
  }
  return lines
}
