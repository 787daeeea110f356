import { probit } from 'simple-statistics'
import { uniformStream } from '../base/random.js'

/** Seeded draws of one quantity. */
export interface Draws {
  /** 0 … n − 1, evenly. */
  upTo(n: number): number
  /** Exponential with this mean: gaps of a Poisson process. */
  exponential(mean: number): number
  /** A whole number, lognormal around `median` with this spread of its logarithm, kept within bounds. */
  lognormal(median: number, sigma: number, low: number, high: number): number
}

export function draws(seed: number, key: string): Draws {
  const next = uniformStream(seed, key)
  return {
    upTo: (n) => Math.min(n - 1, Math.floor(next() * n)),
    exponential: (mean) => -Math.log(next()) * mean,
    lognormal: (median, sigma, low, high) => Math.min(high, Math.max(low, Math.round(median * Math.exp(sigma * probit(next()))))),
  }
}
