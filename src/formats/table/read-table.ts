import { BadInput, UsageFault, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import { dataTypes, opKinds, phases, processorNames } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { givenClock, noClock, ticksToNs, type Clock } from '../cycles.js'
import { decimalAt } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import type { OpDraft } from '../op-draft.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { bytesOfUnit, checkedMapping, nsACycle, placesOf, rateFields, type FieldMapping, type MappedField, type TableMapping } from './mapping.js'
import { rowsOf, type Cells } from './rows.js'

/** Reads a table by the caller's mapping. Throws `UsageFault` without one, `BadInput` for a row that does not fit it. */
export async function readTable(source: Source, into: TraceWriter, tools: ImportTools, form: 'csv' | 'jsonl'): Promise<HeaderFacts> {
  if (tools.mapping === undefined) throw new UsageFault(`--format ${form} needs --map`, 'such as --map name=kernel,durationNs=us:time')
  const mapping = checkedMapping(tools.mapping)
  const ofRates = Object.keys(mapping.fields).filter((field) => (rateFields as readonly string[]).includes(field))
  if (ofRates.length > 0) throw new UsageFault(`--map: ${ofRates.join(', ')} ${ofRates.length === 1 ? 'is' : 'are'} of tables of rates, which become no ops`, `worldswitch devices fit --from FILE --format ${form} --map MAPPING makes device parameters of them`)
  const skipped = new Skipped()
  const clock = givenClock(tools)
  const drafts = new OpDrafts(source, into, tools)
  const rows = rowsOf(form, source.name, mapping)
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const cells = rows.line(text, line)
      if (cells !== undefined) drafts.add(draftOf(mapping, cells, { file: source.name, line }, clock), { file: source.name, line })
    }, form === 'csv')
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
