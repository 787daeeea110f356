import { CARRIED_LIMIT } from '../analysis/origin-line.js'
import type { ReportCase, ReportData } from '../analysis/report-data.js'
import { columnsByTable } from './columns.js'
import { cellText, valueAt } from './cells.js'
import { shownTable, type ShownTable } from './shown-table.js'
import type { parametersOf } from './words.js'

/** A case's policies side by side. Its own name and the predicted share stand in the first lines, and so does what is carried
 *  over unless it is much. */
export function comparisonTable({ tables, hasPrefill, carriedOver }: ReportCase): ShownTable {
  const rows = tables.comparison
  const hidden = ['trace', 'predictedShare', ...(hasPrefill ? ['runTimeNs', 'runTimeSpeedup'] : []), ...(rows.some(({ carriedShare }) => carriedShare > CARRIED_LIMIT) ? [] : ['carriedShare'])]
  const marked = rows.map((row) => (carriedOver.some(({ policy }) => policy === row.policy) ? { ...row, policy: `${row.policy} *` } : row))
  return shownTable('comparison', marked, { fields: Object.keys(columnsByTable.comparison).filter((field) => !hidden.includes(field)), hasPrefill })
}

/** The recording itself, without columns that nothing is known for. */
export function recordedTable({ tables }: ReportCase): ShownTable {
  const rows = tables['as-recorded']
  return shownTable('as-recorded', rows, { fields: Object.keys(columnsByTable['as-recorded']).filter((field) => rows.some((row) => valueAt(row, field) !== null)) })
}

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
