import { createHash } from 'node:crypto'
import type { ReportCase, ReportData } from '../analysis/report-data.js'
import type { AnyTableName } from '../analysis/tables.js'
import { BrokenLaw } from '../base/errors.js'
import { valueAt, type Row } from './cells.js'
import { chartConfig, charts, fitted, worded, type Chart } from './chart.js'
import { DRAWN_PX, PAGE_FONT, pageSvg } from './draw.js'
import { drawnRows } from './drawn-rows.js'
import { html, htmlLines, scriptJson } from './escape.js'
import { chartLibraries, reportFile } from './files.js'
import { tableHtml } from './html-table.js'
import { declarations } from './palette.js'
import { comparisonTable, parameterTable, policyTable, recordedTable } from './sections.js'
import { shownTable, tableOfChart } from './shown-table.js'
import { basisOf, comparisonCaption, definitions, firstWordsOf, identityOf, parametersOf, recordedCaption, settingOf, switchesCaption, taxCaption, type FirstWords } from './words.js'

/** Page widths that a chart is prepared for, in px; the page takes the widest that fits. */
const WIDTHS_PX = [330, 600, DRAWN_PX]

/** The report as one HTML file: charts drawn and, where scripts run, drawn live; nothing is ever loaded. A strict
 *  content security policy admits its scripts by hash. Same data and version, same bytes. */
export async function renderHtml(data: ReportData): Promise<string> {
  const shown = charts()
  const cases: string[] = []
  for (const [i, one] of data.cases.entries()) cases.push(await caseSection(one, i, label(i, data), shown))
  return pageHtml({
    version: data.version,
    title: data.title,
    setting: `${data.cases.map((one, i) => first(one, label(i, data))).join('\n')}\n${setting(data)}`,
    sections: [basis(data), ...cases, closing(data)].join('\n'),
    charts: chartData(data, shown),
  })
}

/** A case's first line, the policies that it does not show, what must be told, and the recording itself. */
function first(one: ReportCase, name: string): string {
  const recorded = one.tables['as-recorded']
  return `${firstHtml(firstWordsOf(one), `${name}${name === '' ? '' : `${one.title}: `}`)}${recorded.length === 0 ? '' : `\n${tableHtml(recordedTable(one), recordedCaption)}`}`
}

/** First words as HTML; `name` (plain text) says of what. */
export function firstHtml({ line, policies, notices }: FirstWords, name = ''): string {
  const list = (kind: string, lines: readonly string[]): string => (lines.length === 0 ? '' : `\n<ul class="${kind}">${lines.map((one) => `<li>${html(one)}</li>`).join('')}</ul>`)
  return `<p class="origin">${name === '' ? '' : `<b>${html(name)}</b>`}${html(line)}</p>${list('left-out', policies)}${list('warnings', notices)}`
}

/** The shell of every page. `setting` and `sections` are HTML, the rest is not. */
export function pageHtml(page: { readonly version: string; readonly title: string; readonly setting: string; readonly sections: string; readonly charts: object }): string {
  const scripts = [...chartLibraries(), reportFile('page.js')]
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  return filled(reportFile('page.html'), {
    policy: `default-src 'none'; script-src ${hashes.join(' ')}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`,
    version: html(page.version),
    title: html(page.title),
    style: style(),
    setting: page.setting,
    sections: page.sections,
    data: scriptJson(page.charts),
    scripts: scripts.map(scriptElement).join('\n'),
  })
}

/** Fills `{{name}}` in one pass, so that nothing filled in is ever read as a hole. */
function filled(shell: string, parts: Readonly<Record<string, string>>): string {
  return shell.replace(/\{\{(\w+)\}\}/g, (_hole, name: string) => parts[name] ?? '')
}

function scriptElement(script: string): string {
  if (/<\/script|<!--/i.test(script)) throw new BrokenLaw('a script of the report page would end its own element')
  return `<script>${script}</script>`
}

function style(): string {
  const light = declarations('light')
  const dark = declarations('dark')
  return `:root{${light}}@media screen and (prefers-color-scheme:dark){:root{${dark}}}\n${reportFile('page.css')}`
}

function setting(data: ReportData): string {
  const pairs = settingOf(data).map(([name, value]) => `<div><dt>${html(name)}</dt><dd>${html(value)}</dd></div>`)
  const note = data.device.note === '' ? '' : `<p class="note">${html(data.device.note)}</p>`
  return `<dl class="setting">${pairs.join('')}</dl>${note}`
}

function basis(data: ReportData): string {
  const cases = data.cases.map(
    (one, i) => `<dt>${label(i, data)}${html(one.title)}</dt><dd>${basisOf(one).map(html).join(' ')}</dd>`,
  )
  const links = [
    ...data.cases.map((one, i) => [`case-${i + 1}`, one.title] as const),
    ...closingTitles.map(([id, title]) => [id, title] as const),
  ].map(([id, title]) => `<li><a href="#${id}">${html(title)}</a></li>`)
  return `<h2 id="basis">What these numbers rest on</h2>
<dl class="basis">${cases.join('')}</dl>
<nav class="contents" aria-label="Contents"><ul>${links.join('')}</ul></nav>`
}

const label = (i: number, data: ReportData): string => (data.cases.length > 1 ? `Case ${i + 1}: ` : '')

async function caseSection(one: ReportCase, index: number, name: string, shown: readonly Chart[]): Promise<string> {
  const figures: string[] = []
  for (const chart of shown) figures.push(await figure(worded(chart, one.hasPrefill), one, index))
  const recorded = one.tables['recorded-switches']
  return `<section aria-labelledby="case-${index + 1}">
<h2 id="case-${index + 1}">${name}${html(one.title)}</h2>
<p class="note">${html(identityOf(one))}</p>
${tableHtml(comparisonTable(one), comparisonCaption(one))}
${tableHtml(shownTable('tax', one.tables.tax), taxCaption)}
${recorded.length === 0 ? '' : tableHtml(shownTable('recorded-switches', recorded, { hasPrefill: one.hasPrefill }), switchesCaption(one))}
${figures.join('\n')}
</section>`
}

const chartId = (index: number, chart: Chart): string => `chart-${index + 1}-${chart.name}`

function figure(chart: Chart, one: ReportCase, index: number): Promise<string> {
  return figureHtml(chart, one.tables[chart.meta.table], chartId(index, chart), tableHtml(tableOfChart(chart.meta, one.tables, one.hasPrefill), chart.meta.question))
}

/** A chart with its question, its drawing and its figures as a table (`table`: HTML). */
export async function figureHtml({ meta, ...chart }: Chart<AnyTableName>, rows: readonly Row[], id: string, table: string): Promise<string> {
  const heading = `<h3 id="${id}-q">${html(meta.question)}</h3>`
  if (rows.length === 0) return `${heading}\n<p class="note">Nothing to draw: there are no rows for it.</p>`
  const alternative = html(`${meta.question} The table below has the same figures.`)
  const drawing = await pageSvg({ meta, ...chart }, rows, id)
  return `${heading}
<figure aria-labelledby="${id}-q">
<figcaption>${html(meta.caption)}</figcaption>
<div class="chart" id="${id}" role="img" aria-label="${alternative}">${drawing}</div>
<details><summary>The figures as a table</summary>${table}</details>
</figure>`
}

const closingTitles = [
  ['parameters', 'Parameters that decided the result'],
  ['policies', 'Policies'],
  ['warnings', 'Warnings'],
  ['again', 'How to make this report again'],
  ['words', 'What the words mean'],
] as const

function closing(data: ReportData): string {
  const warnings = data.cases.flatMap((one) =>
    one.warnings.map((warning) => `<li>${data.cases.length > 1 ? `${html(one.title)}: ` : ''}${html(warning)}</li>`),
  )
  const terms = definitions.map(([term, meaning]) => `<dt>${html(term)}</dt><dd>${html(meaning)}</dd>`)
  const bodies: Record<(typeof closingTitles)[number][0], string> = {
    parameters: tableHtml(
      parameterTable(parametersOf(data)),
      'Device parameters with their spread, where they come from and how firm they are.',
    ),
    policies: tableHtml(policyTable(data), 'The policies compared, and who described them.'),
    warnings: warnings.length === 0 ? '<p>None.</p>' : `<ul class="warnings">${warnings.join('')}</ul>`,
    again: `<pre><code>${htmlLines(data.command)}</code></pre>`,
    words: `<dl class="terms">${terms.join('')}</dl>`,
  }
  return closingTitles
    .map(([id, title]) => `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${bodies[id]}</section>`)
    .join('\n')
}

/** Rows as the page carries them: the field names once. */
export function packed(rows: readonly Row[]): { fields: string[]; values: unknown[][] } {
  const fields = Object.keys(rows[0] ?? {})
  return { fields, values: rows.map((row) => fields.map((field) => valueAt(row, field))) }
}

/** A chart's spec for each width that a page may have. */
export function widthsOf(chart: Chart<AnyTableName>, drawn: readonly Row[]): { widthPx: number; spec: object }[] {
  return WIDTHS_PX.map((widthPx) => ({ widthPx, spec: { ...fitted(chart, drawn, widthPx), config: chartConfig(PAGE_FONT, widthPx) } }))
}

/** What the page's script draws: rows once a case and table, each chart's spec once a width. */
function chartData(data: ReportData, shown: readonly Chart[]): object {
  const rows: Record<string, unknown> = {}
  const list: object[] = []
  for (const [index, one] of data.cases.entries()) {
    for (const chart of shown) {
      const { table } = chart.meta
      if (one.tables[table].length === 0) continue
      const drawn = drawnRows(table, one.tables[table])
      rows[`${index + 1} ${table}`] = packed(drawn)
      list.push({ id: chartId(index, chart), rows: `${index + 1} ${table}`, widths: widthsOf(worded(chart, one.hasPrefill), drawn) })
    }
  }
  return { rows, charts: list }
}
