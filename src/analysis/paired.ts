import { quantileSorted } from 'simple-statistics'

/** How two results compare over the same draws. */
export interface PairedDifference {
  readonly differenceNs: number
  readonly lowNs: number
  readonly highNs: number
  /** Share of the draws in which the first is faster; equal ones count half. */
  readonly probability: number
  /** Standard error of that share by the number of draws alone (binomial; Wilson's centre, so never 0). */
  readonly monteCarloError: number
  readonly draws: number
  readonly words: string
}

/** Paired differences first − second: their 2.5 and 97.5 % quantiles, and P(first < second). `value`: without a draw. A
 *  replay is deterministic, so there is no p-value: what varies is what the device's parameters leave open. Draws with a
 *  side that could not be replayed are left out. Undefined: none is left. */
export function pairedDifference(first: readonly number[], second: readonly number[], value: number): PairedDifference | undefined {
  const differences = first.flatMap((ns, i) => (Number.isFinite(ns) && Number.isFinite(second[i]!) ? [ns - second[i]!] : [])).sort((a, b) => a - b)
  const draws = differences.length
  if (draws === 0) return undefined
  const [lowNs, highNs] = [quantileSorted(differences, 0.025), quantileSorted(differences, 0.975)]
  const probability = differences.reduce((sum, ns) => sum + (ns < 0 ? 1 : ns === 0 ? 0.5 : 0), 0) / draws
  const centre = (probability * draws + 2) / (draws + 4)
  return { differenceNs: value, lowNs, highNs, probability, monteCarloError: Math.sqrt((centre * (1 - centre)) / (draws + 4)), draws, words: wordsOf(lowNs, highNs, probability) }
}

function wordsOf(lowNs: number, highNs: number, probability: number): string {
  if (lowNs === 0 && highNs === 0) return 'the same in every draw'
  if (highNs < 0) return 'faster, beyond what is uncertain'
  if (lowNs > 0) return 'slower, beyond what is uncertain'
  return `within the spread: faster in ${Math.round(probability * 100)} of 100 draws`
}
