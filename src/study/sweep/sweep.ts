import { BadInput } from '../../base/errors.js'
import { familyNs } from '../../run/causes.js'
import type { CellTax } from '../../run/outcome.js'
import type { CellSummary } from '../../run/outcome.js'
import type { Counts, NsByCause } from '../../run/result.js'
import type { Store } from '../../store/store.js'
import { CellMaker } from '../cells/cell-maker.js'
import type { Consent } from '../policy-module/consent.js'
import type { CellOrder } from '../cells/order.js'
import { carriedOver, restsOn, type RestsOn } from '../cells/rests-on.js'
import { runCells, type RunCellsOptions } from '../cells/run-cells.js'
import type { LeftOut } from '../comparable.js'
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
  /** Null too where there is no prefill: `e2eNs` is the run time then, and what is of the TTFT below is of the whole run. */
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
  /** Why there are no times; or that they are carried over from another machine, where that was asked for. */
  readonly message: string | null
}

/** A policy that a sweep does not show on one subject and device, and how many of its cells that are. */
export interface SweptLeftOut extends LeftOut {
  readonly subject: string
  readonly device: string
  readonly cells: number
}

/** What `sweep --json` prints. */
export interface SweepResult {
  readonly schema: typeof SWEEP_RESULT_SCHEMA
  readonly study: string
  /** Of each subject on each device: what was recorded here, predicted, carried over. `line`: all of them. */
  readonly origin: { readonly line: string; readonly of: readonly ({ readonly subject: string } & RestsOn['origin'])[] }
  /** False: no cell has a prefill, so that there are run times only. */
  readonly hasPrefill: boolean
  readonly leftOut: readonly SweptLeftOut[]
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

/** `consent`: to modules that the grid names; to none unless given. Throws `BadInput`, `UsageFault`: what the grid says cannot be
 *  meant. */
export async function planSweep(store: Store, grid: Grid, file: string, consent?: Consent): Promise<PlannedSweep> {
  const axes = axisNames(grid)
  const { figure } = grid
  if (figure !== undefined) refuseUnknownAxis(axes, [figure.x, figure.y, figure.series, figure.facet])
  const points = expand(grid, file)
  const maker = new CellMaker(store, consent)
  const places = new Points(maker, file)
  const orders: PlannedSweep['orders'][number][] = []
  for (const point of points) orders.push(await places.order(point))
  return { grid, axes, points, orders, maker }
}

export const ordersOf = ({ orders }: PlannedSweep): CellOrder[] => orders.filter((order) => 'subject' in order)

/** Replays what is missing and reads all cells; the study is kept under the grid's name. */
export async function runSweep(store: Store, plan: PlannedSweep, executor: Executor, options: RunCellsOptions = {}): Promise<{ result: SweepResult; replayed: number; reused: number }> {
  const { grid, axes, points, orders, maker } = plan
  const ran = await runCells(store, ordersOf(plan), maker.shelf, executor, { ...options, consent: maker.consent })
  const study = await keepStudy(store, { name: grid.name, kind: 'sweep', spec: grid, keys: ran.keys })
  const found = restsOn(maker, ordersOf(plan), ran.cells)
  const marked = new Map(found.flatMap(({ hash, origin: { device }, incomparable }) => incomparable.map((one) => [[hash, device, one.policy].join('\n'), one] as const)))
  const leftOut = new Map<string, SweptLeftOut & { cells: number }>()
  let next = 0
  const cells = orders.flatMap((order, i): SweptCell[] => {
    const at = Object.fromEntries(axes.flatMap((axis) => (points[i]![axis] === undefined ? [] : [[axis, points[i]![axis]]])))
    if ('impossible' in order) return [{ at, state: 'impossible', key: null, ...nothing, message: order.impossible }]
    const { key, state, summary, message } = ran.cells[next++]!
    if (summary === null) return [{ at, state, key, ...nothing, message }]
    const { name, origin: { device }, hasPrefill } = maker.subjectOf(order)
    const which = [order.subject, device, order.policy.reference].join('\n')
    const carried = marked.get(which)
    if (carried !== undefined && grid.carryOver !== true) {
      leftOut.set(which, { ...carried, subject: name, device, cells: (leftOut.get(which)?.cells ?? 0) + 1 })
      return []
    }
    return [{ at, state, key, ...timesOf(summary, hasPrefill), message: carried === undefined ? null : 'carried over *' }]
  })
  const [first] = leftOut.values()
  if (first !== undefined && cells.every(({ state }) => state !== 'done')) throw new BadInput({ file: first.subject }, 'a policy that can be replayed', first.policy, `${first.policy}: ${first.reason}: ${first.help}`)
  const result: SweepResult = {
    schema: SWEEP_RESULT_SCHEMA,
    study,
    origin: { line: originLines(found).join('; '), of: found.map(({ subject, origin }) => ({ subject, ...origin })) },
    hasPrefill: found.length === 0 || found.some(({ hasPrefill }) => hasPrefill),
    leftOut: [...leftOut.values()],
    question: grid.question ?? '',
    source: grid.source ?? '',
    axes,
    cells,
    warnings: [...(grid.carryOver === true ? found.flatMap(({ incomparable }) => carriedOver(incomparable)) : []), ...warningsOf(cells, ran.cells)],
  }
  return { result, replayed: ran.replayed, reused: ran.reused }
}

/** The first lines of several subjects; those that say the same are one. */
export function originLines(found: readonly { readonly subject: string; readonly origin: { readonly line: string; readonly device: string } }[]): string[] {
  const byLine = new Map<string, string[]>()
  for (const { subject, origin: { line, device } } of found) byLine.set(line, [...(byLine.get(line) ?? []), `${subject} on ${device}`])
  if (byLine.size === 1) return [...byLine.keys()]
  return [...byLine].map(([line, [first, ...more]]) => `${first}${more.length === 0 ? '' : ` and ${more.length} more`}: ${line}`)
}

const nothing = { ttftNs: null, tpotNs: null, e2eNs: null, switchNs: null, allocateNs: null, ttftByCauseNs: null, tax: null, ttftCounts: null, decodeCounts: null }

function timesOf(summary: CellSummary, hasPrefill: boolean): Omit<SweptCell, 'at' | 'state' | 'key' | 'message'> {
  const { requests, tpotNs, e2eNs, busyNs, tax, ttftCounts, decodeCounts } = summary
  const window = hasPrefill ? summary.ttftExposedNs : added(summary.ttftExposedNs, summary.decodeExposedNs)
  return {
    ttftNs: hasPrefill ? summary.ttftNs : null,
    tpotNs,
    e2eNs,
    switchNs: familyNs(window, 'switch') / requests,
    allocateNs: (busyNs.allocate ?? 0) / requests,
    ttftByCauseNs: Object.fromEntries(Object.entries(window).map(([cause, ns]) => [cause, ns / requests])),
    tax,
    ttftCounts,
    decodeCounts,
  }
}

function added(some: NsByCause, more: NsByCause): NsByCause {
  const sums = { ...some }
  for (const [cause, ns] of Object.entries(more) as [keyof NsByCause, number][]) sums[cause] = (sums[cause] ?? 0) + ns
  return sums
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
