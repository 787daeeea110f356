import { html } from './escape.js'
import type { ShownTable } from './shown-table.js'

/** A table with its caption, in a box that scrolls sideways where the page is too narrow for it. */
export function tableHtml({ columns, rows, omitted }: ShownTable, caption: string): string {
  if (rows.length === 0) return `<p class="note">${html(caption)} No rows.</p>`
  const head = columns.map((column) => `<th scope="col"${column.numeric ? ' class="n"' : ''}>${html(column.label)}</th>`)
  const body = rows.map((row) => `<tr>${row.map((text, i) => cell(text, i, columns[i]!.numeric)).join('')}</tr>`)
  const more = omitted === 0 ? '' : `<p class="note">${omitted} more rows are in the CSV file.</p>`
  return `<div class="table" role="region" aria-label="${html(caption)}" tabindex="0">
<table><caption><span>${html(caption)}</span></caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>${more}`
}

function cell(text: string, index: number, numeric: boolean): string {
  if (index === 0) return `<th scope="row">${html(text)}</th>`
  return `<td${numeric ? ' class="n"' : text.length > 40 ? ' class="wide"' : ''}>${html(text)}</td>`
}
