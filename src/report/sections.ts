import type { ReportData } from '../analysis/report-data.js'
import { columnsByTable } from './columns.js'
import { cellText } from './cells.js'
import { shownTable, type ShownTable } from './shown-table.js'
import type { parametersOf } from './words.js'

/** A case's comparison leaves out its own name and the predicted share: both stand in the first lines. */
export const comparisonFields: readonly string[] = Object.keys(columnsByTable.comparison).filter(
  (field) => field !== 'trace' && field !== 'predictedShare',
)

export function parameterTable(parameters: ReturnType<typeof parametersOf>): ShownTable {
  const table = shownTable(
    'parameters',
    parameters.map(({ row }) => row),
  )
  if (parameters.every(({ cases }) => cases === 'all')) return table
  return {
    ...table,
    columns: [...table.columns, { label: 'case', numeric: false }],
    rows: table.rows.map((row, i) => [...row, parameters[i]!.cases]),
  }
}

export function policyTable(data: ReportData): ShownTable {
  return {
    columns: ['policy', 'what it is', 'source'].map((label) => ({ label, numeric: false })),
    rows: data.policies.map(({ id, summary, source }) => [id, summary, source].map((text) => cellText(text, 'text'))),
    omitted: 0,
  }
}
