import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { switchTables } from '../analysis/switch-tables.js'
import { worldSwitches } from '../analysis/world-switches.js'
import { importText } from '../testing/trace-source.js'
import { switchCharts } from './chart.js'
import type { switchColumns } from './columns.js';
import { columnsOf } from './columns.js'
import { drawChart } from './draw.js'
import { switchesPage } from './switches-page.js'
import { renderTablesPage, tablesMarkdown } from './tables-page.js'

const fixture = readFileSync(new URL('../testing/fixtures/ftrace/two-calls.txt', import.meta.url), 'utf8')
const hostile = fixture.replaceAll('llm server', '<img src=x>|`;')
const trace = await importText(hostile, {}, 'a/<b>run|x</b>.txt')
const found = worldSwitches(trace)!
const tables = switchTables(trace, found)
const page = switchesPage(trace.header, found, tables, { hash: trace.hash, version: '0.0.0-test', command: 'worldswitch report x' })
const test = suite('page on recorded world switches')

test('every column of its tables is a field of the rows, and the other way round', () => {
  for (const [name, rows] of Object.entries(tables)) {
    assert.ok(rows.length > 0, name)
    const fields = columnsOf(name as keyof typeof switchColumns).map(({ field }) => field)
    for (const row of rows) assert.equal(Object.keys(row).sort(), fields.sort(), name)
  }
})

for (const chart of switchCharts())
  test(`${chart.name} is drawn without a warning, of all rows and of one`, async () => {
    const rows = tables[chart.meta.table]
    for (const some of [rows, rows.slice(-1)]) {
      const { svg, warnings } = await drawChart(chart, some, 'DejaVu Sans')
      assert.equal(warnings, [])
      assert.not.match(svg, /NaN|undefined|Infinity/)
    }
  })

test('the histogram counts every round trip once', () => {
  assert.is(
    tables['round-trip-times'].reduce((sum, { count }) => sum + count, 0),
    found.roundTrips.count,
  )
  for (const { fromNs, toNs } of tables['round-trip-times']) assert.ok(fromNs < toNs)
})

test('same page, same bytes; names of tasks and traces stay text', async () => {
  const html = await renderTablesPage(page)
  assert.is(await renderTablesPage(page), html)
  const outsideScripts = html.replace(/<script[^]*?<\/script>/g, '')
  assert.not.match(outsideScripts, /<img src=x>|<b>run/)
  assert.match(outsideScripts, /&#60;img src=x&#62;/)
  assert.not.match(tablesMarkdown(page), /^\| <img/m)
})

test.run()
