import { mean, quantileSorted } from 'simple-statistics'
import type { Interval, LatencyInterval } from '../run/result.js'

/** Latencies of one sample: means over its requests. */
export interface LatencySample {
  readonly ttftNs: number
  readonly tpotNs: number | null
}

export function latencySample(latencies: readonly { ttftNs: number; tpotNs: number | null }[]): LatencySample {
  const tpots = latencies.flatMap(({ tpotNs }) => (tpotNs === null ? [] : [tpotNs]))
  return { ttftNs: mean(latencies.map(({ ttftNs }) => ttftNs)), tpotNs: tpots.length > 0 ? mean(tpots) : null }
}

/** 2.5, 50 and 97.5 % quantiles. */
export function interval(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort() as unknown as number[]
  return { lowNs: quantileSorted(sorted, 0.025), medianNs: quantileSorted(sorted, 0.5), highNs: quantileSorted(sorted, 0.975) }
}

export function latencyInterval(samples: readonly LatencySample[]): LatencyInterval {
  const tpots = samples.flatMap(({ tpotNs }) => (tpotNs === null ? [] : [tpotNs]))
  return { ttftNs: interval(samples.map(({ ttftNs }) => ttftNs)), tpotNs: tpots.length > 0 ? interval(tpots) : null }
}
