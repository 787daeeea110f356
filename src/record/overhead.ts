import type { Pass } from './pass.js'

/** The same passes with the profiler and without, taken in turn. */
export interface Round {
  readonly profiled: Pass
  readonly unprofiled: Pass
}

/** What profiling cost, as a share of the unprofiled time: medians over rounds (prefill) and over rounds × steps
 *  (decode; null without a decode step). */
export interface Overhead {
  readonly prefillShare: number
  readonly decodeShare: number | null
  readonly rounds: number
}

export function overheadOf(rounds: readonly Round[]): Overhead {
  const ratios = rounds.map(({ profiled, unprofiled }) => profiled.stepNs.map((ns, step) => ns / unprofiled.stepNs[step]!))
  const decode = ratios.flatMap((round) => round.slice(1))
  return {
    prefillShare: median(ratios.map((round) => round[0]!)) - 1,
    decodeShare: decode.length === 0 ? null : median(decode) - 1,
    rounds: rounds.length,
  }
}

/** The round whose profiled pass took the median time in all (of an even number, the quicker middle one): neither the
 *  luckiest nor the most disturbed. */
export function medianRound(rounds: readonly Round[]): number {
  const totals = rounds.map(({ profiled }) => profiled.stepNs.reduce((sum, ns) => sum + ns, 0))
  const order = totals.map((_, round) => round).sort((a, b) => totals[a]! - totals[b]! || a - b)
  return order[(order.length - 1) >> 1]!
}

/** Of an even number of values the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
