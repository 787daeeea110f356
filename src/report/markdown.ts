import type { ReportCase, ReportData } from '../analysis/report-data.js'
import { charts, worded } from './chart.js'
import { fenced, markdown } from './escape.js'
import { basisOf, comparisonCaption, definitions, firstWordsOf, identityOf, parametersOf, recordedCaption, settingOf, switchesCaption, taxCaption, type FirstWords } from './words.js'
import { shownTable, tableOfChart, type ShownTable } from './shown-table.js'
import { comparisonTable, parameterTable, policyTable, recordedTable } from './sections.js'

/** The report as Markdown: the HTML page's words and tables in its order, without the charts. */
export function renderMarkdown(data: ReportData): string {
  return [
    `# ${markdown(data.title)}`,
    ...data.cases.flatMap((one, i) => firstBlocks(one, data.cases.length > 1 ? `Case ${i + 1}: ${one.title}: ` : '')),
    ...settingOf(data).map(([name, value]) => `- ${name}: ${markdown(value)}`),
    ...(data.device.note === '' ? [] : [`- Note: ${markdown(data.device.note)}`]),
    '## What these numbers rest on',
    ...data.cases.map((one) => `**${markdown(one.title)}.** ${basisOf(one).map(markdown).join(' ')}`),
    ...data.cases.flatMap((one, i) => caseBlocks(one, data.cases.length > 1 ? `Case ${i + 1}: ` : '')),
    '## Parameters that decided the result',
    tableText(parameterTable(parametersOf(data))),
    '## Policies',
    tableText(policyTable(data)),
    '## Warnings',
    warningList(data),
    '## How to make this report again',
    fenced(data.command, 'sh'),
    '## What the words mean',
    definitions.map(([term, meaning]) => `- **${markdown(term)}**: ${markdown(meaning)}`).join('\n'),
  ]
    .join('\n\n')
    .replace(/^(- .*)\n\n(?=- )/gm, '$1\n')
    .concat('\n')
}

function firstBlocks(one: ReportCase, name: string): string[] {
  return [...firstText(firstWordsOf(one), name), ...(one.tables['as-recorded'].length === 0 ? [] : [recordedCaption, tableText(recordedTable(one))])]
}

/** First words as blocks of Markdown; `name` (plain text) says of what. */
export function firstText({ line, policies, notices }: FirstWords, name = ''): string[] {
  const lines = [...policies, ...notices.map((notice) => `Warning: ${notice}`)]
  return [`${name === '' ? '' : `**${markdown(name.trimEnd())}** `}${markdown(line)}`, ...(lines.length === 0 ? [] : [lines.map((one) => `- ${markdown(one)}`).join('\n')])]
}

function caseBlocks(one: ReportCase, name: string): string[] {
  const recorded = one.tables['recorded-switches']
  const questions = charts().map((chart) => worded(chart, one.hasPrefill)).flatMap(({ meta }) => [
    `### ${meta.question}`,
    meta.caption,
    tableText(tableOfChart(meta, one.tables, one.hasPrefill)),
  ])
  return [
    `## ${name}${markdown(one.title)}`,
    markdown(identityOf(one)),
    markdown(comparisonCaption(one)),
    tableText(comparisonTable(one)),
    taxCaption,
    tableText(shownTable('tax', one.tables.tax)),
    ...(recorded.length === 0 ? [] : [switchesCaption(one), tableText(shownTable('recorded-switches', recorded, { hasPrefill: one.hasPrefill }))]),
    ...questions,
  ]
}

export function tableText({ columns, rows, omitted }: ShownTable): string {
  if (rows.length === 0) return 'No rows.'
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const more = omitted === 0 ? '' : `\n\n${omitted} more rows are in the CSV file.`
  return (
    [
      line(columns.map((column) => markdown(column.label))),
      line(columns.map((column) => (column.numeric ? '---:' : '---'))),
      ...rows.map((row) => line(row.map(markdown))),
    ].join('\n') + more
  )
}

function warningList(data: ReportData): string {
  const lines = data.cases.flatMap((one) => one.warnings.map((warning) => `- ${markdown(one.title)}: ${markdown(warning)}`))
  return lines.length === 0 ? 'None.' : lines.join('\n')
}
