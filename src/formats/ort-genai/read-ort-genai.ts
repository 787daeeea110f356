import { parse } from 'csv-parse/browser/esm/sync'
import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { eachJsonValue, eachRecord } from '../json-values.js'
import { eachLogLine } from '../log-lines.js'
import { PRINTED } from '../phase-time.js'
import { RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'
import { addConfiguration, settingOf } from './configuration.js'
import { figureOf, type Figure } from './figures.js'
import { NativeBlock } from './native-block.js'

const PRINTED_LINE = new RegExp(`^[\\s*-]{0,12}(Average [A-Za-z ]{4,40}(?:\\(per token\\))?)\\s{0,4}:[\\s*]{0,8}(${PRINTED})\\s{0,4}(?:ms|tps|s)?\\s{0,8}$`)
const MAX_COLUMNS = 200

/** Reads the benchmark's log, its CSV and JSON, tables of either direction, and the report of model_benchmark. Throws `BadInput`. */
export async function readOrtGenai(source: Source, tools: ImportTools): Promise<RateReading> {
  const list = new RateList(source.name)
  if (/"prompt_processing_(?:throughput|latency)\w{0,8}"\s{0,8}:/.test(new TextDecoder().decode(source.head))) await readJson(source, tools, list)
  else await readLines(source, tools, list)
  return list.reading('ort-genai-bench', 'throughputs of the generate() benchmark')
}

async function readJson(source: Source, tools: ImportTools, list: RateList): Promise<void> {
  await eachJsonValue(source, tools, list.skipped, (value, line) => {
    for (const one of Array.isArray(value) ? value : [value]) {
      const figures = new Map<Figure, string>()
      eachRecord(one, (record, around) => {
        const isOf = (name: string): boolean => around.some((outer) => Object.hasOwn(outer, name) && outer[name] === record)
        const prefix = isOf('model_info') ? 'model_info.' : isOf('backend_options') ? 'backend_options.' : ''
        for (const [key, inner] of Object.entries(record)) {
          const figure = figureOf(prefix + key)
          if (figure !== undefined && (typeof inner === 'number' || typeof inner === 'string')) figures.set(figure, String(inner).slice(0, 200))
        }
      })
      if (!addConfiguration(list, figures, line)) list.skipped.count('record without a throughput')
    }
  })
}

async function readLines(source: Source, tools: ImportTools, list: RateList): Promise<void> {
  let shared: readonly (readonly [Figure, string])[] = []
  let figures = new Map<Figure, string>()
  let firstLine = 0
  let header: readonly (Figure | undefined)[] | undefined
  let columns: Map<Figure, string>[] = []
  const flush = (): void => {
    for (const one of [figures, ...columns]) addConfiguration(list, new Map([...shared, ...one]), firstLine)
    figures = new Map()
    columns = []
  }
  const setting = (): Partial<RateSetting> => settingOf(new Map(shared))()
  const native = new NativeBlock(list, setting)
  const put = (into: Map<Figure, string>, figure: Figure, value: string, line: number): void => {
    if (into.size === 0) firstLine = line
    into.set(figure, value)
  }
  await eachLogLine(source, tools, list.skipped, (text, line) => {
    if (native.take(text, line)) return
    const args = /Args: batch_size = (\d{1,6}), prompt_length = (\d{1,9}), tokens = (\d{1,9})/.exec(text)
    if (args !== null) {
      flush()
      shared = [['batch', args[1]!], ['prompt', args[2]!], ['generated', args[3]!]]
      return
    }
    const printed = PRINTED_LINE.exec(text)
    const figure = printed === null ? undefined : figureOf(printed[1]!)
    if (printed !== null && figure !== undefined) {
      if (figure === 'other') return
      if (figures.has(figure)) flush()
      return put(figures, figure, printed[2]!, line)
    }
    const cells = cellsOf(text)
    if (cells === undefined) {
      // Another table has columns of its own.
      if (text.trim() !== '') header = undefined
      return
    }
    const named = cells.map(figureOf)
    if (named.filter((one) => one !== undefined).length > 1) {
      flush()
      header = named
    } else if (header !== undefined) {
      if (cells.length !== header.length) return list.skipped.count('row that is cut')
      const row = new Map<Figure, string>()
      header.forEach((one, i) => one !== undefined && row.set(one, cells[i]!))
      if (!addConfiguration(list, row, line)) list.skipped.count('record without a throughput')
    } else if (named[0] !== undefined && named[0] !== 'other') {
      // A table on its side: a column a configuration, and perhaps one of units.
      if (columns[0]?.has(named[0]) === true) flush()
      cells.slice(1).filter((cell) => /^-?[\d.]|^(?:inf|nan)$/.test(cell)).forEach((cell, i) => put((columns[i] ??= new Map<Figure, string>()), named[0]!, cell, line))
    }
  })
  native.flush(1, undefined)
  flush()
}

/** Cells of a row of Markdown or CSV; undefined: it is neither, or the line between a table's head and its rows. */
function cellsOf(text: string): readonly string[] | undefined {
  const line = text.trim()
  let cells: readonly string[] | undefined
  if (line.startsWith('|')) cells = line.replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
  else if (line.includes(',')) cells = csvCells(line)
  if (cells === undefined || cells.length < 2 || cells.length > MAX_COLUMNS || cells.every((cell) => /^:?-*:?$/.test(cell))) return undefined
  return cells
}

function csvCells(line: string): readonly string[] | undefined {
  try {
    return (parse(line, { relax_column_count: true, bom: true })[0] as string[] | undefined)?.map((cell) => cell.trim())
  } catch {
    return undefined // no row of CSV, or cut in the middle of a quoted cell
  }
}
