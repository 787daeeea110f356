import { parse } from 'csv-parse/browser/esm/sync'
import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { Settings, type Rate, type RateReading } from '../rates.js'
import { Skipped } from '../skipped.js'
import { parseInsert } from '../sql-insert.js'
import { BenchTable, rateOfTest, type BenchFields } from './bench-row.js'

const MAX_RATES = 200_000
const MAX_ARRAY_BYTES = 64 << 20

/** Reads tests: one JSON document, a JSON object a line, CSV, SQL or a Markdown table. Throws `BadInput`. */
export async function readBench(source: Source, tools: ImportTools): Promise<RateReading> {
  const skipped = new Skipped()
  const settings = new Settings()
  const rates: Rate[] = []
  const add = (rate: Rate | undefined): void => {
    if (rate === undefined) return
    if (rates.length === MAX_RATES) throw new BadInput({ file: source.name, line: rate.line }, `at most ${MAX_RATES} tests`, 'more of them')
    rates.push(rate)
  }
  const test = (value: unknown, line: number): void => {
    const fields = fieldsOf(value)
    if (fields === undefined) skipped.count('entry that is no test')
    else add(rateOfTest(fields, settings, skipped, line))
  }
  const table = new BenchTable(settings, skipped)
  const open = new OpenJson(source.name)
  let columns: readonly string[] | undefined
  await eachLogLine(source, tools, skipped, (text, line) => {
    const document = open.line(text)
    if (document !== undefined) return documentOf(document, test)
    if (open.isOpen) return
    const first = text.trimStart()[0]
    if (first === '{') return test(jsonOf(text), line)
    const inserted = parseInsert(text, '(?:llama_bench|test)')
    if (inserted !== undefined) return add(rateOfTest(inserted, settings, skipped, line))
    if (/^\s*INSERT INTO (?:llama_bench|test)\b/.test(text)) return skipped.count('record that is cut')
    if (/^"?build_commit"?,/.test(text)) columns = cellsOf(text)
    else if (columns !== undefined && first === '"') {
      const cells = cellsOf(text)
      if (cells?.length === columns.length) add(rateOfTest(new Map(columns.map((column, i) => [column, cells[i]])), settings, skipped, line))
      else skipped.count('record that is cut')
    } else if (columns === undefined && /^"[^"]{0,80}","\d{1,9}",/.test(text)) skipped.count('record without the title of its table')
    else add(table.line(text, { line }))
  })
  const last = open.end()
  if (last !== undefined) documentOf(last, test)
  if (rates.length === 0) throw new BadInput({ file: source.name, byteOffset: 0 }, 'tests of llama-bench with a time', skipped.sentence())
  return { format: 'llama-bench', settings: settings.list, rates, skipped: skipped.record() }
}

function documentOf(document: unknown, test: (value: unknown, line: number) => void): void {
  if (Array.isArray(document)) document.forEach((value, i) => test(value, i + 1))
  else test(document, 1)
}

const indentOf = (text: string): number => text.length - text.trimStart().length

/** A JSON document over several lines of a log: it begins with a bracket alone, or one with an object behind it, and ends where a line
 *  begins with its counterpart. */
class OpenJson {
  private lines: string[] = []
  private bytes = 0

  constructor(private readonly file: string) {}

  get isOpen(): boolean {
    return this.lines.length > 0
  }

  /** The document that this line ends, or holds whole (a list; objects are lines of their own). */
  line(text: string): unknown {
    const trimmed = text.trim()
    if (this.lines.length === 1 && trimmed !== '' && !/^[{"\]}]/.test(trimmed) && /^[[{]$/.test(this.lines[0]!.trim())) this.lines = [] // a bracket of something else
    if (!this.isOpen) {
      if (!/^(?:\[\s*(?:\{|$)|\{\s*$)/.test(trimmed)) return undefined
      const whole = trimmed === '[' || trimmed === '{' ? undefined : jsonOf(trimmed)
      if (whole === undefined) {
        this.lines = [text]
        this.bytes = text.length
      }
      return whole
    }
    this.lines.push(text)
    this.bytes += text.length
    if (this.bytes > MAX_ARRAY_BYTES) throw new BadInput({ file: this.file, byteOffset: 0 }, `at most ${MAX_ARRAY_BYTES} bytes of JSON`, 'more of them')
    const first = this.lines[0]!
    const isEnd = trimmed.startsWith(first.trim().startsWith('[') ? ']' : '}') && indentOf(text) <= indentOf(first)
    return isEnd ? this.end() : undefined
  }

  /** What is open, at its end or that of the file. Throws `BadInput` where it is no whole JSON. */
  end(): unknown {
    const text = this.lines.join('\n')
    this.lines = []
    if (!text.includes('{')) return undefined
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new BadInput({ file: this.file, byteOffset: 0 }, 'JSON of llama-bench', (error as Error).message, 'is the file whole?')
    }
  }
}

/** A test's fields; of a wrapper's object those in `bench_raw`. */
function fieldsOf(value: unknown): BenchFields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const record = value as Record<string, unknown>
  const inner = Object.hasOwn(record, 'bench_raw') ? record['bench_raw'] : record
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner) || !Object.hasOwn(inner, 'avg_ns')) return undefined
  return new Map(Object.entries(inner))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function cellsOf(line: string): readonly string[] | undefined {
  try {
    return parse(line, { relax_column_count: true, bom: true })[0] as string[]
  } catch {
    return undefined // cut in the middle of a quoted cell
  }
}
