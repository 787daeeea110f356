import { parse } from 'csv-parse/browser/esm/sync'
import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { DataType, ProcessorName } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { Expansion } from '../expansion.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import type { OpDraft } from '../op-draft.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { parseLayerRow, shapesOf, taskColumns, type LayerRow } from './row.js'

const MAX_ROWS = 20_000
const MAX_LINE = 10_000
const types: Readonly<Record<string, DataType>> = { FLOAT16: 'f16', FLOAT32: 'f32', BFLOAT16: 'bf16', INT8: 'int8', UINT8: 'int8', INT4: 'int4', INT32: 'int32', INT64: 'int64' }

interface RankRow {
  readonly type: string
  readonly calls: number
  readonly us: Readonly<Record<ProcessorName, number>>
  readonly place: Place
}

interface Table {
  readonly rows: { row: LayerRow; place: Place }[]
  printedUs: number
  printedKb: number
}

const fresh = (): Table => ({ rows: [], printedUs: NaN, printedKb: NaN })
const hasTimes = ({ rows }: Table): boolean => rows.some(({ row }) => !Number.isNaN(row.timeUs))

/** Reads the last layer table that has times, else the last ranking table, which is a summary of one and never added to
 *  it. A table of the compiler has no times and is refused. Throws `BadInput`. */
export async function readRknn(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  let kept = fresh()
  let open = fresh()
  let ranking: RankRow[] = []
  let columns: readonly string[] | undefined
  let tasks: number | undefined
  const end = (): void => {
    const isBetter = open.rows.length > 0 && (hasTimes(open) || !hasTimes(kept))
    const { rows } = isBetter ? kept : open
    if (rows.length > 0) skipped.count('layer of another table (a compiler pass, an earlier frame)', rows.length)
    if (isBetter) kept = open
    open = fresh()
  }
  await eachLogLine(source, tools, skipped, (raw, line) => {
    if (raw.length > MAX_LINE) return skipped.count('line of over 10000 characters')
    const text = raw.replace(/^.{0,40}?D RKNN: \[[\d:.]{1,16}\] ?/, '').replace(/^\s*\|.*$/, (cells) => cells.replaceAll('|', ' ').trim())
    const place = { file: source.name, line }
    if (/^\s*ID[ ,\t]+OpType\b/.test(text)) {
      end()
      columns = /^ID[,\t]/.test(text) ? cellsOf(text)?.map((cell) => cell.trim()) : undefined
      tasks = taskColumns(text)
      return
    }
    if (/^\s*OpType\s+Call ?Number\b/.test(text)) {
      ranking = []
      return
    }
    const row = columns === undefined ? parseLayerRow(text, tasks) : csvRow(columns, text)
    if (row !== undefined) {
      if (open.rows.length > 0 && row.id <= open.rows.at(-1)!.row.id) end()
      if (open.rows.length === MAX_ROWS) throw new BadInput(place, `at most ${MAX_ROWS} layers`, 'more of them')
      open.rows.push({ row, place })
      return
    }
    const rank = rankOf(text)
    if (rank !== undefined && ranking.length < MAX_ROWS) ranking.push({ ...rank, place })
    open.printedUs = printed(text, /^\s*Total Operator Elapsed (?:Per Frame )?Time\(us\): (\d{1,15})/) ?? open.printedUs
    open.printedKb = printed(text, /^\s*Total Memory Read\/Write Per Frame Size\(KB\): (\d{1,15}(?:\.\d{1,6})?)/) ?? open.printedKb
  })
  end()
  const timed = kept.rows.filter(({ row }) => !Number.isNaN(row.timeUs))
  if (kept.rows.length > 0 && timed.length === 0)
    throw new BadInput(
      { ...kept.rows[0]!.place, field: 'Time(us)' },
      'a table with times',
      'a table of the compiler: cycles and task counts, no Time(us)',
      'measure on the board: eval_perf() with perf_debug=True, or RKNN_QUERY_PERF_DETAIL',
    )
  const drafts = new OpDrafts(source, into, tools)
  try {
    if (timed.length > 0) {
      if (ranking.length > 0) skipped.count('row of the ranking table (a summary of the layers)', ranking.length)
      for (const { row, place } of timed) drafts.add(draftOf(row), place)
      countDifferences(kept, skipped)
    } else await spreadRanking(ranking, drafts)
    return await drafts.finish({
      device: 'unknown (Rockchip NPU)',
      tool: 'RKNN runtime',
      format: 'rknn-perf',
      note: timed.length > 0 ? layersNote(timed) : 'a ranking by type alone: calls share their type’s time evenly, their order is unknown',
      skipped,
    })
  } finally {
    drafts.close()
  }
}

const printed = (text: string, line: RegExp): number | undefined => {
  const found = line.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** Times are whole µs and add up; RW is cut to whole KB row by row, so that the printed total is up to 1 KB a row more. */
function countDifferences({ rows, printedUs, printedKb }: Table, skipped: Skipped): void {
  const us = rows.reduce((all, { row }) => all + row.timeUs, 0)
  const kb = rows.reduce((all, { row }) => all + row.rwKb, 0)
  if (!Number.isNaN(printedUs) && printedUs !== us) skipped.count('table whose layers do not add up to its printed total')
  if (!Number.isNaN(printedKb) && (printedKb < kb - 1 || printedKb > kb + rows.length)) skipped.count('table whose RW does not add up to its printed total')
}

function layersNote(rows: Table['rows']): string {
  const cycles = rows.reduce((all, { row }) => all + row.cycles, 0)
  return `layers of one frame, one after another${cycles > 0 && Number.isSafeInteger(cycles) ? `; the compiler estimated ${cycles} cycles in all` : ''}`
}

/** A row of the ranking: with or without the GPU's column, the last of its times their sum. */
function rankOf(text: string): Omit<RankRow, 'place'> | undefined {
  const found = /^\s*([A-Za-z]\S{0,120})\s+(\d{1,9})((?:\s+\d{1,12}){3,4})\s+[\d.]{1,8}\s?%?\s*$/.exec(text)
  if (found === null) return undefined
  const us = found[3]!.trim().split(/\s+/).map(Number)
  return { type: found[1]!, calls: Number(found[2]), us: { cpu: us[0]!, gpu: us.length === 4 ? us[1]! : 0, npu: us.at(-2)! } }
}

function draftOf(row: LayerRow): OpDraft {
  const kind = kindOfOpWord(row.type)
  const inputs = shapesOf(row.inputs)
  const output = shapesOf(row.outputs)[0]
  const shape = kind === 'matmul' ? shapeOf(row.type, inputs, output) : undefined
  const dataType = types[row.dataType]
  return {
    name: row.name === '' ? `${row.type} ${row.id}` : row.name,
    type: row.type,
    kind,
    phase: 'other',
    processor: processorOf(row.target),
    ...(dataType === undefined ? {} : { dataType }),
    layer: layerOfOpName(row.name),
    durationNs: row.timeUs * 1000,
    bytes: row.rwKb * 1024,
    ...shape,
    ...(shape === undefined ? {} : { flops: 2 * shape.m * shape.n * shape.k }),
    rules: { kind: 'op-type', layer: 'node-name', ...(shape === undefined ? {} : { m: 'shapes', n: 'shapes', k: 'shapes', flops: 'shapes' }) },
  }
}

/** A convolution as the implicit matmul over its output positions; weight `(outputs, inputs a group, kernel…)`. */
function shapeOf(type: string, inputs: readonly (readonly number[])[], output: readonly number[] | undefined): { m: number; n: number; k: number } | undefined {
  const weight = inputs[1]
  if (weight === undefined || output === undefined) return undefined
  const product = (list: readonly number[]): number => list.reduce((all, value) => all * value, 1)
  const isConv = /conv/i.test(type) && weight.length === 4
  const n = isConv ? weight[0]! : output.at(-1)!
  const k = isConv ? product(weight.slice(1)) : inputs[0]!.at(-1)!
  const m = n === 0 ? 0 : product(output) / n
  return Number.isInteger(m) && m > 0 && m < 2 ** 32 && n < 2 ** 32 && k > 0 && k < 2 ** 32 && 2 * m * n * k <= Number.MAX_SAFE_INTEGER ? { m, n, k } : undefined
}

const processorOf = (target: string): ProcessorName => (target === 'CPU' ? 'cpu' : target === 'GPU' ? 'gpu' : 'npu')

/** Calls of a type that ran on several processors are split evenly, the odd ones to the longer; each has one at least. */
async function spreadRanking(ranking: readonly RankRow[], drafts: OpDrafts): Promise<void> {
  const rows = ranking.flatMap(({ type, calls, us, place }) => {
    const used = (['cpu', 'gpu', 'npu'] as const).filter((processor) => us[processor] > 0).sort((a, b) => us[b] - us[a])
    const rules = { kind: 'op-type', durationNs: 'mean-of-count', ...(used.length > 1 ? { processor: 'calls-split-evenly' } : {}) }
    return used.map((processor, i) => ({
      draft: { name: type, kind: kindOfOpWord(type), processor, rules },
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
