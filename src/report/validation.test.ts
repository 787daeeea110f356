import type { ValidationTableName } from '../analysis/tables.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { publishedClaims } from '../study/validate/published-files.js'
import { claimsNamed, validate } from '../study/validate/validate.js'
import type { Validation } from '../study/validate/validation.js'
import { validationCharts } from './chart.js'
import { columnsOf, validationColumns } from './columns.js'
import { drawChart } from './draw.js'
import { renderTablesPage } from './tables-page.js'
import { validationPage } from './validation-page.js'
import { validationTables } from './validation-rows.js'

const facts = { version: '0.0.0-test', command: 'worldswitch validate' }
const claims = claimsNamed(publishedClaims(), ['V01', 'V03', 'V05', 'V08', 'V14', 'V17', 'V18', 'V25', 'V27'])
const validation = await validate({ claims, samples: 3, seed: 1, explain: true })
const tables = validationTables(validation)
const test = suite('validation page')

test('every column of its tables is a field of the rows, and the other way round', () => {
  for (const table of Object.keys(validationColumns) as ValidationTableName[]) {
    assert.ok(tables[table].length > 0, table)
    const fields = columnsOf(table).map(({ field }) => field)
    for (const row of tables[table]) assert.equal(Object.keys(row).sort(), fields.sort(), table)
  }
})

for (const chart of validationCharts())
  test(`${chart.name} is drawn without a warning, of all rows and of few`, async () => {
    const rows = tables[chart.meta.table]
    for (const some of [rows, rows.slice(-2)]) {
      const { svg, warnings } = await drawChart(chart, some, 'DejaVu Sans')
      assert.equal(warnings, [])
      assert.not.match(svg, /NaN|undefined|Infinity/)
    }
  })

test('a point says how far off: V01’s is its value over the nearer account', () => {
  const part = validation.claims[0]!.parts[0]!
  const point = tables['claim-points'].find(({ label, mark }) => label === 'V01' && mark === 'predicted')!
  assert.ok('value' in part.predicted && Math.abs(Math.abs(Math.log(point.low)) - part.error!) < 1e-12)
  assert.equal(tables['claim-points'].filter(({ label }) => label === 'V05').map(({ mark }) => mark), ['tolerance', 'published', 'interval', 'predicted'])
  // What is not replayed has no point.
  assert.not(tables['claim-points'].some(({ label, mark }) => label.startsWith('V14') && mark === 'predicted'))
})

test('the page says what it rests on, is the same bytes twice, and takes text for text', async () => {
  const page = await renderTablesPage(validationPage(validation, facts))
  assert.is(await renderTablesPage(validationPage(validation, facts)), page)
  assert.is((page.match(/<figure /g) ?? []).length, 3)
  assert.match(page, /Tolerances are this project’s/)
  const hostile: Validation = { ...validation, claims: validation.claims.map((claim) => ({ ...claim, claim: '</script><img src=x onerror=alert(1)>' })) }
  const outsideScripts = (await renderTablesPage(validationPage(hostile, facts))).replace(/<script[^]*?<\/script>/g, '')
  assert.not.match(outsideScripts, /<img/)
  assert.match(outsideScripts, /&#60;img src=x/)
})

test('a run of one claim without shapes has its page too', async () => {
  const { claims: one, ...rest } = validation
  const page = await renderTablesPage(validationPage({ ...rest, claims: one.slice(0, 1), shapes: { overhead: [], cached: [] } }, facts))
  assert.is((page.match(/<figure /g) ?? []).length, 1)
  assert.match(page, /Nothing to draw/)
})

test.run()
