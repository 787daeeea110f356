import { parse } from 'csv-parse/browser/esm/sync'
import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { DataType, ProcessorName } from '../../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { Expansion } from '../expansion.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts, type OpDraft } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { parseLayerRow, shapesOf, type LayerRow } from './row.js'

const MAX_ROWS = 200_000
const types: Readonly<Record<string, DataType>> = { FLOAT16: 'f16', FLOAT32: 'f32', BFLOAT16: 'bf16', INT8: 'int8', UINT8: 'int8', INT4: 'int4', INT32: 'int32', INT64: 'int64' }

interface RankRow {
  readonly type: string
  readonly calls: number
  readonly us: Readonly<Record<ProcessorName, number>>
  readonly place: Place
}

/** Reads the last layer table, else the ranking table, which is a summary of one and never added to it. A table of the
 *  compiler has no times and is refused. Throws `BadInput`. */
export async function readRknn(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  let rows: { row: LayerRow; place: Place }[] = []
  let earlier = 0
  const ranking: RankRow[] = []
  let printedUs = NaN
  let columns: readonly string[] | undefined
  await eachLogLine(source, tools, skipped, (raw, line) => {
    const text = raw.replace(/^.{0,40}?D RKNN: \[[\d:.]{1,16}\] ?/, '')
    const place = { file: source.name, line }
    if (/^ID[,\t]OpType[,\t]/.test(text)) {
      columns = text.split(/[,\t]/).map((cell) => cell.trim())
      return
    }
    const row = columns === undefined ? parseLayerRow(text) : csvRow(columns, text)
    if (row !== undefined) {
      if (rows.length === MAX_ROWS) throw new BadInput(place, `at most ${MAX_ROWS} layers`, 'more of them')
      if (rows.length > 0 && row.id <= rows.at(-1)!.row.id) {
        earlier += rows.length
        rows = []
      }
      rows.push({ row, place })
      return
    }
    const rank = /^\s*([A-Za-z]\S{0,120})\s+(\d{1,9})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+[\d.]{1,8}%/.exec(text)
    if (rank !== null && ranking.length < MAX_ROWS)
      ranking.push({ type: rank[1]!, calls: Number(rank[2]), us: { cpu: Number(rank[3]), gpu: Number(rank[4]), npu: Number(rank[5]) }, place })
    printedUs = Number(/^Total Operator Elapsed (?:Per Frame )?Time\(us\): (\d{1,15})/.exec(text)?.[1] ?? printedUs)
  })
  if (earlier > 0) skipped.count('layer of an earlier table (a compiler pass)', earlier)
  const timed = rows.filter(({ row }) => !Number.isNaN(row.timeUs))
  if (rows.length > 0 && timed.length === 0)
    throw new BadInput(
      { ...rows[0]!.place, field: 'Time(us)' },
      'a table with times',
      'a table of the compiler: cycles and task counts, no Time(us)',
      'measure on the board: eval_perf() with perf_debug=True, or RKNN_QUERY_PERF_DETAIL',
    )
  const drafts = new OpDrafts(source, into, tools)
  try {
    if (timed.length > 0) {
      if (ranking.length > 0) skipped.count('row of the ranking table (a summary of the layers)', ranking.length)
      for (const { row, place } of timed) drafts.add(draftOf(row), place)
      const sum = timed.reduce((all, { row }) => all + row.timeUs, 0)
      if (!Number.isNaN(printedUs) && printedUs !== sum) skipped.count('table whose layers do not add up to its printed total')
    } else await spreadRanking(ranking, drafts)
    return await drafts.finish({
      device: 'unknown (Rockchip NPU)',
      tool: 'RKNN runtime',
      format: 'rknn-perf',
      note: timed.length > 0 ? 'layers of one frame, one after another' : 'a ranking by type alone: calls share their type’s time evenly, their order is unknown',
      skipped,
    })
  } finally {
    drafts.close()
  }
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

async function spreadRanking(ranking: readonly RankRow[], drafts: OpDrafts): Promise<void> {
  const rules = { kind: 'op-type', durationNs: 'mean-of-count' }
  const rows = ranking.flatMap(({ type, calls, us, place }) =>
    (['cpu', 'gpu', 'npu'] as const).flatMap((processor) =>
      us[processor] === 0 ? [] : [{ draft: { name: type, kind: kindOfOpWord(type), processor, rules }, count: Math.max(1, calls), totalNs: us[processor] * 1000, place }],
    ),
  )
  await new Expansion(drafts).spread(rows, 1, () => ({ phase: 'other' }))
}

/** The same columns as CSV, shapes in quotes. */
function csvRow(columns: readonly string[], text: string): LayerRow | undefined {
  let cells: readonly string[] | undefined
  try {
    cells = parse(text, { relax_column_count: true, delimiter: text.includes('\t') ? '\t' : ',' })[0] as string[] | undefined
  } catch {
    return undefined
  }
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
    timeUs: /^\d{1,12}$/.test(time) ? Number(time) : NaN,
    rwKb: Number(at('RW(KB)')) || 0,
    name: at('FullName'),
  }
}
