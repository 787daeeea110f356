import { parse } from 'csv-parse/browser/esm/sync'
import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { eachJsonValue, eachRecord } from '../json-values.js'
import { eachLogLine } from '../log-lines.js'
import { PRINTED } from '../phase-time.js'
import { RateList } from '../rate-list.js'
import type { RateReading } from '../rates.js'
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

/** Figures as they come, and the line of the first of them. */
class Held {
  readonly figures = new Map<Figure, string>()
  line = 0

  put(figure: Figure, value: string, line: number): void {
    if (this.figures.size === 0) this.line = line
    this.figures.set(figure, value)
  }
}

async function readLines(source: Source, tools: ImportTools, list: RateList): Promise<void> {
  let shared: readonly (readonly [Figure, string])[] = []
  let printed = new Held()
  let columns: Held[] = []
  let header: readonly (Figure | undefined)[] | undefined
  const flush = (): void => {
    for (const { figures, line } of [...columns, printed]) addConfiguration(list, new Map([...shared, ...figures]), line)
    printed = new Held()
    columns = []
  }
  const native = new NativeBlock(list, () => settingOf(new Map(shared))())
  const ofTable = (cells: readonly string[], line: number): void => {
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
      const figure = named[0]
      if (columns[0]?.figures.has(figure) === true) flush()
      const values = cells.slice(1).filter((cell) => /^-?[\d.]|^(?:inf|nan)$/.test(cell))
      values.forEach((cell, i) => (columns[i] ??= new Held()).put(figure, cell, line))
    }
  }
  await eachLogLine(source, tools, list.skipped, (text, line) => {
    if (native.take(text, line)) return
    const args = /Args: batch_size = (\d{1,6}), prompt_length = (\d{1,9}), tokens = (\d{1,9})/.exec(text)
    if (args !== null) {
      flush()
      shared = [['batch', args[1]!], ['prompt', args[2]!], ['generated', args[3]!]]
      return
    }
    const found = PRINTED_LINE.exec(text)
    const figure = found === null ? undefined : figureOf(found[1]!)
    if (found !== null && figure !== undefined) {
      if (figure === 'other') return
      if (columns.length > 0 || printed.figures.has(figure)) flush()
      return printed.put(figure, found[2]!, line)
    }
    const cells = cellsOf(text)
    if (cells !== undefined) {
      if (!cells.every((cell) => /^:?-*:?$/.test(cell))) ofTable(cells, line)
    } else if (text.trim() !== '') header = undefined // another table has columns of its own
  })
  native.flush(1, undefined)
  flush()
}

/** Cells of a row of Markdown or CSV; undefined: it is neither. */
function cellsOf(text: string): readonly string[] | undefined {
  const line = text.trim()
  let cells: readonly string[] | undefined
  if (line.startsWith('|')) cells = line.replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
  else if (line.includes(',')) cells = csvCells(line)
  return cells === undefined || cells.length < 2 || cells.length > MAX_COLUMNS ? undefined : cells
}

function csvCells(line: string): readonly string[] | undefined {
  try {
    return (parse(line, { relax_column_count: true, bom: true })[0] as string[] | undefined)?.map((cell) => cell.trim())
  } catch {
    return undefined // no row of CSV, or cut in the middle of a quoted cell
  }
}
