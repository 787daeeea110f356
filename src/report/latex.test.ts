import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { latex, tableLatex } from './latex.js'

const test = suite('LaTeX')

test('nothing in untrusted text is a command of LaTeX, and no control character is left', () => {
  assert.is(latex('\\input{/etc/passwd} & 100 % #1 $x^2$ a_b ~'), '\\textbackslash{}input\\{/etc/passwd\\} \\& 100 \\% \\#1 \\$x\\textasciicircum{}2\\$ a\\_b \\textasciitilde{}')
  assert.is(latex('a\nb\u001b[31m'), 'a\\textbackslash{}u\\{a\\}b\\textbackslash{}u\\{1b\\}[31m')
  assert.is(latex('none → co-driver, 2×'), 'none $\\rightarrow$ co-driver, 2$\\times$')
})

test('a table is booktabs, numbers to the right, with what was left out said', () => {
  const text = tableLatex({ columns: [{ label: 'policy', numeric: false }, { label: 'TTFT', numeric: true }], rows: [['a_b', '3 s']], omitted: 2 }, 'Times & more', 'x y')
  assert.equal(text.split('\n').slice(1), ['\\begin{table}', '\\centering', '\\caption{Times \\& more}', '\\label{tab:x-y}', '\\begin{tabular}{lr}', '\\toprule', 'policy & TTFT \\\\', '\\midrule', 'a\\_b & 3 s \\\\', '\\bottomrule', '\\end{tabular}', '% 2 more rows are in the CSV file', '\\end{table}', ''])
})

test.run()
