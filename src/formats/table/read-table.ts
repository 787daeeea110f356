import { parse } from 'csv-parse/browser/esm/sync'
import { BadInput, UsageFault, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import { dataTypes, opKinds, phases, processorNames } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { givenClock, noClock, ticksToNs, type Clock } from '../cycles.js'
import { decimalAt } from '../decimal-text.js'
import { didYouMean } from '../did-you-mean.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import type { OpDraft } from '../op-draft.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { bytesOfUnit, checkedMapping, nsACycle, placesOf, type FieldMapping, type MappedField, type TableMapping } from './mapping.js'

const MAX_RECORD = 1 << 20
/** A row's cell by its column; undefined: it has none. */
type Cells = (column: string) => string | undefined

/** Reads a table by the caller's mapping. Throws `UsageFault` without one, `BadInput` for a row that does not fit it. */
export async function readTable(source: Source, into: TraceWriter, tools: ImportTools, form: 'csv' | 'jsonl'): Promise<HeaderFacts> {
  if (tools.mapping === undefined) throw new UsageFault(`--format ${form} needs --map`, 'such as --map name=kernel,durationNs=us:time')
  const mapping = checkedMapping(tools.mapping)
  const skipped = new Skipped()
  const clock = givenClock(tools)
  const drafts = new OpDrafts(source, into, tools)
  const rows = form === 'csv' ? new CsvRows(source.name, mapping) : new JsonRows(source.name, mapping)
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const cells = rows.line(text, line)
      if (cells !== undefined) drafts.add(draftOf(mapping, cells, { file: source.name, line }, clock), { file: source.name, line })
    })
    rows.finish()
    return await drafts.finish({ device: 'unknown (table)', tool: `table (${form})`, format: form, note: 'read by a mapping of its columns', skipped })
  } finally {
    drafts.close()
  }
}

function draftOf(mapping: TableMapping, cells: Cells, place: Place, clock: Clock | undefined): OpDraft {
  const rules: Record<string, string> = {}
  const text = (field: MappedField): string | undefined => {
    const from = mapping.fields[field]
    if (from === undefined) return undefined
    if ('value' in from) return from.value
    const cell = cells(from.column)?.trim()
    return cell === undefined || cell === '' ? undefined : (from.words !== undefined && Object.hasOwn(from.words, cell) ? from.words[cell] : cell)
  }
  const number = (field: MappedField): number | undefined => {
    const cell = text(field)
    const from = mapping.fields[field]!
    if (cell === undefined || !('column' in from) || from.unit !== 'cycles') return cell === undefined ? undefined : numberOf(cell, from, field, place)
    if (clock === undefined) throw noClock({ ...place, field: from.column }, `${cell} cycles`)
    // A start by a clock is one that was recorded; `startNs` marks those that were not.
    if (field !== 'startNs') rules[field] = clock.rule
    const ns = ticksToNs(Number(cell), clock)
    if (!Number.isSafeInteger(ns)) throw new BadInput({ ...place, field: from.column }, 'a number of cycles', cell)
    return ns
  }
  /** One of our own words, or what `guess` makes of another one. */
  const word = <T extends string>(field: MappedField, words: readonly T[], guess: (cell: string) => T): T | undefined => {
    const cell = text(field)
    if (cell === undefined) return undefined
    if ((words as readonly string[]).includes(cell)) return cell as T
    rules[field] = 'mapped-word'
    return guess(cell)
  }
  const name = text('name') ?? text('type') ?? text('kind') ?? 'op'
  const durationNs = number('durationNs')
  if (durationNs === undefined) throw new BadInput({ ...place, field: 'durationNs' }, 'a duration in every row', undefined)
  const kind = word('kind', opKinds, kindOfOpWord) ?? ((rules['kind'] = 'op-name'), kindOfOpWord(text('type') ?? name))
  const layer = number('layer') ?? ((rules['layer'] = 'op-name'), layerOfOpName(name))
  const draft: Record<string, unknown> = {
    name,
    kind,
    layer,
    durationNs,
    type: text('type') ?? name,
    phase: word('phase', phases, (cell) => (/pre-?fill|prompt/i.test(cell) ? 'prefill' : /decod|gener/i.test(cell) ? 'decode' : /load|init/i.test(cell) ? 'load' : 'other')),
    processor: word('processor', processorNames, (cell) => (/npu|htp|dsp|tpu|apu/i.test(cell) ? 'npu' : /gpu|cuda|opencl|vulkan|metal/i.test(cell) ? 'gpu' : 'cpu')),
    dataType: word('dataType', dataTypes, (cell) => (/bf16|bfloat/i.test(cell) ? 'bf16' : /16/.test(cell) ? 'f16' : /32/.test(cell) ? 'f32' : /8/.test(cell) ? 'int8' : /4/.test(cell) ? 'int4' : 'unknown')),
    lane: text('lane'),
  }
  for (const field of ['request', 'step', 'm', 'n', 'k', 'startNs', 'flops', 'bytes'] as const) draft[field] = number(field)
  for (const [field, value] of Object.entries(draft)) if (value === undefined) delete draft[field]
  return { ...draft, rules } as unknown as OpDraft
}

function numberOf(cell: string, from: FieldMapping, field: string, place: Place): number {
  const unit = 'column' in from ? (from.unit ?? '') : ''
  const places = placesOf(unit)
  const perCycle = nsACycle(unit)
  const size = bytesOfUnit(unit)
  const value = places !== undefined ? decimalAt(cell, places) : Math.round(Number(cell) * (size ?? (Number.isNaN(perCycle) ? 1 : perCycle)))
  if (Number.isSafeInteger(value)) return value
  const column = 'column' in from ? from.column : field
  throw new BadInput({ ...place, field: column }, unit === '' ? 'a number' : `a number of ${unit}`, cell)
}

/** Records of CSV; a quoted cell may go on over lines. */
class CsvRows {
  private columns: readonly string[] | undefined
  private held = ''

  constructor(
    private readonly file: string,
    private readonly mapping: TableMapping,
  ) {}

  line(text: string, line: number): Cells | undefined {
    const whole = this.held === '' ? text : `${this.held}\n${text}`
    if (whole.length > MAX_RECORD) throw new BadInput({ file: this.file, line }, `a record of at most ${MAX_RECORD} characters`, whole.length)
    if (((whole.match(/"/g) ?? []).length & 1) === 1) {
      this.held = whole
      return undefined
    }
    this.held = ''
    if (whole.trim() === '') return undefined
    let cells: string[]
    try {
      cells = (parse(whole, { relax_column_count: true, bom: true, delimiter: this.mapping.separator ?? ',' })[0] ?? []) as string[]
    } catch (error) {
      throw new BadInput({ file: this.file, line }, 'a record of CSV', undefined, (error as Error).message)
    }
    if (this.columns === undefined) {
      this.columns = cells.map((cell) => cell.trim())
      checkColumns(this.mapping, this.columns, { file: this.file, line })
      return undefined
    }
    const { columns } = this
    return (column) => cells[columns.indexOf(column)]
  }

  finish(): void {
    if (this.held !== '') throw new BadInput({ file: this.file }, 'the end of a quoted cell', 'the end of the file')
  }
}

class JsonRows {
  private isChecked = false

  constructor(
    private readonly file: string,
    private readonly mapping: TableMapping,
  ) {}

  line(text: string, line: number): Cells | undefined {
    if (text.trim() === '') return undefined
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw new BadInput({ file: this.file, line }, 'a JSON object', undefined, (error as Error).message)
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadInput({ file: this.file, line }, 'a JSON object', value)
    if (!this.isChecked) {
      this.isChecked = true
      const own = Object.entries(value).flatMap(([key, inner]) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.keys(inner).map((nested) => `${key}.${nested}`) : [key]))
      checkColumns(this.mapping, own, { file: this.file, line }, (column) => at(value, column) !== undefined)
    }
    return (column) => {
      const found = at(value, column)
      return found === undefined || found === null ? undefined : typeof found === 'object' ? JSON.stringify(found) : String(found as string | number | boolean)
    }
  }

  finish(): void {}
}

/** `args.op`: a field of a field. A field with a dot in its own name is found as well. */
function at(value: unknown, column: string): unknown {
  const of = (from: unknown, key: string): unknown => (typeof from === 'object' && from !== null && Object.hasOwn(from, key) ? (from as Record<string, unknown>)[key] : undefined)
  return of(value, column) ?? column.split('.').reduce(of, value)
}

function checkColumns(mapping: TableMapping, columns: readonly string[], place: Place, has: (column: string) => boolean = (column) => columns.includes(column)): void {
  for (const [field, from] of Object.entries(mapping.fields))
    if ('column' in from && !has(from.column))
      throw new BadInput({ ...place, field }, `a column ${JSON.stringify(from.column)}`, columns.slice(0, 40).join(', '), didYouMean(from.column, columns))
}
