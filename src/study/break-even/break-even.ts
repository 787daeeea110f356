import { interval } from '../../analysis/quantiles.js'
import { UsageFault } from '../../base/errors.js'
import { sampleDevice } from '../../device/sample.js'
import { parameterIds, type DeviceValues, type ParameterId } from '../../device/profile.js'
import type { Store } from '../../store/store.js'
import type { CellState } from '../cells/cell-maker.js'
import { keepStudy } from '../cells/keep-study.js'
import { PolicyTimes } from '../cells/policy-times.js'
import { heldComparable, type RestsOn } from '../cells/rests-on.js'
import type { RunCellsOptions } from '../cells/run-cells.js'
import type { ResolvedDevice } from '../device.js'
import type { Executor } from '../executors/executor.js'
import { metricFor, type Metric } from '../metric.js'
import { bisectAll, crossings, type Crossing } from './crossings.js'

export const BREAK_EVEN_SCHEMA = 'worldswitch-break-even/1'

export interface BreakEvenSpec extends CellState {
  readonly subject: string
  readonly policy: string
  /** The gain is this policy's time / the policy's. */
  readonly over: string
  readonly metric: Metric
  readonly device: ResolvedDevice
  /** Each on its own; the first two together make the frontier. */
  readonly costs: readonly string[]
  readonly target: number
  /** Multiples of the cost's value that are scanned. */
  readonly from: number
  readonly to: number
  readonly seed: number
  readonly samples: number
  readonly frontier: boolean
  /** Takes policies too whose operators' times are carried over from another machine, marked. */
  readonly carryOver?: true
}

export interface CostCrossing {
  readonly at: number
  readonly times: number
  /** The gain is at or above the target below it. */
  readonly falls: boolean
  /** Of the crossing in the same direction nearest to it, over the draws that have one. */
  readonly low: number | null
  readonly high: number | null
  readonly draws: number
}
export interface CostBreakEven {
  readonly cost: ParameterId
  readonly unit: string
  readonly base: number
  readonly crossings: readonly CostCrossing[]
  readonly curve: readonly { readonly times: number; readonly at: number; readonly gain: number | null }[]
  readonly finding: string
}
/** What `break-even --json` prints. */
export interface BreakEven {
  readonly schema: typeof BREAK_EVEN_SCHEMA
  readonly study: string
  /** The first line of every output: what was recorded here, predicted, carried over. */
  readonly origin: RestsOn['origin']
  readonly subject: string
  readonly device: string
  readonly policy: string
  readonly over: string
  /** Without a prefill there is no TTFT: `e2e` is the run time. */
  readonly hasPrefill: boolean
  readonly metric: Metric
  readonly target: number
  readonly gain: number
  readonly costs: readonly CostBreakEven[]
  readonly frontier: readonly { readonly xTimes: number; readonly yTimes: number; readonly gain: number | null }[]
  readonly samples: number
  readonly warnings: readonly string[]
}

const SCANNED = 33
const FRONTIER = 9
const PRECISION = 1e-4

/** For each cost: the gain over a scan of its values, every crossing of the target, each narrowed by bisection, with an
 *  interval over draws of the other parameters. Throws `UsageFault`: no such cost, or one of value 0. */
export async function breakEven(store: Store, spec: BreakEvenSpec, executor: Executor, options: RunCellsOptions = {}): Promise<{ breakEven: BreakEven; replayed: number; reused: number }> {
  const { device, target } = spec
  const costs = spec.costs.map((cost) => costNamed(cost, device))
  const times = await PolicyTimes.of(store, spec, [spec.policy, spec.over], executor, options)
  const gains = async (samples: readonly DeviceValues[]): Promise<number[]> => (await times.at(samples)).map(([own, other]) => other! / own!)
  const [gain] = await gains([device.values])
  if (!Number.isFinite(gain)) throw new UsageFault(`${spec.policy} or ${spec.over} cannot be replayed here, or has no such time`, 'see `replay`')
  const { origin, hasPrefill } = times.restsOn
  const carried = heldComparable(times.restsOn, 2, spec.carryOver === true)
  const multiples = logarithmic(spec.from, spec.to, SCANNED)
  const draws = spec.samples === 0 ? [] : sampleDevice(device.profile, device.pinned, spec.seed, spec.samples, 'known')
  const found: CostBreakEven[] = []
  for (const cost of costs) {
    const base = device.values[cost]!
    const at = multiples.map((by) => base * by)
    const curve = await gains(at.map((value) => ({ ...device.values, [cost]: value })))
    const own = crossings(at, curve, target)
    const exact = await bisectAll(own, target, PRECISION, (points) => gains(points.map((value) => ({ ...device.values, [cost]: value }))))
    const drawn = await drawnCrossings(draws, cost, at, target, gains)
    found.push({
      cost,
      unit: device.profile.parameters[cost]!.unit,
      base,
      crossings: own.map(({ falls }, i): CostCrossing => {
        const same = drawn.flatMap((some) => nearest(some.filter((one) => one.falls === falls).map((one) => one.at), exact[i]!))
        const range = same.length === 0 ? null : interval(same)
        return { at: exact[i]!, times: exact[i]! / base, falls, low: range?.lowNs ?? null, high: range?.highNs ?? null, draws: same.length }
      }),
      curve: multiples.map((by, i) => ({ times: by, at: at[i]!, gain: Number.isFinite(curve[i]!) ? curve[i]! : null })),
      finding: findingOf(cost, curve, exact, own, base, spec),
    })
  }
  const [x, y] = costs
  const grid = spec.frontier && x !== undefined && y !== undefined ? logarithmic(spec.from, spec.to, FRONTIER).flatMap((xTimes) => logarithmic(spec.from, spec.to, FRONTIER).map((yTimes) => ({ xTimes, yTimes }))) : []
  const together = await gains(grid.map(({ xTimes, yTimes }) => ({ ...device.values, [x!]: device.values[x!]! * xTimes, [y!]: device.values[y!]! * yTimes })))
  const { device: _device, ...rest } = spec
  const study = await keepStudy(store, { name: `break-even-${spec.policy}`, kind: 'break-even', spec: { ...rest, subject: times.subject.hash, device: device.profile.id, set: device.set }, keys: times.keys })
  const warnings = [
    ...carried,
    ...(spec.samples === 0 ? ['no interval: --samples 100 or more draws the other parameters'] : spec.samples < 100 ? [`intervals rest on ${spec.samples} draws: the outer quantiles are coarse`] : []),
    ...found.flatMap(({ cost, crossings: some }) => (some.length > 1 ? [`${cost}: ${some.length} crossings: a list schedule can lengthen when a task gets cheaper`] : [])),
    ...found.flatMap(({ cost, curve }) => (curve.some((one) => one.gain === null) ? [`${cost}: some values cannot be replayed (a carve-out would leave less than nothing)`] : [])),
    ...(spec.samples > 0 ? found.flatMap(({ cost, crossings: some }) => some.flatMap(({ draws: n }) => (n < spec.samples ? [`${cost}: ${spec.samples - n} of ${spec.samples} draws never cross within the scan and are not in its interval`] : []))) : []),
  ]
  return {
    breakEven: { schema: BREAK_EVEN_SCHEMA, study, origin, subject: times.subject.name, device: device.profile.id, policy: spec.policy, over: spec.over, hasPrefill, metric: metricFor(spec.metric, hasPrefill), target, gain: gain!, costs: found, frontier: grid.map((one, i) => ({ ...one, gain: Number.isFinite(together[i]!) ? together[i]! : null })), samples: spec.samples, warnings },
    replayed: times.replayed,
    reused: times.reused,
  }
}

/** Each draw's crossings, narrowed; all draws take their halvings together. */
async function drawnCrossings(draws: readonly DeviceValues[], cost: ParameterId, at: readonly number[], target: number, gains: (samples: readonly DeviceValues[]) => Promise<number[]>): Promise<{ at: number; falls: boolean }[][]> {
  if (draws.length === 0) return []
  const scanned = at.filter((_, i) => i % 4 === 0) // coarser: the crossing's neighbourhood is known
  const curves = await gains(draws.flatMap((sample) => scanned.map((value) => ({ ...sample, [cost]: value }))))
  const stretches: { draw: number; stretch: Crossing }[] = draws.flatMap((_, draw) => crossings(scanned, curves.slice(draw * scanned.length, (draw + 1) * scanned.length), target).map((stretch) => ({ draw, stretch })))
  const ends = await bisectAll(stretches.map(({ stretch }) => stretch), target, 1e-2, (points) => gains(points.map((value, i) => ({ ...draws[stretches[i]!.draw]!, [cost]: value }))))
  return draws.map((_, draw) => stretches.flatMap((one, i) => (one.draw === draw ? [{ at: ends[i]!, falls: one.stretch.falls }] : [])))
}

const nearest = (values: readonly number[], to: number): number[] => (values.length === 0 ? [] : [values.reduce((best, value) => (Math.abs(Math.log(value / to)) < Math.abs(Math.log(best / to)) ? value : best))])

function costNamed(cost: string, device: ResolvedDevice): ParameterId {
  if (!(parameterIds as readonly string[]).includes(cost)) throw new UsageFault(`device ${device.profile.id} has no parameter ${cost}`, 'see `worldswitch devices show`')
  const id = cost as ParameterId
  const parameter = device.profile.parameters[id]
  if (parameter === undefined) throw new UsageFault(`the profile of ${device.profile.id} does not have ${cost}`, `add it, or give it: --set ${cost}=VALUE`)
  if (parameter.fixed === true) throw new UsageFault(`${cost} is structure, not a cost`, 'choose a parameter with a rate or a time')
  if (device.values[id] === 0) throw new UsageFault(`${cost} is 0 on ${device.profile.id}: no multiple of it is another`, `give one: --set ${cost}=VALUE`)
  return id
}

function findingOf(cost: string, curve: readonly number[], exact: readonly number[], own: readonly Crossing[], base: number, { target, from, to }: BreakEvenSpec): string {
  const said = `${target}×`
  if (own.length > 0) return own.map(({ falls }, i) => `${falls ? 'falls below' : 'reaches'} ${said} at ${Number(exact[i]!.toPrecision(4))} (${(exact[i]! / base).toPrecision(3)} times its value)`).join('; ')
  const known = curve.filter(Number.isFinite)
  return known.every((value) => value >= target) ? `stays above ${said} from ${from} to ${to} times ${cost}` : `stays below ${said} from ${from} to ${to} times ${cost}`
}

const logarithmic = (from: number, to: number, count: number): number[] => Array.from({ length: count }, (_, i) => Number((from * (to / from) ** (i / (count - 1))).toPrecision(9)))
