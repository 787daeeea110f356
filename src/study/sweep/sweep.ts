import { familyNs } from '../../run/causes.js'
import type { CellTax } from '../../run/outcome.js'
import type { Counts, NsByCause } from '../../run/result.js'
import type { Store } from '../../store/store.js'
import { CellMaker } from '../cells/cell-maker.js'
import type { CellOrder } from '../cells/order.js'
import { runCells, type RunCellsOptions } from '../cells/run-cells.js'
import type { Executor } from '../executors/executor.js'
import { keepStudy } from '../cells/keep-study.js'
import { axisNames, expand } from './expand.js'
import type { Grid, GridPoint, GridValue } from './grid.js'
import { Points, refuseUnknownAxis } from './points.js'

export const SWEEP_RESULT_SCHEMA = 'worldswitch-sweep-result/1'

export interface SweptCell {
  /** What the axes set. */
  readonly at: Readonly<Record<string, GridValue>>
  /** `impossible`: the combination cannot exist, and has no cell. */
  readonly state: 'done' | 'refused' | 'failed' | 'impossible'
  readonly key: string | null
  readonly ttftNs: number | null
  readonly tpotNs: number | null
  readonly e2eNs: number | null
  /** Exposed time of the family `switch` until the first token, a request on average; counts are sums. */
  readonly switchNs: number | null
  /** Task time of allocation, hidden or not, a request on average. */
  readonly allocateNs: number | null
  /** Exposed until the first token by cause, a request on average: they sum to the TTFT. */
  readonly ttftByCauseNs: NsByCause | null
  /** Of a workload: what the normal world paid. */
  readonly tax: CellTax | null
  readonly ttftCounts: Counts | null
  readonly decodeCounts: Counts | null
  readonly message: string | null
}

/** What `sweep --json` prints. */
export interface SweepResult {
  readonly schema: typeof SWEEP_RESULT_SCHEMA
  readonly study: string
  readonly question: string
  readonly source: string
  readonly axes: readonly string[]
  readonly cells: readonly SweptCell[]
  readonly warnings: readonly string[]
}

/** A grid made ready: which cells it comes to, before any is replayed. */
export interface PlannedSweep {
  readonly grid: Grid
  readonly axes: readonly string[]
  readonly points: readonly GridPoint[]
  readonly orders: readonly (CellOrder | { readonly impossible: string })[]
  readonly maker: CellMaker
}

/** Throws `BadInput`, `UsageFault`: what the grid says cannot be meant. */
export async function planSweep(store: Store, grid: Grid, file: string): Promise<PlannedSweep> {
  const axes = axisNames(grid)
  const { figure } = grid
  if (figure !== undefined) refuseUnknownAxis(axes, [figure.x, figure.y, figure.series, figure.facet])
  const points = expand(grid, file)
  const maker = new CellMaker(store)
  const places = new Points(maker, file)
  const orders: PlannedSweep['orders'][number][] = []
  for (const point of points) orders.push(await places.order(point))
  return { grid, axes, points, orders, maker }
}

export const ordersOf = ({ orders }: PlannedSweep): CellOrder[] => orders.filter((order) => 'subject' in order)

/** Replays what is missing and reads all cells; the study is kept under the grid's name. */
export async function runSweep(store: Store, plan: PlannedSweep, executor: Executor, options: RunCellsOptions = {}): Promise<{ result: SweepResult; replayed: number; reused: number }> {
  const { grid, axes, points, orders, maker } = plan
  const ran = await runCells(store, ordersOf(plan), maker.shelf, executor, options)
  const study = await keepStudy(store, { name: grid.name, kind: 'sweep', spec: grid, keys: ran.keys })
  let next = 0
  const cells = orders.map((order, i): SweptCell => {
    const at = Object.fromEntries(axes.flatMap((axis) => (points[i]![axis] === undefined ? [] : [[axis, points[i]![axis]]])))
    const none = { ttftNs: null, tpotNs: null, e2eNs: null, switchNs: null, allocateNs: null, ttftByCauseNs: null, tax: null, ttftCounts: null, decodeCounts: null }
    if ('impossible' in order) return { at, state: 'impossible', key: null, ...none, message: order.impossible }
    const { key, state, summary, message } = ran.cells[next++]!
    if (summary === null) return { at, state, key, ...none, message }
    const { ttftNs, tpotNs, e2eNs, ttftCounts, decodeCounts } = summary
    return { at, state, key, ttftNs, tpotNs, e2eNs, switchNs: familyNs(summary.ttftExposedNs, 'switch') / summary.requests, allocateNs: (summary.busyNs.allocate ?? 0) / summary.requests, ttftByCauseNs: Object.fromEntries(Object.entries(summary.ttftExposedNs).map(([cause, ns]) => [cause, ns / summary.requests])), tax: summary.tax, ttftCounts, decodeCounts, message: null }
  })
  return { result: { schema: SWEEP_RESULT_SCHEMA, study, question: grid.question ?? '', source: grid.source ?? '', axes, cells, warnings: warningsOf(cells, ran.cells) }, replayed: ran.replayed, reused: ran.reused }
}

function warningsOf(cells: readonly SweptCell[], stored: Awaited<ReturnType<typeof runCells>>['cells']): string[] {
  const warnings = new Set<string>()
  for (const state of ['impossible', 'refused', 'failed'] as const) {
    const some = cells.filter((cell) => cell.state === state)
    if (some.length > 0) warnings.add(`${some.length} of ${cells.length} cells ${state === 'impossible' ? 'cannot exist' : state === 'refused' ? 'were refused' : 'failed'}, the first: ${some[0]!.message}`)
  }
  const saturated = stored.filter(({ summary }) => summary?.saturated === true).length
  if (saturated > 0) warnings.add(`${saturated} cells are saturated: more requests come than can be served, so their means grow with the workload's length`)
  for (const { summary } of stored) for (const warning of summary?.warnings ?? []) warnings.add(warning)
  return [...warnings]
}
