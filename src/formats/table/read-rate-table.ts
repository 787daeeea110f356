import { UsageFault } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import { processorNames, type ProcessorName } from '../../trace/words.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { fileOfPath, quantInName } from '../model-words.js'
import { PRINTED, addPrinted, type PrintedPhase } from '../phase-time.js'
import { RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'
import { bytesOfUnit, checkedMapping, placesOf, type MappedField, type RateField, type TableMapping } from './mapping.js'
import { rowsOf, type Cells } from './rows.js'

type Field = MappedField | RateField
type Phase = 'load' | 'prefill' | 'decode' | 'mixed'

/** `212.38 ± 0.40`, `40 tok/s`, `1.2e3`. */
const VALUE = new RegExp(`^(${PRINTED})(?:\\s{0,4}(?:±|\\+-|\\+/-)\\s{0,4}(${PRINTED}))?(?:\\s{0,4}[^\\d\\s][^\\d]{0,20})?$`, 'i')
const UNITS: Readonly<Record<number, PrintedPhase['unit']>> = { 0: 'ns', 3: 'us', 6: 'ms', 9: 's' }
const COUNTS: readonly Field[] = ['tokens', 'past', 'batch', 'threads', 'modelBytes', 'prefillTokens', 'decodeTokens']
/** The columns of a phase that has its own. */
const WIDE: readonly (readonly [phase: Phase, tokens: Field | undefined, ns: Field, perSecond: Field | undefined])[] = [
  ['load', undefined, 'loadNs', undefined],
  ['prefill', 'prefillTokens', 'prefillNs', 'prefillTokensPerS'],
  ['decode', 'decodeTokens', 'decodeNs', 'decodeTokensPerS'],
]

/** Reads a table of rates by the caller's mapping: a phase a row, or the phases of a run in columns. Throws `UsageFault` without a
 *  mapping of rates, `BadInput` for a table that does not fit it. */
export async function readRateTable(source: Source, tools: ImportTools, form: 'csv' | 'jsonl'): Promise<RateReading> {
  if (tools.mapping === undefined) throw new UsageFault(`--format ${form} needs --map`, 'such as --map phase=test,tokens=n,tokensPerS=t/s')
  const mapping = checkedMapping(tools.mapping)
  checkRates(mapping)
  const list = new RateList(source.name)
  const rows = rowsOf(form, source.name, mapping)
  await eachLogLine(source, tools, list.skipped, (text, line) => {
    const cells = rows.line(text, line)
    if (cells !== undefined) new RateRow(mapping, cells, line).addTo(list)
  }, form === 'csv')
  rows.finish()
  return list.reading(form, 'rows with times or rates that were measured')
}

function checkRates(mapping: TableMapping): void {
  const has = (field: Field | undefined): boolean => field !== undefined && Object.hasOwn(mapping.fields, field)
  const isLong = has('durationNs') || has('tokensPerS')
  if (isLong && !has('phase')) throw new UsageFault('--map: no column is the phase', 'add phase=COLUMN, or phase==prefill')
  for (const field of ['startNs', 'flops', 'bytes', 'm', 'n', 'k', 'layer', 'lane', 'request', 'step', 'kind', 'dataType'] as const)
    if (has(field)) throw new UsageFault(`--map: ${field} is of ops, and this is read as rates`, 'leave it out, or import the table')
  for (const [field, from] of Object.entries(mapping.fields)) {
    const unit = 'column' in from ? from.unit : undefined
    if (unit === undefined) continue
    const isTime = field === 'durationNs' || field === 'prefillNs' || field === 'decodeNs' || field === 'loadNs'
    const isKnown = isTime ? placesOf(unit) !== undefined : field === 'modelBytes' && bytesOfUnit(unit) !== undefined
    if (!isKnown) throw new UsageFault(`--map: a rate’s ${field} is not in ${unit}`, isTime ? 'times are in ns, us, ms or s' : 'leave the unit out')
  }
}

/** A row by its mapping. */
class RateRow {
  constructor(
    private readonly mapping: TableMapping,
    private readonly cells: Cells,
    private readonly line: number,
  ) {}

  addTo(list: RateList): void {
    if (COUNTS.some((field) => Number.isNaN(this.number(field)))) return list.skipped.count('row with a cell that is no count')
    const batch = this.number('batch')
    if (batch !== undefined && batch !== 1) return list.skipped.count('several sequences at once: their tokens are no steps of one')
    const setting = this.setting()
    if (this.has('durationNs') || this.has('tokensPerS')) {
      const word = this.text('phase') ?? ''
      const { phase, tokens } = phaseOf(word)
      if (phase === undefined) return list.skipped.count('row of another phase')
      this.add(list, phase, this.number('tokens') ?? tokens, 'durationNs', 'tokensPerS', setting)
    }
    for (const [phase, tokens, ns, perSecond] of WIDE)
      if (this.has(ns) || (perSecond !== undefined && this.has(perSecond)))
        this.add(list, phase, tokens === undefined ? undefined : this.number(tokens), ns, perSecond, setting)
  }

  private add(list: RateList, phase: Phase, tokens: number | undefined, timeField: Field, rateField: Field | undefined, setting: Partial<RateSetting>): void {
    const [time, rate] = [this.printed(timeField), rateField === undefined ? undefined : this.printed(rateField)]
    if (time === undefined && rate === undefined) return list.skipped.count('row without a time or rate')
    const from = this.mapping.fields[timeField]
    const unit = UNITS[from !== undefined && 'column' in from && from.unit !== undefined ? placesOf(from.unit)! : 0]!
    const past = this.number('past') ?? 0
    const spreading = [rate, time].find((one) => one?.spread !== undefined)
    const spread = spreading === undefined ? undefined : { of: spreading.value, sd: spreading.spread! }
    // A time of tokens that nobody counted is no rate.
    if (phase !== 'load' && tokens === undefined && rate === undefined) return list.skipped.count('time without its tokens')
    const told = phase === 'load' || tokens !== undefined ? time?.value : undefined
    const { line } = this
    addPrinted(list, { phase, tokens, time: told, unit, perSecond: rate?.value, past, spread, line, setting: () => setting })
  }

  private setting(): Partial<RateSetting> {
    const model = fileOfPath(this.text('model') ?? '')
    const backend = (this.text('backend') ?? '').slice(0, 60)
    const processor = processorOf(this.text('processor') ?? '')
    return {
      model,
      quant: (this.text('quant') ?? '').slice(0, 40) || quantInName(model),
      device: (this.text('device') ?? '').slice(0, 120),
      backend,
      ...(processor === undefined ? {} : { processor, isProcessorTold: true }),
      threads: this.number('threads') ?? 0,
      modelBytes: this.number('modelBytes') ?? 0,
    }
  }

  private has(field: Field): boolean {
    return Object.hasOwn(this.mapping.fields, field)
  }

  private text(field: Field): string | undefined {
    const from = this.has(field) ? this.mapping.fields[field]! : undefined
    if (from === undefined) return undefined
    if ('value' in from) return from.value
    const cell = this.cells(from.column)?.trim()
    return cell === undefined || cell === '' ? undefined : from.words !== undefined && Object.hasOwn(from.words, cell) ? from.words[cell] : cell
  }

  /** A number with its spread, in its own digits; `NaN` for what is none, which is counted as not measured. */
  private printed(field: Field): { readonly value: string; readonly spread?: string } | undefined {
    const text = this.text(field)
    if (text === undefined) return undefined
    const found = VALUE.exec(text)
    return found === null ? { value: 'nan' } : { value: found[1]!, ...(found[2] === undefined ? {} : { spread: found[2] }) }
  }

  /** A whole number of 0 or more; NaN: the cell is none; undefined: it is empty, or there is no such column. */
  private number(field: Field): number | undefined {
    const text = this.text(field)
    if (text === undefined) return undefined
    const from = this.mapping.fields[field]!
    const unit = 'column' in from ? from.unit : undefined
    const value = unit === undefined ? Number(text) : Math.round(Number(text) * (bytesOfUnit(unit) ?? NaN))
    return Number.isSafeInteger(value) && value >= 0 ? value : NaN
  }
}

/** The phase that a word means, and the tokens that llama-bench's words tell (`pp512`). */
function phaseOf(word: string): { readonly phase?: Phase; readonly tokens?: number } {
  const bench = /^(pp|tg)\s?(\d{1,9})$/i.exec(word)
  if (bench !== null) return { phase: bench[1]!.toLowerCase() === 'pp' ? 'prefill' : 'decode', tokens: Number(bench[2]) }
  if (/^pp$|pre-?fill|prompt/i.test(word)) return { phase: 'prefill' }
  if (/^tg$|decod|gener/i.test(word)) return { phase: 'decode' }
  if (/load|init/i.test(word)) return { phase: 'load' }
  return /^(?:mixed|total|end.to.end|e2e)$/i.test(word) ? { phase: 'mixed' } : {}
}

function processorOf(word: string): ProcessorName | undefined {
  if (processorNames.some((name) => name === word)) return word as ProcessorName
  if (/npu|htp|dsp|tpu|apu/i.test(word)) return 'npu'
  if (/gpu|cuda|opencl|vulkan|metal/i.test(word)) return 'gpu'
  return /cpu/i.test(word) ? 'cpu' : undefined
}
