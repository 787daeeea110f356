import { stringify } from 'csv-stringify/sync'
import { printable } from '../base/quote.js'
import type { ReportData } from '../analysis/report-data.js'
import type { TableName } from '../analysis/tables.js'
import { valueAt } from './cells.js'
import { columnsOf } from './columns.js'

/** A table over all cases as CSV: raw values under the row fields' own names (units end the names), the case in
 *  the first column, CRLF-free, UTF-8. Text that a spreadsheet would take for a formula gets an apostrophe. */
export function renderCsv(data: ReportData, table: TableName): string {
  const fields = columnsOf(table).map((column) => column.field)
  const lines = data.cases.flatMap((one) =>
    one.tables[table].map((row) => [inert(one.title), ...fields.map((field) => csvCell(valueAt(row, field)))]),
  )
  return stringify([['case', ...fields], ...lines])
}

export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? inert(value) : String(value)
}

/** Formula openers, also behind blanks and in their full-width forms (OWASP: CSV injection). */
const FORMULA = /^\s*[=+\-@\t\r\uFF0B\uFF0D\uFF1D\uFF20]/
const inert = (text: string): string => (FORMULA.test(text) ? `'${printable(text, 4000)}` : printable(text, 4000))
