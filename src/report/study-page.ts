import type { StudyTableName, StudyTables } from '../analysis/study-tables.js'
import { studyCharts, worded, type Json } from './chart.js'
import { writeTablesPage, type TablesPage } from './tables-page.js'

/** What a page on a study is made of; charts are those of its tables that have rows. */
export interface StudyPage<Table extends StudyTableName> extends Omit<TablesPage<Table>, 'charts' | 'tables' | 'notes'> {
  readonly tables: Pick<StudyTables, Table>
  readonly warnings: readonly string[]
  /** What `{x}`, `{y}` and `{value}` in the charts' axis titles stand for. */
  readonly titles?: Readonly<Record<string, string>>
}

/** Writes the page and its tables; returns the paths. */
export function writeStudyPage<Table extends StudyTableName>({ warnings, titles = {}, ...page }: StudyPage<Table>, dir: string, name: string): Promise<string[]> {
  const charts = studyCharts()
    .filter(({ meta }) => (page.tables[meta.table as Table] ?? []).length > 0)
    .map((chart) => worded(chart, page.hasPrefill !== false))
    .map((chart) => ({ ...chart, spec: withTitles(chart.spec, titles) as Json }))
  const whole = { ...page, charts, notes: { id: 'warnings', title: 'Warnings', lines: warnings } } as unknown as TablesPage<Table>
  return writeTablesPage(whole, dir, name)
}

/** A spec whose axis titles that stand for something say what; without a name an axis has none. */
function withTitles(value: unknown, titles: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((one) => withTitles(one, titles))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const named = key === 'title' && typeof inner === 'string' ? /^\{(\w+)\}$/.exec(inner)?.[1] : undefined
      return [key, named === undefined ? withTitles(inner, titles) : (titles[named] ?? null)]
    }),
  )
}
