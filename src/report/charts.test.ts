import { Ajv } from 'ajv'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from 'vega-lite'
import type { TableName } from '../analysis/tables.js'
import { causes } from '../run/causes.js'
import { reportFixture } from '../testing/report-fixture.js'
import { fieldsOf } from '../testing/spec-fields.js'
import { charts, fitted, withRows, type ChartMeta, type Json } from './chart.js'
import { columnsOf, tableNames } from './columns.js'
import { chartSvg, collector, drawChart, svgToPng } from './draw.js'
import { chartFiles } from './files.js'
import { causeColour, declarations, withoutVariables } from './palette.js'

const files = suite('chart files')
const namesOf = (table: TableName): string[] => columnsOf(table).map((column) => column.field)
const without = (names: readonly string[], table: TableName): string[] => names.filter((name) => !namesOf(table).includes(name))
const data = reportFixture()

files('there is one for each question of the report', () => {
  assert.equal(
    chartFiles().map(([name]) => name),
    [
      'ablation-causes',
      'ablation-waterfall',
      'calls-by-round-trips',
      'exposure-timeline',
      'first-layers',
      'frontier',
      'gain-curve',
      'memory-by-mode',
      'overhead-by-prompt',
      'paired-differences',
      'recall-latency',
      'recorded-steps',
      'round-trip-times',
      'sobol-indices',
      'sweep-causes',
      'sweep-heat',
      'sweep-lines',
      'sweep-steps',
      'switch-by-cause',
      'switch-cost',
      'switch-counts',
      'time-in-worlds',
      'tornado',
      'ttft-by-cached',
      'ttft-by-cause',
      'ttft-tpot-intervals',
      'validation-points',
    ],
  )
  assert.equal(new Set(charts().map(({ meta }) => meta.order)).size, charts().length)
})

const require = createRequire(import.meta.url)
const schema = JSON.parse(readFileSync(require.resolve('vega-lite/vega-lite-schema.json'), 'utf8')) as object
const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema)

for (const [name, json] of chartFiles()) {
  files(`${name} compiles silently and reads only columns of its table`, () => {
    const spec = JSON.parse(json) as Json & { usermeta: { worldswitch: ChartMeta }; data: unknown }
    const meta = spec.usermeta.worldswitch
    const warnings: string[] = []
    compile(withRows(spec, []), { logger: collector(warnings) })
    assert.equal(warnings, [])
    assert.equal(spec.data, { name: 'rows' })
    assert.ok(valid(spec), JSON.stringify(valid.errors?.slice(0, 3)))
    assert.ok(fieldsOf(spec).length >= 3, 'the check found the fields')
    assert.equal(without(fieldsOf(spec), meta.table), [])
    assert.equal(without(meta.columns ?? [], meta.table), [])
    const { pivot } = meta
    if (pivot !== undefined) assert.equal(without([...pivot.rows, pivot.columns, pivot.value], meta.table), [])
    assert.match(meta.question, /\?$/)
  })
}

files('fieldsOf sees a field wherever a spec can name one', () => {
  const spec = {
    transform: [
      { calculate: 'datum.a + datum.made', as: 'b' },
      { fold: ['c'], as: ['key', 'made'] },
      { aggregate: [{ op: 'sum', field: 'd', as: 'e' }], groupby: ['f'] },
    ],
    encoding: {
      x: { field: 'b', sort: { field: 'g', op: 'min' }, axis: { labelExpr: 'datum.value' } },
      opacity: { condition: { test: 'datum.h', value: 1 } },
    },
  }
  assert.equal(fieldsOf(spec), ['a', 'c', 'd', 'f', 'g', 'h'])
})

files('every column of every table is a field of the rows, and the other way round', () => {
  for (const table of tableNames) {
    for (const row of data.cases[0]!.tables[table]) assert.equal(Object.keys(row).sort(), namesOf(table).sort(), table)
  }
})
files.run()

const drawing = suite('drawing')
/** Shapes in the groups that vega marks as drawn from data: no axes, no legends. */
const marks = (svg: string): number =>
  [...svg.matchAll(/<g class="mark-(?:rect|line|symbol|rule|area) role-mark[^>]*>([^]*?)<\/g>/g)].reduce(
    (total, [, inside]) => total + (inside!.match(/<(?:path|line) /g) ?? []).length,
    0,
  )

for (const chart of charts()) {
  drawing(`${chart.name} is drawn without a warning, the same bytes twice`, async () => {
    for (const one of data.cases) {
      const rows = one.tables[chart.meta.table]
      const { svg, warnings } = await drawChart(chart, rows, 'DejaVu Sans')
      assert.equal(warnings, [])
      assert.ok(marks(svg) >= 4, `${marks(svg)} marks`)
      assert.not.match(svg, /NaN|undefined|Infinity/)
      assert.is(await chartSvg(chart.name, rows), await chartSvg(chart.name, rows))
    }
  })

  drawing(`${chart.name} is drawn for one policy, no spread and no decode step`, async () => {
    const { tables } = data.cases[0]!
    const lone = tables[chart.meta.table]
      .filter((row) => 'policy' in row && row.policy === 'strawman')
      .filter((row) => !('step' in row) || row.step === 0)
    const rows = lone
      .filter((row) => !('metric' in row) || row.metric === 'TTFT')
      .map((row) => ('valueNs' in row ? { ...row, lowNs: row.valueNs, highNs: row.valueNs } : row))
    const { svg, warnings } = await drawChart(chart, rows, 'DejaVu Sans')
    assert.equal(warnings, [])
    assert.ok(marks(svg) > 0)
    assert.not.match(svg, /NaN|undefined|Infinity/)
  })
}

drawing('a file needs no CSS variables, and its PNG has ink for the labels', async () => {
  const svg = await chartSvg('ttft-by-cause', data.cases[0]!.tables['exposed-by-cause'])
  assert.not.match(svg, /var\(/)
  assert.match(svg, /Where does the TTFT go\?/)
  const png = await svgToPng(svg)
  assert.equal([...png.subarray(1, 4)], [...new TextEncoder().encode('PNG')])
  const mute = await svgToPng(svg.replace(/<text[^]*?<\/text>/g, ''))
  assert.ok(png.length > mute.length + 2000, `${png.length} with text, ${mute.length} without`)
})

drawing('an unknown chart is an error that names it', async () => {
  try {
    await chartSvg('no-such', [])
    assert.unreachable()
  } catch (error) {
    assert.match(String(error), /no chart is named no-such/)
  }
})

drawing('every cause has a colour of its own in both schemes', () => {
  for (const scheme of ['light', 'dark'] as const) {
    const known = new Map(
      declarations(scheme)
        .split(';')
        .map((one) => one.split(':') as [string, string]),
    )
    const colours = causes.map((cause) => known.get(causeColour(cause).slice(4, -1)))
    assert.is(new Set(colours).size, causes.length)
    assert.ok(colours.every((colour) => /^#[0-9a-f]{6}$/.test(colour ?? '')))
  }
  assert.is(withoutVariables('var(--no-such)'), 'var(--no-such)')
  assert.is(causeColour('of-a-user'), 'var(--muted)')
})

drawing('a legend names the causes present, in the order of causes, whatever the rows’ order', () => {
  const chart = charts().find((one) => one.name === 'first-layers')!
  const rows = [...data.cases[0]!.tables.timeline].reverse()
  const spec = fitted(chart, rows, 880) as { spec: { encoding: { color: { scale: { domain: string[] } } } } }
  assert.equal(spec.spec.encoding.color.scale.domain, ['compute', 'allocate', 'flash-read', 'decrypt', 'npu-launch', 'protect'])
})
drawing.run()
