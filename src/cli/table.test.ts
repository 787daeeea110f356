import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { columnsOf, renderTable } from './table.js'

const plain = { ruled: false, colour: false }
const rows = [
  { policy: 'strawman', ttftMs: 1234.5, extrapolated: false },
  { policy: 'flexserve', ttftMs: 98, extrapolated: true },
]
const table = suite('table')

table('plain: aligned, numbers to the right, no rule, no space at the end', () => {
  const text = renderTable(rows, [{ key: 'policy' }, { key: 'ttftMs', title: 'TTFT (ms)' }, { key: 'extrapolated' }], plain)
  assert.is(text, ['policy     TTFT (ms)  extrapolated', 'strawman      1234.5  no', 'flexserve         98  yes'].join('\n'))
})

table('ruled: the same cells between rules; colour only where asked for', () => {
  const ruled = renderTable(rows, columnsOf(rows), { ruled: true, colour: false })
  assert.match(ruled, '│ strawman ')
  assert.is(stripVTControlCharacters(ruled), ruled)
})

table('a table wider than the terminal is plain', () => {
  assert.not.match(renderTable(rows, columnsOf(rows), { ruled: true, colour: false, width: 20 }), '│')
  assert.match(renderTable(rows, columnsOf(rows), { ruled: true, colour: false, width: 200 }), '│')
})

table('no row, no column, or a field that a row lacks', () => {
  assert.is(renderTable([], [{ key: 'a' }, { key: 'b' }], plain), 'a  b')
  assert.is(renderTable([], [], plain), '')
  const uneven = renderTable([{ a: 1 }, { b: 2 }, { a: null }], [{ key: 'a' }, { key: 'b' }], plain)
  assert.is(uneven, ['a  b', '1', '   2', ''].join('\n'))
})

table('whatever a cell holds, a row stays one line and nothing reaches the terminal raw', () => {
  const hostile = fc.constantFrom('\u001b[2J', 'a\nb', '\u202e', '\r')
  const cell = fc.oneof(fc.string({ unit: 'binary' }), hostile, fc.double(), fc.constant(null))
  fc.assert(
    fc.property(fc.array(fc.record({ a: cell, b: cell })), (values) => {
      const text = renderTable(values, [{ key: 'a' }, { key: 'b' }], plain)
      assert.is(text.split('\n').length, values.length + 1)
      assert.not(/[\p{Cc}\u202a-\u202e]/u.test(text.replaceAll('\n', '')))
    }),
  )
})

table.run()
