import { pairedDifference, type PairedDifference } from '../analysis/paired.js'
import type { DeviceSample } from '../device/profile.js'
import { sampleDevice, type Variation } from '../device/sample.js'
import type { Store } from '../store/store.js'
import { CellMaker, type CellState } from './cells/cell-maker.js'
import { runCells, type RunCellsOptions } from './cells/run-cells.js'
import type { ResolvedDevice } from './device.js'
import type { Executor } from './executors/executor.js'
import { metricOf, type Metric } from './metric.js'
import { withResampledRequests } from './resample.js'

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

/** Each policy against the baseline over the same draws of the device's parameters; cells come from the store where they
 *  were replayed before. */
export async function comparePairs(
  store: Store,
  spec: CellState & { readonly subject: string; readonly policies: readonly string[]; readonly baseline: string; readonly device: ResolvedDevice; readonly seed: number; readonly samples: number },
  executor: Executor,
  options: RunCellsOptions = {},
): Promise<PairRow[]> {
  const { device, policies, baseline } = spec
  const maker = new CellMaker(store)
  const subject = await maker.subject(spec.subject, device.profile)
  const drawn = (variation: Variation): DeviceSample[] => [device.values, ...sampleDevice(device.profile, device.pinned, spec.seed, spec.samples, variation)]
  const kinds = [drawn('known'), drawn('stress')]
  const orders = []
  for (const reference of policies) {
    const policy = await maker.policy(reference)
    for (const values of kinds.flat()) orders.push(maker.order(subject, policy, device, spec, values))
  }
  const ran = await runCells(store, orders, maker.shelf, executor, options)
  const { cells, isResampled } = withResampledRequests(store, ran.cells, spec.samples, spec.seed)
  const each = 1 + spec.samples
  const of = (policy: string, kind: number, metric: Metric): number[] => {
    const from = (policies.indexOf(policy) * kinds.length + kind) * each
    return cells.slice(from, from + each).map((cell) => metricOf(cell, metric))
  }
  return (['ttft', 'tpot', 'e2e'] as const).flatMap((metric) =>
    policies.flatMap((first) => {
      if (first === baseline) return []
      const [found, stress] = [0, 1].map((kind) => {
        const [[value, ...own], [other, ...others]] = [of(first, kind, metric), of(baseline, kind, metric)]
        return pairedDifference(own, others, value! - other!)
      })
      return found === undefined || stress === undefined ? [] : [{ first, second: baseline, metric, ...found, stressLowNs: stress.lowNs, stressHighNs: stress.highNs, isResampled }]
    }),
  )
}
