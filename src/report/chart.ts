import type { TopLevelSpec } from 'vega-lite'
import { BrokenLaw } from '../base/errors.js'
import type { StudyTableName } from '../analysis/study-tables.js'
import type { AnyTableName, SwitchTableName, TableName, ValidationTableName } from '../analysis/tables.js'
import { causeIndex, causes, type Cause } from '../run/causes.js'
import { valueAt, type Row } from './cells.js'
import { columnsByTable, isTable, switchColumns, validationColumns } from './columns.js'
import { studyColumns } from './study-columns.js'
import { chartFiles } from './files.js'
import { causeColour, policyColour } from './palette.js'

/** What a chart spec says about itself in `usermeta.worldswitch`. */
export interface ChartMeta<Table extends AnyTableName = TableName> {
  /** Its place in the report. */
  readonly order: number
  readonly table: Table
  readonly question: string
  readonly caption: string
  /** For a page of any width: plots side by side, and the px that labels take beside each. */
  readonly fit: { readonly columns: number; readonly beside: number }
  /** What its words become where there is no prefill, so no first token: pairs, replaced in order wherever they stand. */
  readonly withoutPrefill?: readonly (readonly [from: string, to: string])[]
  /** Columns of the table shown with the chart; all that people need where left out. */
  readonly columns?: readonly string[]
  /** Rows shown beside the chart at most. */
  readonly tableRows?: number
  /** Or the table turned: one row a combination, one column a value of `columns`. */
  readonly pivot?: { readonly rows: readonly string[]; readonly columns: string; readonly value: string }
}
export interface Chart<Table extends AnyTableName = TableName> {
  readonly name: string
  readonly meta: ChartMeta<Table>
  readonly spec: Json
}
export type Json = { [key: string]: unknown }

/** Every chart of a comparison's report, in its order. */
export const charts = (): readonly Chart[] => allCharts().filter((chart): chart is Chart => chart.meta.table in columnsByTable)
/** The same chart, its words without a first token where there is no prefill: one spec serves both. */
export function worded<C extends Chart<AnyTableName>>(chart: C, hasPrefill: boolean): C {
  const pairs = chart.meta.withoutPrefill
  if (hasPrefill || pairs === undefined) return chart
  const said = (value: unknown): unknown => {
    if (typeof value === 'string') return pairs.reduce((text, [from, to]) => text.replaceAll(from, to), value)
    if (Array.isArray(value)) return value.map(said)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'usermeta' ? inner : said(inner)]))
  }
  const { question, caption } = said({ question: chart.meta.question, caption: chart.meta.caption }) as { question: string; caption: string }
  return { ...chart, meta: { ...chart.meta, question, caption }, spec: said(chart.spec) as Json }
}

/** Every chart of the validation page. */
export const validationCharts = (): readonly Chart<ValidationTableName>[] =>
  allCharts().filter((chart): chart is Chart<ValidationTableName> => chart.meta.table in validationColumns)
/** Every chart of the page on recorded world switches. */
export const switchCharts = (): readonly Chart<SwitchTableName>[] =>
  allCharts().filter((chart): chart is Chart<SwitchTableName> => chart.meta.table in switchColumns)

/** Every chart of the pages on studies. */
export const studyCharts = (): readonly Chart<StudyTableName>[] =>
  allCharts().filter((chart): chart is Chart<StudyTableName> => chart.meta.table in studyColumns)

/** Every chart of `reports/`, in order: a chart belongs to the page that has its table. */
function allCharts(): readonly Chart<AnyTableName>[] {
  return chartFiles()
    .map(([name, json]) => {
      const spec = JSON.parse(json) as Json
      const meta = (spec.usermeta as { worldswitch?: ChartMeta<AnyTableName> } | undefined)?.worldswitch
      if (meta === undefined || !isTable(meta.table)) throw new BrokenLaw(`chart ${name} names no table`)
      return { name, meta, spec }
    })
    .sort((a, b) => a.meta.order - b.meta.order)
}

/** The spec for these rows on a page `widthPx` wide: colours of the causes and policies present, plots that fit. */
export function fitted(chart: Chart<AnyTableName>, rows: readonly Row[], widthPx: number): Json {
  const { fit } = chart.meta
  const columns = widthPx < 560 ? 1 : fit.columns
  const plotPx = Math.max(165, Math.floor(widthPx / columns) - fit.beside)
  const sized = withColours(chart.spec, rows) as Json
  if (Array.isArray(sized.vconcat)) return { ...sized, vconcat: sized.vconcat.map((one: Json) => ({ ...one, width: plotPx })) }
  if (sized.spec === undefined) return { ...sized, width: plotPx }
  return { ...sized, columns, spec: { ...(sized.spec as Json), width: plotPx } }
}

/** The spec with its rows in it, as `vega-lite` compiles it. */
export function withRows(spec: Json, rows: readonly Row[]): TopLevelSpec {
  return { ...spec, data: { name: 'rows', values: rows } } as unknown as TopLevelSpec
}

/** Fonts, lines and colours of every chart; colours are CSS variables. Legends are as wide as the page allows. */
export function chartConfig(font: string, widthPx: number): Json {
  const text = {
    labelColor: 'var(--muted)',
    labelFontSize: 12,
    titleColor: 'var(--muted)',
    titleFontSize: 12,
    titleFontWeight: 'normal',
  }
  return {
    font,
    background: null,
    aria: false, // the figure has its label, and its table every value; a label a mark would double the page
    view: { stroke: null },
    padding: 4,
    axis: {
      ...text,
      domainColor: 'var(--rule)',
      tickColor: 'var(--rule)',
      gridColor: 'var(--grid)',
      titlePadding: 10,
      labelLimit: 170,
    },
    axisY: { domain: false, ticks: false, labelPadding: 8 },
    axisYDiscrete: { labelColor: 'var(--ink)', labelFontSize: 13, grid: false },
    header: {
      labelColor: 'var(--ink)',
      labelFontSize: 13,
      labelAnchor: 'start',
      labelLimit: widthPx - 40,
      labelPadding: 8,
      title: null,
    },
    legend: {
      ...text,
      labelColor: 'var(--ink)',
      orient: 'bottom',
      columns: Math.max(2, Math.floor(widthPx / 165)),
      symbolType: 'square',
      symbolSize: 110,
      labelLimit: 140,
      columnPadding: 18,
      offset: 14,
      rowPadding: 4,
    },
    title: { color: 'var(--ink)', fontSize: 15, fontWeight: 'normal', anchor: 'start', offset: 14 },
    text: { fontSize: 12 },
    facet: { spacing: 30 },
    concat: { spacing: 26 },
  }
}

/** Fills in the colour scale wherever `color` shows a cause or a policy: the same colour for the same thing in every
 *  chart, and a legend of what is there, not of all there could be. */
function withColours(value: unknown, rows: readonly Row[]): unknown {
  if (Array.isArray(value)) return value.map((one) => withColours(one, rows))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const scale = key === 'color' ? colourScale((inner as Json | null)?.field, rows) : undefined
      return [key, scale === undefined ? withColours(inner, rows) : { ...(inner as Json), sort: undefined, scale }]
    }),
  )
}

function colourScale(field: unknown, rows: readonly Row[]): { domain: string[]; range: string[] } | undefined {
  if (field !== 'cause' && field !== 'policy' && field !== 'series') return undefined
  const place = (row: Row): number =>
    field === 'cause' ? (causeIndex[valueAt(row, 'cause') as Cause] ?? causes.length) : Number(valueAt(row, 'order'))
  const places = new Map(rows.map((row) => [String(valueAt(row, field)), place(row)]))
  const present = [...places].sort((a, b) => a[1] - b[1])
  const range = present.map(([name, place]) => (field === 'cause' ? causeColour(name) : policyColour(place)))
  return { domain: present.map(([name]) => name), range }
}
