import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { ValidationTableName, ValidationTables } from '../analysis/tables.js'
import type { Validation } from '../study/validate/validation.js'
import { valueAt } from './cells.js'
import { columnsOf, validationTableNames } from './columns.js'
import { csvCell } from './csv.js'
import { fenced, markdown } from './escape.js'
import { makeFolder } from './folder.js'
import { tableText } from './markdown.js'
import { shownTable } from './shown-table.js'
import { capital, renderValidation, VALIDATION_TITLE, validationCaptions, type PageFacts } from './validation-page.js'
import { validationTables } from './validation-rows.js'
import { findingLines, summaryLines } from './validation-words.js'
import { writeWhole } from './write.js'

/** Writes `validation.html`, `validation.md` and a `validation.TABLE.csv` a table into `dir`, made where missing. Each
 *  file appears whole or not at all. Returns the paths, in order. */
export async function writeValidation(validation: Validation, dir: string, facts: PageFacts): Promise<string[]> {
  await makeFolder(dir)
  const tables = validationTables(validation)
  const files: [suffix: string, content: string][] = [
    ['html', await renderValidation(validation, facts)],
    ['md', validationMarkdown(validation, tables, facts)],
    ...validationTableNames.map((table): [string, string] => [`${table}.csv`, tableCsv(tables, table)]),
  ]
  const written: string[] = []
  for (const [suffix, content] of files) {
    const path = join(dir, `validation.${suffix}`)
    await writeWhole(path, content)
    written.push(path)
  }
  return written
}

function validationMarkdown(validation: Validation, tables: ValidationTables, { version, command }: PageFacts): string {
  const list = (lines: readonly string[]): string => lines.map((line) => `- ${markdown(line)}`).join('\n')
  return [
    `# ${VALIDATION_TITLE}`,
    list([...validation.devices.map(({ id, title }) => `Device: ${title} (${id})`), `Replayed with: worldswitch ${version}, ${validation.samples} draws, seed ${validation.seed}`]),
    '## How near the replay comes',
    list([...summaryLines(validation), ...validation.notes].map(capital)),
    ...validationCaptions.flatMap(([table, title, caption]) => (tables[table].length === 0 ? [] : [`## ${title}`, caption, tableText(shownTable(table, tables[table]))])),
    '## Notes on the claims',
    list([...findingLines(validation), ...validation.claims.flatMap(({ id, notes }) => notes.map((note) => `${id}: ${note}`))]),
    '## How to make this page again',
    fenced(command, 'sh'),
  ]
    .join('\n\n')
    .concat('\n')
}

function tableCsv(tables: ValidationTables, table: ValidationTableName): string {
  const fields = columnsOf(table).map(({ field }) => field)
  return stringify([fields, ...tables[table].map((row) => fields.map((field) => csvCell(valueAt(row, field))))])
}
