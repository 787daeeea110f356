import { printable } from '../base/quote.js'
import type { ShownTable } from './shown-table.js'

const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  '×': '$\\times$',
  '÷': '$\\div$',
  '−': '$-$',
  '–': '--',
  '→': '$\\rightarrow$',
  '≤': '$\\le$',
  '≥': '$\\ge$',
  µ: '$\\mu$',
  '·': '$\\cdot$',
  '…': '\\ldots{}',
  '’': "'",
  '\u2011': '-',
  '\u00a0': '~',
  '\u202f': '\\,',
}

/** Untrusted text for LaTeX: every character that it reads as a command is written out. */
export const latex = (text: string): string => [...printable(text, 2000)].map((char) => special[char] ?? char).join('')

/** A table in `booktabs`; `\usepackage{booktabs}` is all it needs. */
export function tableLatex({ columns, rows, omitted }: ShownTable, caption: string, label: string): string {
  const line = (cells: readonly string[]): string => `${cells.map(latex).join(' & ')} \\\\`
  return [
    '% \\usepackage{booktabs}',
    '\\begin{table}',
    '\\centering',
    `\\caption{${latex(caption)}}`,
    `\\label{tab:${label.replace(/[^a-z0-9-]/gi, '-')}}`,
    `\\begin{tabular}{${columns.map(({ numeric }) => (numeric ? 'r' : 'l')).join('')}}`,
    '\\toprule',
    line(columns.map(({ label: head }) => head)),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    ...(omitted === 0 ? [] : [`% ${omitted} more rows are in the CSV file`]),
    '\\end{table}',
    '',
  ].join('\n')
}
