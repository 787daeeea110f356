import { quantileSorted } from 'simple-statistics'
import { causes, familyOf, type Cause } from '../run/causes.js'
import type { SweepCauseRow, SweepHeatRow, SweepPointRow } from './study-tables.js'

/** A cell of a sweep as the tables need it: what the axes set, as text and as a number where it is one. */
export interface SweepPoint {
  readonly at: Readonly<Record<string, { readonly text: string; readonly number: number | null }>>
  /** Of the figure's metric; null: not replayed. */
  readonly value: number | null
}
export interface SweepAxes {
  readonly x: string
  readonly y?: string | undefined
  readonly series?: string | undefined
  readonly facet?: string | undefined
  /** The value of `series` that all are divided by. */
  readonly over?: string | undefined
}

/** Lines over x: medians and 95 % of the cells that share facet, series and x (seeds and other axes). Divided, a cell is
 *  set against the one that differs in the series alone. */
export function sweepPoints(points: readonly SweepPoint[], axes: SweepAxes): SweepPointRow[] {
  const series = ordered(points, axes.series)
  return grouped(points, axes, [axes.facet, axes.series, axes.x]).map(({ first, values }) => {
    const { value, low, high } = spreadOf(values)
    return { facet: text(first, axes.facet), series: text(first, axes.series) || 'all', order: series.indexOf(text(first, axes.series)), x: text(first, axes.x), xAt: place(points, first, axes.x), value, low, high, cells: values.length }
  })
}

/** A heat map over x and y; no rows without y. */
export function sweepHeat(points: readonly SweepPoint[], axes: SweepAxes, said: (value: number) => string): SweepHeatRow[] {
  const { y } = axes
  if (y === undefined) return []
  const facetOf = (point: SweepPoint): string => [axes.facet, axes.series].flatMap((axis) => (axis === undefined ? [] : [text(point, axis)])).join(', ')
  return grouped(points, axes, [axes.facet, axes.series, axes.x, y]).map(({ first, values }) => {
    const { value } = spreadOf(values)
    return { facet: facetOf(first), x: text(first, axes.x), xAt: place(points, first, axes.x), y: text(first, y), yAt: place(points, first, y), value, said: said(value) }
  })
}

/** Bars of causes that sum to each point's TTFT; of several cells of a point, means. */
export function sweepCauses(cells: readonly { readonly point: string; readonly byCauseNs: Partial<Record<Cause, number>> }[]): SweepCauseRow[] {
  const points = [...new Set(cells.map(({ point }) => point))]
  return points.flatMap((point, order) => {
    const own = cells.filter((cell) => cell.point === point)
    return causes.flatMap((cause, causeOrder) => {
      const exposedNs = own.reduce((sum, { byCauseNs }) => sum + (byCauseNs[cause] ?? 0), 0) / own.length
      return exposedNs === 0 ? [] : [{ point, order, cause, family: familyOf(cause), causeOrder, exposedNs }]
    })
  })
}

/** What a statistic over few draws cannot tell. */
export function drawWarnings(rows: readonly SweepPointRow[]): string[] {
  const most = Math.max(0, ...rows.map(({ cells }) => cells))
  if (most <= 1) return ['no spread: every point is one cell; add a seed axis to draw the device’s uncertain parameters']
  return most < 100 ? [`${most} cells a point at most: the outer quantiles are coarse (100 or more draws tell them)`] : []
}

function grouped(points: readonly SweepPoint[], axes: SweepAxes, by: readonly (string | undefined)[]): { first: SweepPoint; values: number[] }[] {
  const divisors = new Map<string, number>()
  if (axes.over !== undefined) for (const point of points) if (text(point, axes.series) === axes.over && point.value !== null) divisors.set(withoutSeries(point, axes), point.value)
  const groups = new Map<string, { first: SweepPoint; values: number[] }>()
  for (const point of points) {
    const value = axes.over === undefined ? point.value : ratio(divisors.get(withoutSeries(point, axes)), point.value)
    if (value === null) continue
    const key = JSON.stringify(by.map((axis) => text(point, axis)))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { first: point, values: [value] })
    else group.values.push(value)
  }
  return [...groups.values()]
}

/** Over the reference: above 1 is faster than it. */
const ratio = (over: number | undefined, value: number | null): number | null => (over === undefined || value === null || value === 0 ? null : over / value)

const withoutSeries = ({ at }: SweepPoint, { series }: SweepAxes): string => JSON.stringify(Object.entries(at).filter(([axis]) => axis !== series).map(([axis, { text: said }]) => [axis, said]))

const text = ({ at }: SweepPoint, axis: string | undefined): string => (axis === undefined ? '' : (at[axis]?.text ?? ''))

const ordered = (points: readonly SweepPoint[], axis: string | undefined): string[] => [...new Set(points.map((point) => text(point, axis)))]

/** On the axis: the number where every value is one, else the place in order of appearance. */
function place(points: readonly SweepPoint[], point: SweepPoint, axis: string): number {
  return points.every(({ at }) => at[axis]?.number !== null && at[axis] !== undefined) ? point.at[axis]!.number! : ordered(points, axis).indexOf(text(point, axis))
}

function spreadOf(values: readonly number[]): { value: number; low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b)
  return { value: quantileSorted(sorted, 0.5), low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) }
}
