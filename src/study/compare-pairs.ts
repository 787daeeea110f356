import { pairedDifference, type PairedDifference } from '../analysis/paired.js'
import { sampleDevice } from '../device/sample.js'
import type { Store } from '../store/store.js'
import { CellMaker, type CellState } from './cells/cell-maker.js'
import { runCells, type RunCellsOptions } from './cells/run-cells.js'
import type { ResolvedDevice } from './device.js'
import type { Executor } from './executors/executor.js'
import { metricOf, type Metric } from './metric.js'

export interface PairRow extends PairedDifference {
  readonly first: string
  readonly second: string
  readonly metric: Metric
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
  const samples = [device.values, ...sampleDevice(device.profile, device.pinned, spec.seed, spec.samples, 'known')]
  const orders = []
  for (const reference of policies) {
    const policy = await maker.policy(reference)
    for (const values of samples) orders.push(maker.order(subject, policy, device, spec, values))
  }
  const { cells } = await runCells(store, orders, maker.shelf, executor, options)
  const of = (policy: string, metric: Metric): number[] => cells.slice(policies.indexOf(policy) * samples.length, (policies.indexOf(policy) + 1) * samples.length).map((cell) => metricOf(cell, metric))
  return (['ttft', 'tpot', 'e2e'] as const).flatMap((metric) =>
    policies.flatMap((first) => {
      if (first === baseline) return []
      const [[value, ...drawn], [other, ...others]] = [of(first, metric), of(baseline, metric)]
      const found = pairedDifference(drawn, others, value! - other!)
      return found === undefined ? [] : [{ first, second: baseline, metric, ...found }]
    }),
  )
}
