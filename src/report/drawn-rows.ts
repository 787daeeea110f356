import { printable } from '../base/quote.js'
import type { AnyTableName, TimelineRow } from '../analysis/tables.js'
import type { Row } from './cells.js'
import { coalesced } from './coalesce.js'

const LABEL_LIMIT = 200

/** A table's rows as charts draw them: text without control characters, a timeline without slivers. */
export function drawnRows(table: AnyTableName, rows: readonly Row[]): readonly Row[] {
  const shown = table === 'timeline' ? coalesced(rows as readonly TimelineRow[]) : rows
  return shown.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([field, value]) => [field, typeof value === 'string' ? printable(value, LABEL_LIMIT) : value]),
    ),
  )
}
