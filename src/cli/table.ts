import { createRequire } from 'node:module'
import type CliTable3 from 'cli-table3'
import { printable } from '../base/quote.js'

/** A column of a table on the terminal: the row's field, its title (the key by default), its side (numbers right). */
export interface TableColumn {
  readonly key: string
  readonly title?: string
  readonly align?: 'left' | 'right'
}

export interface TableLook {
  /** Rules between the columns, by cli-table3; otherwise aligned text that `cut` and `awk` can read. */
  readonly ruled: boolean
  readonly colour: boolean
  /** Columns of the terminal: a wider table falls back to plain text. */
  readonly width?: number
}

/** Rows as text, without a newline at the end; every cell is made safe to print. */
export function renderTable(rows: readonly object[], columns: readonly TableColumn[], look: TableLook): string {
  const head = columns.map(({ key, title }) => printable(title ?? key, 80))
  const cells = rows.map((row) => columns.map(({ key }) => cellText(field(row, key))))
  const right = columns.map(({ key, align }) => (align === undefined ? holdsNumbers(rows, key) : align === 'right'))
  const widths = head.map((title, c) => Math.max(width(title), ...cells.map((row) => width(row[c]!))))
  const ruledWidth = widths.reduce((sum, w) => sum + w + 3, 1)
  if (look.ruled && ruledWidth <= (look.width ?? Infinity)) return ruled(head, cells, right, look.colour)
  return [head, ...cells].map((row) => plainLine(row, widths, right)).join('\n')
}

/** The keys of all rows, in order of first appearance. */
export function columnsOf(rows: readonly object[]): TableColumn[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].map((key) => ({ key }))
}

function plainLine(row: readonly string[], widths: readonly number[], right: readonly boolean[]): string {
  const padded = row.map((cell, c) => {
    const space = ' '.repeat(Math.max(0, widths[c]! - width(cell)))
    return right[c] ? space + cell : cell + space
  })
  return padded.join('  ').trimEnd()
}

/** cli-table3 is loaded here, when a terminal asks for it: scripts and light verbs do not pay for it. */
function ruled(head: string[], cells: string[][], right: boolean[], colour: boolean): string {
  const Table = createRequire(import.meta.url)('cli-table3') as typeof CliTable3
  const style = colour ? { head: ['bold'], border: ['grey'], compact: true } : { head: [], border: [], compact: true }
  const table = new Table({ head, style, colAligns: right.map((isRight) => (isRight ? 'right' : 'left')) })
  table.push(...cells)
  return table.toString()
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return printable(value.map(String).join(', '))
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

function holdsNumbers(rows: readonly object[], key: string): boolean {
  const values = rows.map((row) => field(row, key)).filter((value) => value !== undefined && value !== null)
  return values.length > 0 && values.every((value) => typeof value === 'number' || typeof value === 'bigint')
}

/** Rows come typed as interfaces, which have no index signature. */
function field(row: object, key: string): unknown {
  return (row as Readonly<Record<string, unknown>>)[key]
}

function width(text: string): number {
  return [...text].length
}
