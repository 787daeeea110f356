import { mean, quantileSorted, variance } from 'simple-statistics'
import { uniformStream } from '../base/random.js'

/** Points of the unit cube at which a function must be known: A, B, and A with one column of B for each dimension
 *  (Saltelli 2010, doi:10.1016/j.cpc.2009.09.018): `rows · (dimensions + 2)` of them. */
export function saltelliPoints(dimensions: number, rows: number, seed: number): number[][] {
  const column = (which: string, d: number): number[] => {
    const next = uniformStream(seed, `saltelli ${which} ${d}`)
    return Array.from({ length: rows }, () => next())
  }
  const a = Array.from({ length: dimensions }, (_, d) => column('A', d))
  const b = Array.from({ length: dimensions }, (_, d) => column('B', d))
  const at = (pick: (d: number) => number[][]): number[][] => Array.from({ length: rows }, (_, r) => Array.from({ length: dimensions }, (_, d) => pick(d)[d]![r]!))
  return [...at(() => a), ...at(() => b), ...Array.from({ length: dimensions }, (_, i) => at((d) => (d === i ? b : a))).flat()]
}

export interface Index {
  readonly value: number
  readonly low: number
  readonly high: number
}
export interface SobolIndices {
  /** Share of the variance that a dimension makes alone. */
  readonly first: readonly Index[]
  /** And with all that it interacts with. */
  readonly total: readonly Index[]
  readonly rows: number
}

const RESAMPLED = 500

/**
 * First-order indices by Saltelli's estimator, total ones by Jansen's, from the function's values at `saltelliPoints`;
 * 95 % intervals by a bootstrap over rows (a row's points stay together). Rows with a value that is not finite are left
 * out. All zero where the function does not vary.
 */
export function sobolIndices(values: readonly number[], dimensions: number, seed: number): SobolIndices {
  const rows = values.length / (dimensions + 2)
  const kept = Array.from({ length: rows }, (_, r) => r).filter((r) => Array.from({ length: dimensions + 2 }, (_, block) => values[block * rows + r]!).every(Number.isFinite))
  const centre = kept.length === 0 ? 0 : mean(kept.flatMap((r) => [values[r]!, values[rows + r]!]))
  const at = (block: number, r: number): number => values[block * rows + r]! - centre
  const estimate = (some: readonly number[], d: number): { first: number; total: number } => {
    const spread = some.length < 2 ? 0 : variance(some.flatMap((r) => [at(0, r), at(1, r)]))
    if (spread === 0) return { first: 0, total: 0 }
    let first = 0
    let total = 0
    for (const r of some) {
      first += at(1, r) * (at(d + 2, r) - at(0, r))
      total += (at(0, r) - at(d + 2, r)) ** 2
    }
    return { first: first / some.length / spread, total: total / some.length / 2 / spread }
  }
  const next = uniformStream(seed, 'sobol bootstrap')
  const resamples = Array.from({ length: RESAMPLED }, () => kept.map(() => kept[Math.floor(next() * kept.length)]!))
  const indices = Array.from({ length: dimensions }, (_, d) => {
    const whole = estimate(kept, d)
    const again = resamples.map((some) => estimate(some, d))
    const index = (which: 'first' | 'total'): Index => {
      const sorted = again.map((one) => one[which]).sort((x, y) => x - y)
      return { value: whole[which], low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) }
    }
    return { first: index('first'), total: index('total') }
  })
  return { first: indices.map(({ first }) => first), total: indices.map(({ total }) => total), rows: kept.length }
}
