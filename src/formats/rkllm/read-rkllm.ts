import type { Source } from '../../trace/source.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { fileOfPath } from '../model-words.js'
import { CONTRADICTS, PRINTED } from '../phase-time.js'
import { ratesAgree } from '../rate-check.js'
import { NOT_MEASURED, RateList } from '../rate-list.js'
import { isRateTime, type Rate, type RateReading, type RateSetting } from '../rates.js'
import type { Skipped } from '../skipped.js'

const CELL = `\\s{1,40}(${PRINTED}|/)`
const ROW = new RegExp(`^\\s{0,20}(Prefill|Generate|Init)(?=\\s)(?:${CELL})?(?:${CELL})?(?:${CELL})?(?:${CELL})?`)
/** Bytes of the unit in which the runtime prints its peak memory. */
const MEMORY: Readonly<Record<string, number>> = { MB: 2 ** 20, GB: 2 ** 30 }

/** What the session says where a request's rows stand, and the memory that it prints behind them. */
interface Printed {
  readonly run: Partial<RateSetting>
  peakBytes: number
  isDecoded: boolean
}

/** Reads requests (prefill, generate, init) and rows of the vendor's benchmark table. The prefill gives the first token,
 *  so a generate row of N tokens is N - 1 decode steps and its time is theirs. Throws `BadInput`. */
export async function readRkllm(source: Source, tools: ImportTools): Promise<RateReading> {
  const list = new RateList(source.name)
  const { skipped } = list
  const run: { -readonly [K in keyof RateSetting]?: RateSetting[K] } = { backend: 'rkllm', processor: 'npu' }
  let printed: Printed | undefined
  let peakUnit = ''
  let section = ''
  let header: readonly string[] | undefined
  let model = ''
  const add: Add = (phase, tokens, ns, line, setting, inferred = {}) => {
    if (tokens === 0) return skipped.count(NOT_MEASURED)
    list.add(phase, { tokens, ns, line, setting: () => setting, inferred })
  }
  const addPrinted = (phase: 'load' | 'prefill' | 'decode', tokens: number, ns: number, line: number, inferred: Rate['inferred'] = {}): void => {
    if (phase !== 'load' && tokens === 0) return skipped.count(NOT_MEASURED)
    const own = (printed ??= { run: { ...run }, peakBytes: 0, isDecoded: false })
    own.isDecoded ||= phase === 'decode'
    list.add(phase, { tokens, ns, line, setting: () => ({ ...own.run, peakBytes: own.peakBytes }), inferred })
  }
  const row = ([, stage, time = '', tokenText = '', , rate = '']: RegExpExecArray, line: number): void => {
    if (time === '/') return // a stage that did not run
    const ns = decimalToNs(time, 'ms')
    if (stage !== 'Generate' && printed?.isDecoded === true) printed = undefined
    if (stage === 'Init') return addPrinted('load', 0, ns, line)
    const tokens = Number(tokenText)
    if (rate === '') return skipped.count('row that is cut')
    if (!isRateTime(ns) || !Number.isSafeInteger(tokens) || tokens < 1) return skipped.count(NOT_MEASURED)
    const isDecode = stage === 'Generate'
    if (!ratesAgree(tokens, time, 'ms', rate) && !(isDecode && ratesAgree(tokens - 1, time, 'ms', rate))) return skipped.count(CONTRADICTS)
    if (isDecode) addPrinted('decode', Math.max(1, tokens - 1), ns, line, { tokens: 'first-token-by-prefill' })
    else addPrinted('prefill', tokens, ns, line)
  }
  await eachLogLine(source, tools, skipped, (raw, line) => {
    // The model's answer may stand before the runtime's words on a line.
    const text = raw.replace(/^.{0,4000}?(?:\b[IWED]\s{1,4})?\brkllm\s{0,8}: ?/, '')
    const platform = /platform: (\S{1,40})/.exec(text)?.[1]
    if (platform !== undefined) run.device = platform.replace(/,$/, '')
    run.quant = /model_dtype: (\S{1,40})/.exec(text)?.[1] ?? run.quant ?? ''
    const path = /loading rkllm model from (\S{1,300})/.exec(text)?.[1]
    if (path !== undefined) run.model = fileOfPath(path)
    const init = /Model init time \(ms\)\s{1,40}([\d.]{1,20})/.exec(text)
    if (init !== null) return addPrinted('load', 0, decimalToNs(init[1]!, 'ms'), line)
    const stage = ROW.exec(text)
    if (stage !== null && stage[2] !== undefined) return row(stage, line)
    const unit = /Memory Usage \((GB|MB)\)/.exec(text)?.[1]
    if (unit !== undefined) {
      peakUnit = unit
      return
    }
    const memory = peakUnit === '' ? null : /^\s{0,20}([\d.]{1,20})\s{0,80}$/.exec(text)
    if (memory !== null) {
      if (printed !== undefined) printed.peakBytes = Math.round(Number(memory[1]) * MEMORY[peakUnit]!) || 0
      peakUnit = ''
      printed = undefined // the next rows are another request's
      return
    }
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
  return list.reading('rkllm-log', 'rows of RKLLM with a time')
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
