import type { StudyTableName, StudyTables } from '../analysis/study-tables.js'
import { studyCharts } from './chart.js'
import { writeTablesPage, type TablesPage } from './tables-page.js'

/** What a page on a study is made of; charts are those of its tables that have rows. */
export interface StudyPage<Table extends StudyTableName> extends Omit<TablesPage<Table>, 'charts' | 'tables' | 'notes'> {
  readonly tables: Pick<StudyTables, Table>
  readonly warnings: readonly string[]
}

/** Writes the page and its tables; returns the paths. */
export function writeStudyPage<Table extends StudyTableName>({ warnings, ...page }: StudyPage<Table>, dir: string, name: string): Promise<string[]> {
  const charts = studyCharts().filter(({ meta }) => (page.tables[meta.table as Table] ?? []).length > 0)
  const whole = { ...page, charts, notes: { id: 'warnings', title: 'Warnings', lines: warnings } } as unknown as TablesPage<Table>
  return writeTablesPage(whole, dir, name)
}
