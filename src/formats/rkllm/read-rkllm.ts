import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { Settings, isRateTime, type Rate, type RateReading, type RateSetting } from '../rates.js'
import { Skipped } from '../skipped.js'

const MAX_RATES = 200_000
const ROW = /^\s{0,20}(Prefill|Generate|Init)\s{1,40}(?:([\d.]{1,20})|\/)\s{1,40}(?:(\d{1,12})|\/)/

/** Reads requests (prefill, generate, init) and rows of the vendor's benchmark table. The prefill gives the first token,
 *  so a generate row of N tokens is N - 1 decode steps and its time is theirs. Throws `BadInput`. */
export async function readRkllm(source: Source, tools: ImportTools): Promise<RateReading> {
  const skipped = new Skipped()
  const settings = new Settings()
  const rates: Rate[] = []
  const run: { -readonly [K in keyof RateSetting]?: RateSetting[K] } = { backend: 'rkllm', processor: 'npu' }
  let peakUnit = ''
  let section = ''
  let header: readonly string[] | undefined
  let model = ''
  const add = (phase: 'load' | 'prefill' | 'decode', tokens: number, ns: number, line: number, setting: Partial<RateSetting>, inferred: Rate['inferred'] = {}): void => {
    if (rates.length === MAX_RATES) throw new BadInput({ file: source.name, line }, `at most ${MAX_RATES} rows`, 'more of them')
    if (!isRateTime(ns)) return skipped.count('row without a time')
    rates.push({ subject: { of: 'phase', phase, tokens, past: 0 }, ns, sdNs: -1, runs: 1, samplesNs: [], setting: settings.of(setting), line, inferred })
  }
  await eachLogLine(source, tools, skipped, (raw, line) => {
    const text = raw.replace(/^[IWE] rkllm: ?/, '')
    const platform = /platform: (\S{1,40})/.exec(text)?.[1]
    if (platform !== undefined) run.device = platform.replace(/,$/, '')
    run.quant = /model_dtype: (\S{1,40})/.exec(text)?.[1] ?? run.quant ?? ''
    run.model = /loading rkllm model from (\S{1,300})/.exec(text)?.[1]?.split(/[\\/]/).at(-1) ?? run.model ?? ''
    const init = /Model init time \(ms\)\s{1,40}([\d.]{1,20})/.exec(text)
    if (init !== null) return add('load', 0, decimalToNs(init[1]!, 'ms'), line, run)
    const row = ROW.exec(text)
    if (row !== null && row[2] !== undefined) {
      const ns = decimalToNs(row[2], 'ms')
      const tokens = Number(row[3] ?? 0)
      if (row[1] === 'Init') add('load', 0, ns, line, run)
      else if (row[1] === 'Prefill') add('prefill', tokens, ns, line, run)
      else add('decode', Math.max(1, tokens - 1), ns, line, run, { tokens: 'first-token-by-prefill' })
      return
    }
    peakUnit = /(?:Peak )?Memory Usage \((GB|MB)\)/.exec(text)?.[1] ?? peakUnit
    const title = /^#{1,4}\s+(\S.{0,40}?)\s*$/.exec(text)
    if (title !== null) {
      section = title[1]!
      header = undefined
    }
    if (!text.startsWith('|')) return
    const cells = text.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
    if (cells.every((cell) => /^:?-+:?$/.test(cell))) return
    if (/^model$/i.test(cells[0]!)) header = cells
    else if (header !== undefined && cells.length === header.length) {
      model = cells[0] === '' ? model : cells[0]!
      if (header.includes('TTFT(ms)')) benchmarkRow(header, cells, model, section, line, add)
      else stageRow(header, cells, model, line, add, skipped)
    }
  })
  if (rates.length === 0) throw new BadInput({ file: source.name, byteOffset: 0 }, 'rows of RKLLM with a time', skipped.sentence())
  return { format: 'rkllm-log', settings: settings.list, rates, skipped: skipped.record() }
}

type Add = (phase: 'prefill' | 'decode', tokens: number, ns: number, line: number, setting: Partial<RateSetting>, inferred?: Rate['inferred']) => void

/** `Qwen2 | 0.5B | w8a8 | 128 | 64 | 145.90 | 41.58 | 669.56`: TTFT of the prompt, tokens/s behind it. */
function benchmarkRow(header: readonly string[], cells: readonly string[], model: string, device: string, line: number, add: Add): void {
  const at = (name: string): string => cells[header.indexOf(name)] ?? ''
  const setting: Partial<RateSetting> = {
    model: `${model} ${at('Model Size')}`,
    quant: at('Dtype'),
    device,
    backend: 'rkllm',
    processor: 'npu',
    peakBytes: Math.round((Number(at('memory(MB)')) || 0) * 2 ** 20),
  }
  add('prefill', Number(at('Seqlen')) || 0, decimalToNs(at('TTFT(ms)'), 'ms'), line, setting)
  const tokens = Math.max(1, (Number(at('New_tokens')) || 2) - 1)
  add('decode', tokens, Math.round((tokens * 1e9) / Number(at('Tokens/s'))), line, setting, { ns: 'from-rate', tokens: 'first-token-by-prefill' })
}

/** `Qwen2-VL-2B | Prefill(len=196) | 632.6ms | 1234.9ms`: a column a platform. */
function stageRow(header: readonly string[], cells: readonly string[], model: string, line: number, add: Add, skipped: Skipped): void {
  const stage = cells[1] ?? ''
  for (const [column, cell] of cells.entries()) {
    if (column < 2) continue
    const [, device, quant] = /^([\w-]{1,20})(?:\(([\w-]{1,20})\))?$/.exec(header[column]!) ?? []
    const setting: Partial<RateSetting> = { model, device: device ?? header[column]!, quant: quant ?? '', backend: 'rkllm', processor: 'npu' }
    const length = /Prefill\(len=(\d{1,9})\)/i.exec(stage)
    const time = /^([\d.]{1,20})\s*(ms|s)$/.exec(cell)
    const speed = /^([\d.]{1,20})\s*tokens\/s$/.exec(cell)
    if (length !== null && time !== null) add('prefill', Number(length[1]), decimalToNs(time[1]!, time[2] as 'ms' | 's'), line, setting)
    else if (/^Decode$/i.test(stage) && speed !== null) add('decode', 1, Math.round(1e9 / Number(speed[1])), line, setting, { ns: 'from-rate' })
    else skipped.count(/img-encoder/i.test(stage) ? 'image encoder (no part of the language model)' : 'cell that is no time')
  }
}
