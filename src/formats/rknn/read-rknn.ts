import { parse } from 'csv-parse/browser/esm/sync'
import type { Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { DataType, OpKind, ProcessorName } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { Expansion } from '../expansion.js'
import type { ImportTools } from '../format.js'
import { kindOfGraphOp } from '../graph-kinds.js'
import { eachLogLine } from '../log-lines.js'
import type { OpDraft } from '../op-draft.js'
import { OpDrafts } from '../op-drafts.js'
import { layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { untoldRequest } from '../untold-request.js'
import { layerShape } from './layer-shape.js'
import { RknnMachine } from './machine.js'
import { parseLayerRow, shapesOf, taskColumns, type LayerRow } from './row.js'
import { LayerTables, type LayerTable } from './tables.js'

const MAX_ROWS = 20_000
const MAX_LINE = 10_000
const types: Readonly<Record<string, DataType>> = { FLOAT16: 'f16', FLOAT32: 'f32', BFLOAT16: 'bf16', INT8: 'int8', UINT8: 'int8', INT4: 'int4', INT32: 'int32', INT64: 'int64' }

interface RankRow {
  readonly type: string
  readonly calls: number
  readonly us: Readonly<Record<ProcessorName, number>>
  readonly place: Place
}

/** Reads of each network the last layer table that has times (several networks are steps one after another), else the last
 *  ranking table, which is a summary of one and never added to it. A table of the compiler has no times and is refused. Throws
 *  `BadInput`. */
export async function readRknn(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const tables = new LayerTables(skipped)
  const machine = new RknnMachine()
  let ranking: RankRow[] = []
  let columns: readonly string[] | undefined
  let tasks: number | undefined
  await eachLogLine(source, tools, skipped, (raw, line) => {
    if (raw.length > MAX_LINE) return skipped.count('line of over 10000 characters')
    const text = raw.replace(/^.{0,40}?D RKNN: \[[\d:.]{1,16}\] ?/, '').replace(/^\s*\|.*$/, (cells) => cells.replaceAll('|', ' ').trim())
    const place = { file: source.name, line }
    machine.line(text)
    if (/^\s*ID[ ,\t]+OpType\b/.test(text)) {
      tables.end()
      columns = /^ID[,\t]/.test(text) ? cellsOf(text)?.map((cell) => cell.trim()) : undefined
      tasks = taskColumns(text)
      return
    }
    if (/^\s*OpType\s+Call ?Number\b/.test(text)) {
      if (ranking.length > 0) skipped.count('row of an earlier ranking table', ranking.length)
      ranking = []
      return
    }
    const row = columns === undefined ? parseLayerRow(text, tasks) : csvRow(columns, text)
    if (row !== undefined) return tables.add(row, place)
    const rank = rankOf(text)
    if (rank !== undefined && ranking.length < MAX_ROWS) ranking.push({ ...rank, place })
    else if (rank !== undefined) skipped.count(`row of a ranking beyond ${MAX_ROWS}`)
    else if (isCutRow(text, columns)) skipped.count('row that is cut')
    tables.printed(
      printed(text, /^\s*Total Operator Elapsed (?:Per Frame )?Time\(us\): (\d{1,15})/),
      printed(text, /^\s*Total Memory Read\/Write Per Frame Size\(KB\): (\d{1,15}(?:\.\d{1,6})?)/),
    )
  })
  const measured = tables.measured()
  const drafts = new OpDrafts(source, into, tools)
  try {
    for (const [step, table] of measured.entries()) {
      for (const { row, place } of table.rows) if (!Number.isNaN(row.timeUs)) drafts.add({ ...draftOf(row), step }, place)
      countDifferences(table, skipped)
    }
    if (measured.length === 0) await spreadRanking(ranking, drafts)
    else if (ranking.length > 0) skipped.count('row of the ranking table (a summary of the layers)', ranking.length)
    return await drafts.finish({
      device: machine.device() ?? 'unknown (Rockchip NPU)',
      tool: 'RKNN runtime',
      ...(machine.runtime === undefined ? {} : { runtime: machine.runtime }),
      format: 'rknn-perf',
      note: measured.length > 0 ? layersNote(measured) : 'a ranking by type alone: calls share their type’s time evenly, their order is unknown',
      requests: untoldRequest,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

/** A layer's row that has lost cells: it begins as one. */
const isCutRow = (text: string, columns: readonly string[] | undefined): boolean =>
  columns === undefined ? /^\s*\d{1,6}\s+[A-Za-z]\S{0,120}\s+(?:B?FLOAT(?:16|32)|U?INT(?:4|8|16|32|64)|BOOL)(?:\s|$)/.test(text) : /^\d{1,6}[,\t]\s*[A-Za-z]/.test(text)

const printed = (text: string, line: RegExp): number | undefined => {
  const found = line.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** Times are whole µs and add up; RW is cut to whole KB row by row, so that the printed total is up to 1 KB a row more. */
function countDifferences({ rows, printedUs, printedKb }: LayerTable, skipped: Skipped): void {
  const us = rows.reduce((all, { row }) => all + row.timeUs, 0)
  const kb = rows.reduce((all, { row }) => all + row.rwKb, 0)
  if (!Number.isNaN(printedUs) && printedUs !== us) skipped.count('table whose layers do not add up to its printed total')
  if (!Number.isNaN(printedKb) && (printedKb < kb - 1 || printedKb > kb + rows.length)) skipped.count('table whose RW does not add up to its printed total')
}

function layersNote(tables: readonly LayerTable[]): string {
  const rows = tables.flatMap((table) => table.rows)
  const all = (of: (row: LayerRow) => number): number => rows.reduce((sum, { row }) => sum + of(row), 0)
  const cycles = all((row) => row.cycles)
  const viewKb = all((row) => (kindOf(row) === 'view' ? row.rwKb : 0))
  return [
    tables.length === 1 ? 'layers of one frame, one after another' : `layers of one frame of each of ${tables.length} networks, one after another`,
    ...(viewKb > 0 ? [`${viewKb} KB of RW that the table counts for views move nowhere`] : []),
    ...(cycles > 0 && Number.isSafeInteger(cycles) ? [`the compiler estimated ${cycles} cycles in all`] : []),
  ].join('; ')
}

/** What enters or leaves a graph without moving is a view too. */
const kindOf = ({ type, rwKb }: LayerRow): OpKind => (/^(Input|Output)Operator$/.test(type) && rwKb === 0 ? 'view' : kindOfGraphOp(type))

/** A row of the ranking: with or without the GPU's column, the last of its times their sum. */
function rankOf(text: string): Omit<RankRow, 'place'> | undefined {
  const found = /^\s*([A-Za-z]\S{0,120})\s+(\d{1,9})((?:\s+\d{1,12}){3,4})\s+[\d.]{1,8}\s?%?\s*$/.exec(text)
  if (found === null) return undefined
  const us = found[3]!.trim().split(/\s+/).map(Number)
  return { type: found[1]!, calls: Number(found[2]), us: { cpu: us[0]!, gpu: us.length === 4 ? us[1]! : 0, npu: us.at(-2)! } }
}

function draftOf(row: LayerRow): OpDraft {
  const kind = kindOf(row)
  const shape = kind === 'matmul' || kind === 'attention' ? layerShape(row.type, shapesOf(row.inputs), shapesOf(row.outputs)[0]) : undefined
  const isShaped = shape !== undefined && shape.m > 0
  const dataType = Object.hasOwn(types, row.dataType) ? types[row.dataType] : undefined
  return {
    name: row.name === '' ? `${row.type} ${row.id}` : row.name,
    type: row.type,
    kind,
    phase: 'other',
    processor: processorOf(row.target),
    ...(dataType === undefined ? {} : { dataType }),
    layer: layerOfOpName(row.name),
    durationNs: row.timeUs * 1000,
    bytes: kind === 'view' ? 0 : row.rwKb * 1024,
    ...(kind === 'view' ? { flops: 0 } : shape),
    rules: { kind: 'op-type', layer: 'node-name', ...(isShaped ? { m: 'shapes', n: 'shapes', k: 'shapes' } : {}), ...(shape === undefined ? {} : { flops: 'shapes' }) },
  }
}

const processorOf = (target: string): ProcessorName => (target === 'CPU' ? 'cpu' : target === 'GPU' ? 'gpu' : 'npu')

/** Calls of a type that ran on several processors are split evenly, the odd ones to the longer; each has one at least. */
async function spreadRanking(ranking: readonly RankRow[], drafts: OpDrafts): Promise<void> {
  const rows = ranking.flatMap(({ type, calls, us, place }) => {
    const used = (['cpu', 'gpu', 'npu'] as const).filter((processor) => us[processor] > 0).sort((a, b) => us[b] - us[a])
    const rules = { kind: 'op-type', durationNs: 'mean-of-count', ...(used.length > 1 ? { processor: 'calls-split-evenly' } : {}) }
    return used.map((processor, i) => ({
      draft: { name: type, kind: kindOfGraphOp(type), processor, rules },
      count: Math.max(1, Math.floor(calls / used.length) + (i < calls % used.length ? 1 : 0)),
      totalNs: us[processor] * 1000,
      place,
    }))
  })
  await new Expansion(drafts).spread(rows, 1, () => ({ phase: 'other' }))
}

/** The same columns as CSV, shapes in quotes. */
function csvRow(columns: readonly string[], text: string): LayerRow | undefined {
  const cells = cellsOf(text)
  if (cells === undefined || cells.length !== columns.length) return undefined
  const at = (...names: string[]): string => cells[columns.findIndex((column) => names.includes(column))]?.trim() ?? ''
  if (!/^\d{1,6}$/.test(at('ID'))) return undefined
  const time = at('Time(us)')
  return {
    id: Number(at('ID')),
    type: at('OpType'),
    dataType: at('DataType'),
    target: at('Target'),
    inputs: at('InputShape'),
    outputs: at('OutputShape'),
    cycles: Number(at('Cycles(DDR/NPU/Total)').split('/').at(-1) || at('Total Cycles')) || 0,
    timeUs: /^\d{1,12}$/.test(time) ? Number(time) : NaN,
    rwKb: Number(at('RW(KB)')) || 0,
    name: at('FullName'),
  }
}

function cellsOf(text: string): string[] | undefined {
  try {
    return parse(text, { relax_column_count: true, delimiter: text.includes('\t') ? '\t' : ',' })[0] as string[] | undefined
  } catch {
    return undefined
  }
}
