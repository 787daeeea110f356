import { saltelliPoints, sobolIndices } from '../../analysis/sobol.js'
import { UsageFault } from '../../base/errors.js'
import { clamped } from '../../device/bounds.js'
import { draw, unknownSpreads } from '../../device/sample.js'
import { parametersOf, type DeviceValues, type Parameter, type ParameterId } from '../../device/profile.js'
import type { Store } from '../../store/store.js'
import type { CellState } from '../cells/cell-maker.js'
import { keepStudy } from '../cells/keep-study.js'
import { PolicyTimes } from '../cells/policy-times.js'
import { heldComparable, type RestsOn } from '../cells/rests-on.js'
import type { RunCellsOptions } from '../cells/run-cells.js'
import type { ResolvedDevice } from '../device.js'
import type { Executor } from '../executors/executor.js'
import { metricFor, type Metric } from '../metric.js'

export const SENSITIVITY_SCHEMA = 'worldswitch-sensitivity/1'

export interface SensitivitySpec extends CellState {
  readonly subject: string
  readonly policy: string
  /** The result is then the gain over this policy: its time / the policy's. */
  readonly over?: string
  readonly metric: Metric
  readonly device: ResolvedDevice
  readonly seed: number
  /** Rows of Saltelli's design; 0: no indices. */
  readonly rows: number
  /** Takes policies too whose operators' times are carried over from another machine, marked. */
  readonly carryOver?: true
}

export interface ParameterSwing {
  readonly parameter: ParameterId
  readonly grade: Parameter['grade']
  readonly unit: string
  readonly spread: string
  readonly source: string
  readonly low: { readonly at: number; readonly value: number }
  readonly high: { readonly at: number; readonly value: number }
  /** Largest relative change of the result at either end. */
  readonly swing: number
}
/** What `sensitivity --json` prints; values are ns, or a ratio where it asks for a gain. */
export interface Sensitivity {
  readonly schema: typeof SENSITIVITY_SCHEMA
  readonly study: string
  /** The first line of every output: what was recorded here, predicted, carried over. */
  readonly origin: RestsOn['origin']
  readonly subject: string
  readonly device: string
  readonly policy: string
  readonly over: string | null
  /** Without a prefill there is no TTFT: `e2e` is the run time. */
  readonly hasPrefill: boolean
  readonly metric: Metric
  readonly value: number
  /** Largest swing first; parameters that move nothing are left out. */
  readonly tornado: readonly ParameterSwing[]
  readonly indices: readonly { readonly parameter: ParameterId; readonly grade: Parameter['grade']; readonly first: number; readonly firstLow: number; readonly firstHigh: number; readonly total: number; readonly totalLow: number; readonly totalHigh: number }[]
  readonly rows: number
  /** Parameters nobody measured, those that limit the result most first. */
  readonly measureNext: readonly { readonly parameter: ParameterId; readonly grade: Parameter['grade']; readonly swing: number; readonly total: number | null }[]
  readonly warnings: readonly string[]
}

const STRESS = 1.5
/** A swing below this is not shown. */
const SEEN = 1e-4

/** One parameter at a time over its spread, then variance-based indices over all that have one and move the result. */
export async function sensitivity(store: Store, spec: SensitivitySpec, executor: Executor, options: RunCellsOptions = {}): Promise<{ sensitivity: Sensitivity; replayed: number; reused: number }> {
  const { device } = spec
  const times = await PolicyTimes.of(store, spec, [spec.policy, ...(spec.over === undefined ? [] : [spec.over])], executor, options)
  const valuesAt = async (samples: readonly DeviceValues[]): Promise<number[]> => (await times.at(samples)).map(([own, other]) => (other === undefined ? own! : other / own!))
  const known = new Map(parametersOf(device.profile))
  const varied = [...known].flatMap(([id, { fixed, value }]) => (fixed === true || device.pinned.has(id) || value === 0 ? [] : [id]))
  const ends = varied.map((id) => endsOf(id, known.get(id)!))
  const value = (await valuesAt([device.values]))[0]!
  const { origin, hasPrefill } = times.restsOn
  const carried = heldComparable(times.restsOn, spec.over === undefined ? 1 : 2, spec.carryOver === true)
  const metric = metricFor(spec.metric, hasPrefill)
  if (!Number.isFinite(value)) throw new UsageFault(metric === 'tpot' ? 'there is no decode step whose time could move' : `${spec.policy} cannot be replayed on ${device.profile.id}`, 'see `replay`')
  const swung = await valuesAt(varied.flatMap((id, i) => ends[i]!.map((at) => ({ ...device.values, [id]: at }))))
  const change = (there: number): number => (Number.isFinite(there) ? Math.abs(there / value - 1) : 0)
  const tornado = varied
    .map((parameter, i): ParameterSwing => {
      const { grade, unit, spread, source } = known.get(parameter)!
      const [low, high] = [swung[2 * i]!, swung[2 * i + 1]!]
      return { parameter, grade, unit, spread: spreadText(spread), source, low: { at: ends[i]![0], value: low }, high: { at: ends[i]![1], value: high }, swing: Math.max(change(low), change(high)) }
    })
    .filter(({ swing }) => swing >= SEEN)
    .sort((a, b) => b.swing - a.swing || (a.parameter < b.parameter ? -1 : 1))
  const latents = tornado.filter(({ parameter }) => known.get(parameter)!.spread !== null).map(({ parameter }) => parameter)
  const points = spec.rows === 0 || latents.length === 0 ? [] : saltelliPoints(latents.length, spec.rows, spec.seed)
  const drawn = await valuesAt(points.map((u) => ({ ...device.values, ...Object.fromEntries(latents.map((id, d) => [id, draw(id, known.get(id)!, u[d]!, 'known')])) })))
  const found = sobolIndices(drawn, latents.length, spec.seed)
  const indices = points.length === 0 ? [] : latents.map((parameter, d) => ({ parameter, grade: known.get(parameter)!.grade, first: found.first[d]!.value, firstLow: found.first[d]!.low, firstHigh: found.first[d]!.high, total: found.total[d]!.value, totalLow: found.total[d]!.low, totalHigh: found.total[d]!.high })).sort((a, b) => b.total - a.total || (a.parameter < b.parameter ? -1 : 1))
  const totals = new Map(indices.map(({ parameter, total }) => [parameter, total]))
  const measureNext = tornado.filter(({ grade }) => grade !== 'measured').map(({ parameter, grade, swing }) => ({ parameter, grade, swing, total: totals.get(parameter) ?? null }))
  const { device: _device, ...rest } = spec
  const study = await keepStudy(store, { name: `sensitivity-${spec.policy}`, kind: 'sensitivity', spec: { ...rest, subject: times.subject.hash, device: device.profile.id, set: device.set }, keys: times.keys })
  return {
    sensitivity: { schema: SENSITIVITY_SCHEMA, study, origin, subject: times.subject.name, device: device.profile.id, policy: spec.policy, over: spec.over ?? null, hasPrefill, metric, value, tornado, indices, rows: found.rows, measureNext, warnings: [...carried, ...warningsOf(spec, found.rows, points.length > 0, indices)] },
    replayed: times.replayed,
    reused: times.reused,
  }
}

function warningsOf(spec: SensitivitySpec, rows: number, sampled: boolean, indices: Sensitivity['indices']): string[] {
  const unknown = unknownSpreads(spec.device.profile, spec.device.pinned)
  const widest = Math.max(0, ...indices.map(({ totalLow, totalHigh }) => totalHigh - totalLow))
  return [
    ...(unknown.length > 0 ? [`${unknown.length} parameters have no published spread: × and ÷ ${STRESS} in the tornado, left out of the indices`] : []),
    ...(sampled ? [] : ['no indices: give --rows']),
    ...(sampled && rows < spec.rows ? [`${spec.rows - rows} rows hold a draw that cannot be replayed and were left out`] : []),
    ...(widest > 0.2 ? [`not converged: an index is known to ± ${(widest / 2).toFixed(2)} only; give more --rows`] : []),
  ]
}

/** 2.5 and 97.5 % of the spread; an unknown one × and ÷ 1.5. */
function endsOf(id: ParameterId, parameter: Parameter): readonly [number, number] {
  if (parameter.spread === null) return [clamped(id, parameter.value / STRESS), clamped(id, parameter.value * STRESS)]
  if ('range' in parameter.spread) return parameter.spread.range
  return [draw(id, parameter, 0.025, 'known'), draw(id, parameter, 0.975, 'known')]
}

function spreadText(spread: Parameter['spread']): string {
  if (spread === null) return 'unknown'
  return 'range' in spread ? spread.range.join(' to ') : 'sd' in spread ? `sd ${spread.sd}` : `quantiles ${spread.quantiles.map(([, value]) => value).join(', ')}`
}
