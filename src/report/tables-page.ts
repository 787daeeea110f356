import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { AnyTableName } from '../analysis/tables.js'
import { valueAt, type Row } from './cells.js'
import type { Chart } from './chart.js'
import { columnsOf } from './columns.js'
import { csvCell } from './csv.js'
import { drawnRows } from './drawn-rows.js'
import { fenced, html, htmlLines, markdown } from './escape.js'
import { makeFolder } from './folder.js'
import { figureHtml, firstHtml, packed, pageHtml, widthsOf } from './html.js'
import { tableHtml } from './html-table.js'
import { tableLatex } from './latex.js'
import { firstText, tableText } from './markdown.js'
import { shownTable, type ShownTable } from './shown-table.js'
import type { FirstWords } from './words.js'
import { writeWhole } from './write.js'

/** A page of charts and tables that is no comparison of policies: all plain text, escaped where it is written. */
export interface TablesPage<Table extends AnyTableName> {
  readonly title: string
  readonly version: string
  /** That made the page. */
  readonly command: string
  /** Above everything else: whose times these are, what was left out, what must be told. Nothing of that: absent. */
  readonly first?: FirstWords
  /** False: there is no prefill, and columns are called by what is there instead of a first token. */
  readonly hasPrefill?: boolean
  /** The next lines of the page: what was looked at, and with what. */
  readonly setting: readonly (readonly [name: string, value: string])[]
  readonly basis: { readonly title: string; readonly lines: readonly string[] }
  readonly charts: readonly Chart<Table>[]
  readonly tables: Readonly<Record<Table, readonly Row[]>>
  /** What each table of the page is, in its order; a table without rows is left out. */
  readonly captions: readonly (readonly [table: Table, title: string, caption: string])[]
  readonly notes: { readonly id: string; readonly title: string; readonly lines: readonly string[] }
}

/** The page as one HTML file, drawn and live. Same page, same bytes. */
export async function renderTablesPage<Table extends AnyTableName>(page: TablesPage<Table>): Promise<string> {
  const { tables, first, hasPrefill = true } = page
  const figures: string[] = []
  const rows: Record<string, unknown> = {}
  const charts: object[] = []
  for (const chart of page.charts) {
    const { meta } = chart
    const own = tables[meta.table]
    const id = `chart-${chart.name}`
    figures.push(await figureHtml(chart, own, id, tableHtml(shownTable(meta.table, own, { ...(meta.columns === undefined ? {} : { fields: meta.columns }), ...(meta.tableRows === undefined ? {} : { limit: meta.tableRows }), hasPrefill }), meta.question)))
    if (own.length === 0) continue
    const drawn = drawnRows(meta.table, own)
    rows[meta.table] = packed(drawn)
    charts.push({ id, rows: meta.table, widths: widthsOf(chart, drawn) })
  }
  return pageHtml({
    version: page.version,
    title: page.title,
    setting: `${first === undefined ? '' : `${firstHtml(first)}\n`}<dl class="setting">${page.setting.map(([name, value]) => `<div><dt>${html(name)}</dt><dd>${html(value)}</dd></div>`).join('')}</dl>`,
    sections: [basis(page), ...figures, ...sections(page), closing(page)].join('\n'),
    charts: { rows, charts },
  })
}

/** The page's words and tables without its charts. */
export function tablesMarkdown<Table extends AnyTableName>(page: TablesPage<Table>): string {
  const list = (lines: readonly string[]): string => lines.map((line) => `- ${markdown(line)}`).join('\n')
  return [
    `# ${markdown(page.title)}`,
    ...(page.first === undefined ? [] : firstText(page.first)),
    list(page.setting.map(([name, value]) => `${name}: ${value}`)),
    `## ${page.basis.title}`,
    list(page.basis.lines.map(capital)),
    ...page.captions.flatMap(([table, title, caption]) => (page.tables[table].length === 0 ? [] : [`## ${title}`, caption, tableText(shown(page, table))])),
    ...(page.notes.lines.length === 0 ? [] : [`## ${page.notes.title}`, list(page.notes.lines)]),
    '## How to make this page again',
    fenced(page.command, 'sh'),
  ]
    .join('\n\n')
    .concat('\n')
}

/** Writes `NAME.html`, `NAME.md`, and for each table `NAME.TABLE.csv` and `NAME.TABLE.tex` (those with a caption) into
 *  `dir`, made where missing. Each file appears whole or not at all. Returns the paths, in order. */
export async function writeTablesPage<Table extends AnyTableName>(page: TablesPage<Table>, dir: string, name: string): Promise<string[]> {
  await makeFolder(dir)
  const files: [suffix: string, content: string][] = [
    ['html', await renderTablesPage(page)],
    ['md', tablesMarkdown(page)],
    ...(Object.keys(page.tables) as Table[]).map((table): [string, string] => [`${table}.csv`, tableCsv(table, page.tables[table])]),
    ...page.captions.flatMap(([table, title]): [string, string][] => (page.tables[table].length === 0 ? [] : [[`${table}.tex`, tableLatex(shown(page, table), title, `${name}-${table}`)]])),
  ]
  const written: string[] = []
  for (const [suffix, content] of files) {
    const path = join(dir, `${name}.${suffix}`)
    await writeWhole(path, content)
    written.push(path)
  }
  return written
}

function basis<Table extends AnyTableName>({ basis: { title, lines }, captions, notes, tables }: TablesPage<Table>): string {
  const links = [
    ...captions.filter(([table]) => tables[table].length > 0).map(([table, name]) => [table, name] as const),
    ...(notes.lines.length === 0 ? [] : [[notes.id, notes.title] as const]),
    ['again', 'How to make this page again'] as const,
  ]
  return `<h2 id="basis">${html(title)}</h2>
<dl class="basis">${lines.map((line) => `<dd>${html(capital(line))}</dd>`).join('')}</dl>
<nav class="contents" aria-label="Contents"><ul>${links.map(([id, name]) => `<li><a href="#${id}">${html(name)}</a></li>`).join('')}</ul></nav>`
}

function sections<Table extends AnyTableName>(page: TablesPage<Table>): string[] {
  return page.captions.flatMap(([table, title, caption]) =>
    page.tables[table].length === 0 ? [] : [`<section aria-labelledby="${table}"><h2 id="${table}">${html(title)}</h2>\n${tableHtml(shown(page, table), caption)}</section>`],
  )
}

const shown = <Table extends AnyTableName>({ tables, hasPrefill = true }: TablesPage<Table>, table: Table): ShownTable => shownTable(table, tables[table], { hasPrefill })

function closing<Table extends AnyTableName>({ notes, command }: TablesPage<Table>): string {
  const said = `<section aria-labelledby="${notes.id}"><h2 id="${notes.id}">${html(notes.title)}</h2>
<ul class="warnings">${notes.lines.map((note) => `<li>${html(note)}</li>`).join('')}</ul></section>
`
  return `${notes.lines.length === 0 ? '' : said}<section aria-labelledby="again"><h2 id="again">How to make this page again</h2><pre><code>${htmlLines(command)}</code></pre></section>`
}

function tableCsv(table: AnyTableName, rows: readonly Row[]): string {
  const fields = columnsOf(table).map(({ field }) => field)
  return stringify([fields, ...rows.map((row) => fields.map((field) => csvCell(valueAt(row, field))))])
}

const capital = (line: string): string => `${line.charAt(0).toUpperCase()}${line.slice(1)}${line.endsWith('.') ? '' : '.'}`
