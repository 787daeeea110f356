import { pairedDifference, type PairedDifference } from '../analysis/paired.js'
import type { LatencySample } from '../analysis/quantiles.js'
import type { DeviceValues } from '../device/profile.js'
import { sampleDevice, type Variation } from '../device/sample.js'
import type { Intervals } from '../run/result.js'
import type { StoredCell } from '../store/cells.js'
import type { Store } from '../store/store.js'
import { CellMaker, type CellState } from './cells/cell-maker.js'
import { runCells, type RunCellsOptions } from './cells/run-cells.js'
import type { ResolvedDevice } from './device.js'
import type { Executor } from './executors/executor.js'
import { metricOf, type Metric } from './metric.js'
import { withResampledRequests } from './resample.js'
import { intervalsOf } from './sampling.js'

export interface PairRow extends PairedDifference {
  readonly first: string
  readonly second: string
  readonly metric: Metric
  /** The same quantiles with parameters of unknown spread × or ÷ 1.5 as well. */
  readonly stressLowNs: number
  readonly stressHighNs: number
  /** Requests were drawn anew within draws. */
  readonly isResampled: boolean
}

/** What draws of the device's parameters say of several policies. */
export interface ComparedDraws {
  /** Of each policy, in order. */
  readonly intervals: readonly Intervals[]
  /** Each policy against the baseline over the same draws; none where the baseline is not among the policies. */
  readonly pairs: readonly PairRow[]
}

/** Intervals of each policy and paired differences from the baseline; cells come from the store where they were replayed
 *  before. Throws `UsageFault`: no draw of a policy can be replayed. */
export async function compareDraws(
  store: Store,
  spec: CellState & { readonly subject: string; readonly policies: readonly string[]; readonly baseline: string; readonly device: ResolvedDevice; readonly seed: number; readonly samples: number },
  executor: Executor,
  options: RunCellsOptions = {},
): Promise<ComparedDraws> {
  const { device, policies, baseline, samples, seed } = spec
  const maker = new CellMaker(store, options.consent)
  const subject = await maker.subject(spec.subject, device.profile)
  const drawn = (variation: Variation): DeviceValues[] => [device.values, ...sampleDevice(device.profile, device.pinned, seed, samples, variation)]
  const kinds = [drawn('known'), drawn('stress')]
  const orders = []
  for (const reference of policies) {
    const policy = await maker.policy(reference)
    for (const values of kinds.flat()) orders.push(maker.order(subject, policy, device, spec, values))
  }
  const ran = await runCells(store, orders, maker.shelf, executor, options)
  const { cells, isResampled } = withResampledRequests(store, ran.cells, samples, seed)
  const cellsOf = (policy: number, kind: number): readonly StoredCell[] => {
    const from = (policy * kinds.length + kind) * (1 + samples)
    return cells.slice(from, from + 1 + samples)
  }
  const latenciesOf = (policy: number, kind: number): LatencySample[] => cellsOf(policy, kind).slice(1).flatMap(({ summary }) => (summary === null ? [] : [{ ttftNs: summary.ttftNs, tpotNs: summary.tpotNs }]))
  const intervals = policies.map((_, policy) => {
    const [known, stress] = [latenciesOf(policy, 0), latenciesOf(policy, 1)]
    return intervalsOf(known, stress, { device, samples, refused: 2 * samples - known.length - stress.length, isResampled })
  })
  const base = policies.indexOf(baseline)
  const of = (policy: number, kind: number, metric: Metric): number[] => cellsOf(policy, kind).map((cell) => metricOf(cell, metric))
  const pairs = (['ttft', 'tpot', 'e2e'] as const).flatMap((metric) =>
    policies.flatMap((first, policy) => {
      if (first === baseline || base < 0) return []
      const [found, stress] = [0, 1].map((kind) => {
        const [[value, ...own], [other, ...others]] = [of(policy, kind, metric), of(base, kind, metric)]
        return pairedDifference(own, others, value! - other!)
      })
      return found === undefined || stress === undefined ? [] : [{ first, second: baseline, metric, ...found, stressLowNs: stress.lowNs, stressHighNs: stress.highNs, isResampled }]
    }),
  )
  return { intervals, pairs }
}
