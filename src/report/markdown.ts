import type { ReportCase, ReportData } from '../analysis/report-data.js'
import { charts } from './chart.js'
import { fenced, markdown } from './escape.js'
import { parametersOf, basisOf, comparisonCaption, recordedCaption, taxCaption, definitions, identityOf, settingOf } from './words.js'
import { shownTable, tableOfChart, type ShownTable } from './shown-table.js'
import { comparisonFields, parameterTable, policyTable } from './sections.js'

/** The report as Markdown: the HTML page's words and tables in its order, without the charts. */
export function renderMarkdown(data: ReportData): string {
  return [
    `# ${markdown(data.title)}`,
    ...settingOf(data).map(([name, value]) => `- ${name}: ${markdown(value)}`),
    ...(data.device.note === '' ? [] : [`- Note: ${markdown(data.device.note)}`]),
    '## What these numbers rest on',
    ...data.cases.map((one) => `**${markdown(one.title)}.** ${basisOf(one, data.device.title).map(markdown).join(' ')}`),
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

function caseBlocks(one: ReportCase, name: string): string[] {
  const recorded = one.tables['recorded-switches']
  const questions = charts().flatMap(({ meta }) => [
    `### ${meta.question}`,
    meta.caption,
    tableText(tableOfChart(meta, one.tables)),
  ])
  return [
    `## ${name}${markdown(one.title)}`,
    markdown(identityOf(one)),
    markdown(comparisonCaption(one)),
    tableText(shownTable('comparison', one.tables.comparison, comparisonFields)),
    taxCaption,
    tableText(shownTable('tax', one.tables.tax)),
    ...(recorded.length === 0 ? [] : [recordedCaption, tableText(shownTable('recorded-switches', recorded))]),
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
