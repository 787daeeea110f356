import { interval } from '../../analysis/quantiles.js'
import { UsageFault } from '../../base/errors.js'
import { sampleDevice, unknownSpreads } from '../../device/sample.js'
import { ImpossiblePolicy } from '../../policies/legality.js'
import { causes, type Cause } from '../../run/causes.js'
import type { CellSummary } from '../../run/outcome.js'
import type { Factor } from '../../replay/factors.js'
import type { StoredCell } from '../../store/cells.js'
import type { Store } from '../../store/store.js'
import { CellMaker, type CellState } from '../cells/cell-maker.js'
import { keepStudy } from '../cells/keep-study.js'
import type { CellOrder } from '../cells/order.js'
import { heldComparable, restsOn, type RestsOn } from '../cells/rests-on.js'
import { runCells, type RunCellsOptions } from '../cells/run-cells.js'
import type { ResolvedDevice } from '../device.js'
import type { Executor } from '../executors/executor.js'
import { metricFor, type Metric } from '../metric.js'
import { RESAMPLED_NOTE, withResampledRequests } from '../resample.js'
import { levelsAt, playable, singles, type Player } from './players.js'
import { interaction, shapley, type Game, type Shapley } from './shapley.js'
import { factorPaths, levelName, referenceAt, type FactorPath } from './steps.js'

export const ABLATION_SCHEMA = 'worldswitch-ablation/1'

export interface AblationSpec extends CellState {
  readonly subject: string
  readonly from: string
  readonly to: string
  readonly device: ResolvedDevice
  readonly metric: Metric
  readonly paths: ReadonlyMap<string, readonly string[]>
  readonly seed: number
  /** Draws of the device's parameters for intervals; 0: none. */
  readonly samples: number
  /** Takes policies too whose operators' times are carried over from another machine, marked. */
  readonly carryOver?: true
}

export interface AblationStep {
  /** `npu none → co-driver`; several where factors that block each other were merged. */
  readonly step: string
  readonly factors: readonly Factor[]
  readonly group: string
  /** Mean gain over all possible orders; positive: time won. Exactly `exact.numerator / exact.denominator`. */
  readonly gainNs: number
  readonly exact: { readonly numerator: string; readonly denominator: string }
  readonly lowNs: number | null
  readonly highNs: number | null
  /** The same with parameters of unknown spread × or ÷ 1.5 as well. */
  readonly stressLowNs: number | null
  readonly stressHighNs: number | null
  /** Of ln(time): the ratios of all steps multiply to the whole. */
  readonly ratio: number
  /** Sums to `gainNs`. */
  readonly byCauseNs: Partial<Record<Cause, number>>
  readonly oneInNs: number | null
  readonly oneOutNs: number | null
}

/** What `ablate --json` prints. */
export interface Ablation {
  readonly schema: typeof ABLATION_SCHEMA
  readonly study: string
  /** The first line of every output: what was recorded here, predicted, carried over. */
  readonly origin: RestsOn['origin']
  readonly subject: string
  readonly device: string
  readonly from: string
  readonly to: string
  /** Without a prefill there is no TTFT: `e2e` is the run time. */
  readonly hasPrefill: boolean
  readonly metric: Metric
  readonly fromNs: number
  readonly toNs: number
  readonly orders: string
  readonly steps: readonly AblationStep[]
  readonly groups: readonly { readonly group: string; readonly gainNs: number; readonly lowNs: number | null; readonly highNs: number | null; readonly stressLowNs: number | null; readonly stressHighNs: number | null; readonly share: number; readonly ratio: number }[]
  readonly interactions: readonly { readonly first: string; readonly second: string; readonly interactionNs: number | null; readonly squares: number }[]
  readonly cells: readonly { readonly levels: string; readonly reference: string; readonly state: StoredCell['state'] | 'impossible'; readonly key: string | null; readonly valueNs: number | null; readonly note: string }[]
  readonly samples: number
  readonly warnings: readonly string[]
}

/** One combination of levels: its policy, and where its cells stand. */
interface Corner {
  readonly at: readonly number[]
  readonly reference: string
  readonly impossible: string | undefined
  /** First of its cells among the orders; the draws' follow. */
  readonly first: number
}

/** Replays every possible combination of the factors in which two policies differ, and shares the difference out. */
export async function ablate(store: Store, spec: AblationSpec, executor: Executor, options: RunCellsOptions = {}): Promise<{ ablation: Ablation; replayed: number; reused: number }> {
  const paths = await factorPaths(spec.from, spec.to, spec.paths, options.consent)
  const maker = new CellMaker(store, options.consent)
  const subject = await maker.subject(spec.subject, spec.device.profile)
  const draws = spec.samples === 0 ? [] : (['known', 'stress'] as const).flatMap((variation) => sampleDevice(spec.device.profile, spec.device.pinned, spec.seed, spec.samples, variation))
  const orders: CellOrder[] = []
  const corners = new Map<string, Corner>()
  for (const at of allLevels(paths)) {
    const reference = referenceAt(spec.from, spec.to, paths, at)
    const policy = await maker.policy(reference).catch((error: unknown) => {
      if (error instanceof ImpossiblePolicy) return error.message
      throw error
    })
    corners.set(at.join(), { at, reference, impossible: typeof policy === 'string' ? policy : undefined, first: orders.length })
    if (typeof policy === 'string') continue
    for (const values of [spec.device.values, ...draws]) orders.push(maker.order(subject, policy, spec.device, spec, values))
  }
  const ran = await runCells(store, orders, maker.shelf, executor, options)
  const { device, paths: _paths, ...rest } = spec
  const study = await keepStudy(store, { name: `ablation-${spec.from}-${spec.to}`, kind: 'ablate', spec: { ...rest, subject: subject.hash, device: device.profile.id, set: device.set, paths }, keys: ran.keys })
  const { cells, isResampled } = spec.metric === 'tpot' ? { cells: ran.cells, isResampled: false } : withResampledRequests(store, ran.cells, draws.length, spec.seed)
  const central = [...corners.values()].flatMap(({ impossible, first }) => (impossible === undefined ? [first] : []))
  const rests = restsOn(maker, central.map((i) => orders[i]!), central.map((i) => ran.cells[i]!))[0]!
  const carried = heldComparable(rests, central.length, spec.carryOver === true)
  const { origin, hasPrefill } = rests
  const found = analysed({ ...spec, metric: metricFor(spec.metric, hasPrefill) }, paths, corners, cells, new Set(rests.incomparable.map(({ policy }) => policy)))
  return { ablation: { study, origin, hasPrefill, subject: subject.name, ...found, warnings: [...carried, ...found.warnings, ...(isResampled ? [RESAMPLED_NOTE] : [])] }, replayed: ran.replayed, reused: ran.reused }
}

function analysed(spec: AblationSpec, paths: readonly FactorPath[], corners: ReadonlyMap<string, Corner>, cells: readonly StoredCell[], marked: ReadonlySet<string>): Omit<Ablation, 'study' | 'origin' | 'hasPrefill' | 'subject'> {
  const summaryAt = (corner: Corner, draw: number): CellSummary | null => (corner.impossible === undefined ? cells[corner.first + draw]!.summary : null)
  const usable = (corner: Corner): boolean => summaryAt(corner, 0) !== null
  const at = (players: readonly Player[], coalition: number): Corner | undefined => corners.get(levelsAt(paths, players, coalition)?.join() ?? 'none')
  const gameOf = (players: readonly Player[], draw: number): Game => ({
    players: players.length,
    possible: (coalition) => {
      const corner = at(players, coalition)
      return corner !== undefined && usable(corner) && summaryAt(corner, draw) !== null
    },
    worth: (coalition) => exposedOf(summaryAt(at(players, coalition)!, draw)!, spec.metric),
  })
  const { players, merged } = playable(singles(paths), (some) => gameOf(some, 0))
  const game = gameOf(players, 0)
  const found = shapley(game)
  if (found === undefined) throw new UsageFault(`no combination leads from ${spec.from} to ${spec.to}: one of both cannot be replayed here`, firstNote(corners, cells))
  const per = perUnit(summaryAt(at(players, 0)!, 0)!, spec.metric)
  const total = (coalition: number, draw = 0): number => sumOf(exposedOf(summaryAt(at(players, coalition)!, draw)!, spec.metric)) / per
  const all = 2 ** players.length - 1
  const logs = found.mean((coalition) => Math.log(Math.max(1, total(coalition))))
  const drawnFrom = (first: number): Shapley[] => Array.from({ length: spec.samples }, (_, draw) => shapley(gameOf(players, first + draw))).filter((one): one is Shapley => one !== undefined)
  const drawn = drawnFrom(1)
  const stressed = drawnFrom(1 + spec.samples)
  const gain = (of: Shapley, player: number): number => -Number(sumOfBig(of.marginals[player]!)) / Number(of.orders) / per
  const bounds = (of: (one: Shapley) => number): Pick<AblationStep, 'lowNs' | 'highNs' | 'stressLowNs' | 'stressHighNs'> => {
    if (drawn.length === 0 || stressed.length === 0) return { lowNs: null, highNs: null, stressLowNs: null, stressHighNs: null }
    const [known, stress] = [interval(drawn.map(of)), interval(stressed.map(of))]
    return { lowNs: known.lowNs, highNs: known.highNs, stressLowNs: stress.lowNs, stressHighNs: stress.highNs }
  }
  const toggled = (player: Player, others: 'from' | 'to'): number | null => {
    const levels = (moved: number): number[] => paths.map(({ levels: all }, path) => {
      const move = player.moves.find((one) => one.path === path)
      return move === undefined ? (others === 'from' ? 0 : all.length - 1) : move.from + moved
    })
    const [before, after] = [corners.get(levels(0).join())!, corners.get(levels(1).join())!].map((corner) => summaryAt(corner, 0))
    return before === null || after === null || before === undefined || after === undefined ? null : (sumOf(exposedOf(before, spec.metric)) - sumOf(exposedOf(after, spec.metric))) / per
  }
  const whole = total(0) - total(all)
  const steps = players.map((player, p): AblationStep => {
    const marginal = found.marginals[p]!
    return {
      step: player.step,
      factors: player.factors,
      group: player.group,
      gainNs: gain(found, p),
      exact: { numerator: String(-sumOfBig(marginal)), denominator: String(found.orders * BigInt(per)) },
      ...bounds((one) => gain(one, p)),
      ratio: Math.exp(-logs[p]!),
      byCauseNs: Object.fromEntries(causes.flatMap((cause, c) => (marginal[c] === 0n ? [] : [[cause, -Number(marginal[c]!) / Number(found.orders) / per]]))),
      oneInNs: toggled(player, 'from'),
      oneOutNs: toggled(player, 'to'),
    }
  })
  const groups = [...new Set(steps.map(({ group }) => group))].map((group) => {
    const mine = players.flatMap((player, p) => (player.group === group ? [p] : []))
    const sum = (of: (p: number) => number): number => mine.reduce((value, p) => value + of(p), 0)
    return { group, gainNs: sum((p) => steps[p]!.gainNs), ...bounds((one) => sum((p) => gain(one, p))), share: whole === 0 ? 0 : sum((p) => steps[p]!.gainNs) / whole, ratio: Math.exp(-sum((p) => logs[p]!)) }
  })
  const interactions = players.flatMap((first, i) =>
    players.slice(i + 1).map((second, k) => {
      const { squares, mean } = interaction(game, i, i + 1 + k, (coalition) => -total(coalition))
      return { first: first.step, second: second.step, interactionNs: mean, squares }
    }),
  )
  const listed = [...corners.values()].map((corner) => {
    const cell = corner.impossible === undefined ? cells[corner.first]! : undefined
    const summary = summaryAt(corner, 0)
    return {
      levels: paths.map(({ factor, levels }, path) => `${factor} ${levelName(levels[corner.at[path]!]!)}`).join(', '),
      reference: corner.reference,
      state: cell?.state ?? ('impossible' as const),
      key: cell?.key ?? null,
      valueNs: summary === null ? null : sumOf(exposedOf(summary, spec.metric)) / per,
      note: corner.impossible ?? cell?.message ?? (marked.has(corner.reference) ? 'carried over *' : ''),
    }
  })
  return {
    schema: ABLATION_SCHEMA,
    device: spec.device.profile.id,
    from: spec.from,
    to: spec.to,
    metric: spec.metric,
    fromNs: total(0),
    toNs: total(all),
    orders: String(found.orders),
    steps,
    groups,
    interactions,
    cells: listed,
    samples: drawn.length,
    warnings: warningsOf(spec, merged, drawn.length, cells),
  }
}

function warningsOf(spec: AblationSpec, merged: readonly string[], drawn: number, cells: readonly StoredCell[]): string[] {
  const unknown = unknownSpreads(spec.device.profile, spec.device.pinned)
  return [
    ...merged.map((names) => `no order of steps is possible with these apart, so they are one step: ${names}`),
    ...(spec.samples === 0 ? ['no interval: --samples 100 or more draws the device’s uncertain parameters'] : []),
    ...(spec.samples > 0 && drawn < 100 ? [`intervals rest on ${drawn} draws: the outer quantiles are coarse`] : []),
    ...(spec.samples > drawn ? [`${spec.samples - drawn} draws left a combination that could not be replayed and were left out`] : []),
    ...(spec.samples > 0 && unknown.length > 0 ? [`intervals are conditional on ${unknown.length} unknown spreads (${unknown.join(', ')})`] : []),
    ...(cells.some(({ summary }) => summary?.saturated === true) ? ['saturated: more requests come than can be served, so means grow with the workload’s length'] : []),
  ]
}

const firstNote = (corners: ReadonlyMap<string, Corner>, cells: readonly StoredCell[]): string => [...corners.values()].map((corner) => corner.impossible ?? cells[corner.first]?.message ?? '').find((note) => note !== '') ?? 'see the cells of the study'

/** Exposed ns by cause in the metric's windows, summed over requests: whole numbers. */
function exposedOf(summary: CellSummary, metric: Metric): bigint[] {
  return causes.map((cause) => BigInt(metric === 'tpot' ? (summary.decodeExposedNs[cause] ?? 0) : metric === 'ttft' ? (summary.ttftExposedNs[cause] ?? 0) : (summary.ttftExposedNs[cause] ?? 0) + (summary.decodeExposedNs[cause] ?? 0)))
}
/** What the sums are divided by: requests, or decode steps. */
function perUnit({ requests, tokens }: CellSummary, metric: Metric): number {
  if (metric !== 'tpot') return requests
  if (tokens === requests) throw new UsageFault('there is no decode step to ablate', 'synthesise a longer output, or take --metric ttft')
  return tokens - requests
}
const sumOfBig = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n)
const sumOf = (values: readonly bigint[]): number => Number(sumOfBig(values))

function* allLevels(paths: readonly FactorPath[], at: readonly number[] = []): Generator<number[]> {
  const path = paths[at.length]
  if (path === undefined) return void (yield [...at])
  for (let level = 0; level < path.levels.length; level++) yield* allLevels(paths, [...at, level])
}
