import { parse } from 'csv-parse/browser/esm/sync'
import { BadInput, type Place } from '../../base/errors.js'
import { didYouMean } from '../did-you-mean.js'
import type { TableMapping } from './mapping.js'

const MAX_RECORD = 1 << 20

/** A row's cell by its column; undefined: it has none. */
export type Cells = (column: string) => string | undefined

/** Rows of a table, line by line. */
export interface Rows {
  /** The cells of the row that ends on this line; undefined: none does. Throws `BadInput`. */
  line(text: string, line: number): Cells | undefined
  /** Throws `BadInput`: a row has begun and not ended. */
  finish(): void
}

export const rowsOf = (form: 'csv' | 'jsonl', file: string, mapping: TableMapping): Rows => (form === 'csv' ? new CsvRows(file, mapping) : new JsonRows(file, mapping))

/** Records of CSV; a quoted cell may go on over lines. */
class CsvRows implements Rows {
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

class JsonRows implements Rows {
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
