import type { ValidationTableName, ValidationTables } from '../analysis/tables.js'
import type { Validation } from '../study/validate/validation.js'
import { validationCharts } from './chart.js'
import { drawnRows } from './drawn-rows.js'
import { html } from './escape.js'
import { figureHtml, packed, pageHtml, widthsOf } from './html.js'
import { tableHtml } from './html-table.js'
import { shownTable } from './shown-table.js'
import { validationTables } from './validation-rows.js'
import { findingLines, summaryLines } from './validation-words.js'

export interface PageFacts {
  readonly version: string
  readonly command: string
}

export const VALIDATION_TITLE = 'Published figures, predicted from component costs'

/** What each table of the page is, in its order. */
export const validationCaptions: readonly (readonly [table: ValidationTableName, title: string, caption: string])[] = [
  ['claims', 'All claims', 'Every published claim beside what its own setting replays to. Calibrating claims are scored apart: parameters come from them.'],
  ['claim-readings', 'Other readings of the same sources', 'Discrete readings of what the papers leave open, one at a time; the claims above are under the defaults.'],
  ['claim-explanations', 'What would close the gap', 'A diagnosis, applied nowhere: for each claim outside its tolerance, or without one and more than 10 % off, the parameters that decide it and have a stated range, each moved alone within it. A parameter that closes a gap here may be wrong, or another one that is not varied.'],
  ['claim-parameters', 'What decided each claim', 'How far raising a parameter by 10 % moves the claim’s metric, one at a time.'],
]

/** The validation as one HTML file, drawn and live, as a comparison's report. Same validation and version, same bytes. */
export async function renderValidation(validation: Validation, facts: PageFacts): Promise<string> {
  const tables = validationTables(validation)
  const figures: string[] = []
  const rows: Record<string, unknown> = {}
  const charts: object[] = []
  for (const chart of validationCharts()) {
    const { meta } = chart
    const own = tables[meta.table]
    const id = `chart-${chart.name}`
    figures.push(await figureHtml(chart, own, id, tableHtml(shownTable(meta.table, own, meta.columns, meta.tableRows), meta.question)))
    if (own.length === 0) continue
    const drawn = drawnRows(meta.table, own)
    rows[meta.table] = packed(drawn)
    charts.push({ id, rows: meta.table, widths: widthsOf(chart, drawn) })
  }
  return pageHtml({
    version: facts.version,
    title: VALIDATION_TITLE,
    setting: setting(validation, facts),
    sections: [basis(validation), ...figures, ...sections(tables), closing(validation, facts)].join('\n'),
    charts: { rows, charts },
  })
}

function setting({ devices, samples, seed }: Validation, { version }: PageFacts): string {
  const pairs = [
    ...devices.map(({ id, title }) => ['Device', `${title} (${id})`] as const),
    ['Intervals', samples > 0 ? `95 %, from ${samples} draws of the devices’ parameters, seed ${seed}` : 'none: parameters at their central values'] as const,
    ['Replayed with', `worldswitch ${version}`] as const,
  ]
  return `<dl class="setting">${pairs.map(([name, value]) => `<div><dt>${html(name)}</dt><dd>${html(value)}</dd></div>`).join('')}</dl>`
}

function basis(validation: Validation): string {
  const said = [...summaryLines(validation), ...validation.notes]
  const links = [...validationCaptions.map(([table, title]) => [table, title] as const), ['claims-notes', 'Notes on the claims'] as const, ['again', 'How to make this page again'] as const]
  return `<h2 id="basis">How near the replay comes</h2>
<dl class="basis">${said.map((line) => `<dd>${html(capital(line))}</dd>`).join('')}</dl>
<nav class="contents" aria-label="Contents"><ul>${links.map(([id, title]) => `<li><a href="#${id}">${html(title)}</a></li>`).join('')}</ul></nav>`
}

function sections(tables: ValidationTables): string[] {
  return validationCaptions.flatMap(([table, title, caption]) =>
    tables[table].length === 0 ? [] : [`<section aria-labelledby="${table}"><h2 id="${table}">${html(title)}</h2>\n${tableHtml(shownTable(table, tables[table]), caption)}</section>`],
  )
}

function closing(validation: Validation, { command }: PageFacts): string {
  const notes = [...findingLines(validation), ...validation.claims.flatMap(({ id, notes }) => notes.map((note) => `${id}: ${note}`))]
  return `<section aria-labelledby="claims-notes"><h2 id="claims-notes">Notes on the claims</h2>
<ul class="warnings">${notes.map((note) => `<li>${html(note)}</li>`).join('')}</ul></section>
<section aria-labelledby="again"><h2 id="again">How to make this page again</h2><pre><code>${html(command)}</code></pre></section>`
}

export const capital = (line: string): string => `${line.charAt(0).toUpperCase()}${line.slice(1)}${line.endsWith('.') ? '' : '.'}`
