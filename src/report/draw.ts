import { BrokenLaw } from '../base/errors.js'
import type { AnyTableName } from '../analysis/tables.js'
import type { Row } from './cells.js'
import { chartConfig, charts, fitted, withRows, worded, type Chart } from './chart.js'
import { drawnRows } from './drawn-rows.js'
import { fontPath } from './files.js'
import { textWidths } from './font-widths.js'
import { withoutVariables } from './palette.js'

/** The width a chart is drawn for where no browser says better, in px. */
export const DRAWN_PX = 880
/** Any of these that the reader has; the page names no font it would have to load. */
export const PAGE_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
const FILE_FONT = 'DejaVu Sans, sans-serif'

/** A chart as an SVG file that stands alone: light, its question as title, DejaVu Sans. */
export async function chartSvg(name: string, rows: readonly Row[], hasPrefill = true): Promise<string> {
  const found = charts().find((one) => one.name === name)
  if (found === undefined) throw new BrokenLaw(`no chart is named ${name}`)
  const chart = worded(found, hasPrefill)
  const { svg } = await drawChart(chart, rows, FILE_FONT, { title: chart.meta.question, background: 'var(--paper)' })
  return withoutVariables(svg)
}

/** A chart as SVG for inside the page: colours are the page's CSS variables. `id` keeps its clip paths apart. */
export async function pageSvg(chart: Chart<AnyTableName>, rows: readonly Row[], id: string): Promise<string> {
  const { svg } = await drawChart(chart, rows, PAGE_FONT)
  return svg.replace(/(id="|url\(#)(clip|gradient_)(\d)/g, `$1${id}-$2$3`)
}

/** PNG of `chartSvg`'s output at twice its size. */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  const font = { fontFiles: [fontPath()], loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' }
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 } }).render().asPng()
}

/** Compiles and draws; what vega and vega-lite would have printed comes back as `warnings` (a test wants none). */
export async function drawChart(
  chart: Chart<AnyTableName>,
  rows: readonly Row[],
  font: string,
  extra: object = {},
): Promise<{ svg: string; warnings: string[] }> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]) // slow to import: not at the top
  const shown = drawnRows(chart.meta.table, rows)
  const spec = withRows({ ...fitted(chart, shown, DRAWN_PX), ...extra }, shown)
  const warnings: string[] = []
  const logger = collector(warnings)
  const compiled = compile(spec, { config: chartConfig(font, DRAWN_PX), logger }).spec
  useWidths(vega)
  vega.resetSVGDefIds() // ids count from 0 again: the same chart, the same bytes
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger })
  const svg = await view.toSVG()
  view.finalize()
  return { svg, warnings }
}

/** A logger for vega and vega-lite that keeps what they would print. */
export function collector(into: string[]) {
  const keep = (...said: readonly unknown[]) => {
    into.push(said.map(String).join(' '))
    return logger
  }
  const quiet = () => logger
  const logger = { level: (() => logger) as never, error: keep, warn: keep, info: quiet, debug: quiet }
  return logger
}

type Measure = (item: { fontSize?: number; limit?: number }, text: unknown) => number
let widthsOfFont: ((text: string, sizePx: number) => number) | undefined

/** Tells vega how wide text is: a canvas would, and there is none here. The same file for everyone, so that a drawing
 *  does not depend on the machine's fonts. vega's types do not list `textMetrics`. */
function useWidths(vega: object): void {
  const widths = (widthsOfFont ??= textWidths(fontPath()))
  const { textMetrics } = vega as { textMetrics: { width: Measure } }
  textMetrics.width = (item, text) => {
    const widthPx = widths(String(text ?? '').trim(), item.fontSize ?? 11)
    return item.limit === undefined || item.limit <= 0 ? widthPx : Math.min(widthPx, item.limit) // cut there
  }
}
