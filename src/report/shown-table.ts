import type { AnyTableName, TableName, Tables } from '../analysis/tables.js'
import { cellText, isNumeric, valueAt, type Row } from './cells.js'
import type { ChartMeta } from './chart.js'
import { coalesced } from './coalesce.js'
import type { Column } from './column.js'
import { columnsByTable, columnsOf } from './columns.js'

/** A table as people read it: text in every cell, not yet escaped for HTML or Markdown. */
export interface ShownTable {
  readonly columns: readonly { readonly label: string; readonly numeric: boolean }[]
  readonly rows: readonly (readonly string[])[]
  /** Rows left out because nobody reads that many; CSV has them. */
  readonly omitted: number
}

const ROW_LIMIT = 300
/** Columns that only sort, for charts. */
const sorting: readonly string[] = ['order', 'causeOrder', 'laneOrder', 'modeOrder', 'unitOrder', 'stateOrder']

/** The table of a chart, turned or cut to columns as its spec asks. */
export function tableOfChart(meta: ChartMeta, tables: Tables, hasPrefill = true): ShownTable {
  const rows = meta.table === 'timeline' ? coalesced(tables.timeline) : tables[meta.table]
  return meta.pivot === undefined
    ? shownTable(meta.table, rows, { ...(meta.columns === undefined ? {} : { fields: meta.columns }), ...(meta.tableRows === undefined ? {} : { limit: meta.tableRows }), hasPrefill })
    : turned(meta.table, rows, meta.pivot)
}

/** What of a table is shown, and under which words. */
export interface Shown {
  /** All that are not for sorting where left out. */
  readonly fields?: readonly string[]
  readonly limit?: number
  /** False: columns are called by what is there instead of a first token, or left out. */
  readonly hasPrefill?: boolean
}

/** A table's rows as people read them. */
export function shownTable(table: AnyTableName, rows: readonly Row[], { fields, limit = ROW_LIMIT, hasPrefill = true }: Shown = {}): ShownTable {
  const columns = columnsOf(table).filter(
    ({ field, withoutPrefill }) => (hasPrefill || withoutPrefill !== null) && (fields === undefined ? !sorting.includes(field) : fields.includes(field)),
  )
  return cut(
    columns.map(({ label, kind, withoutPrefill }) => ({ label: hasPrefill ? label : (withoutPrefill ?? label), numeric: isNumeric(kind) })),
    rows.map((row) => columns.map(({ field, kind }) => cellText(valueAt(row, field), kind))),
    limit,
  )
}

/** One row a combination of `rows`, one column a value of `columns`; a dash where there is nothing. */
function turned(table: TableName, rows: readonly Row[], pivot: NonNullable<ChartMeta['pivot']>): ShownTable {
  const column = (field: string): Column => (columnsByTable[table] as Readonly<Record<string, Column>>)[field]!
  const textOf = (row: Row, field: string): string => cellText(valueAt(row, field), column(field).kind)
  const across = [...new Set(rows.map((row) => textOf(row, pivot.columns)))]
  const down = new Map<string, { place: number; heads: string[]; cells: Map<string, string> }>()
  for (const row of rows) {
    const heads = pivot.rows.map((field) => textOf(row, field))
    const key = JSON.stringify(heads)
    const line = down.get(key) ?? { place: Number(valueAt(row, 'causeOrder')), heads, cells: new Map<string, string>() }
    line.cells.set(textOf(row, pivot.columns), textOf(row, pivot.value))
    down.set(key, line)
  }
  // grouped by the first head in order of appearance of its lowest cause, causes in their own order within it
  const firsts = [...new Set([...down.values()].sort((a, b) => a.place - b.place).map((line) => line.heads[0]))]
  const lines = [...down.values()].sort((a, b) => firsts.indexOf(a.heads[0]) - firsts.indexOf(b.heads[0]) || a.place - b.place)
  const heads = pivot.rows.map((field) => ({ label: column(field).label, numeric: false }))
  return cut(
    [...heads, ...across.map((label) => ({ label, numeric: true }))],
    lines.map((line) => [...line.heads, ...across.map((label) => line.cells.get(label) ?? '–')]),
  )
}

function cut(columns: ShownTable['columns'], rows: ShownTable['rows'], limit = ROW_LIMIT): ShownTable {
  return { columns, rows: rows.slice(0, limit), omitted: Math.max(0, rows.length - limit) }
}
