import { linearRegression, linearRegressionLine, sum } from 'simple-statistics'

export interface Knee {
  /** Where the best two straight lines break. */
  readonly at: number
  /** No point lies off its line by more than 5 % of the curve's fall. */
  readonly straight: boolean
  /** How fast it falls after the knee, of how fast before it. */
  readonly rest: number
  /** It falls before the knee, and after it at most half as fast. */
  readonly flattens: boolean
}

const OFF_LINE = 0.05
const FLATTENS = 0.5

/** The knee of a falling curve, `x` rising, at least 4 points: the two lines that share the point where they break and
 *  lie nearest to all points (least squares). */
export function kneeOf(x: readonly number[], y: readonly number[]): Knee {
  const fits = Array.from({ length: x.length - 2 }, (_, i) => i + 1).map((at) => {
    const before = fitted(x.slice(0, at + 1), y.slice(0, at + 1))
    const after = fitted(x.slice(at), y.slice(at))
    return { at, before, after, squares: before.squares + after.squares }
  })
  const best = fits.reduce((least, fit) => (fit.squares < least.squares ? fit : least))
  const fall = Math.max(...y) - Math.min(...y)
  const rest = best.after.slope / best.before.slope
  return {
    at: x[best.at]!,
    straight: Math.max(best.before.off, best.after.off) <= OFF_LINE * fall,
    rest,
    flattens: best.before.slope < 0 && rest <= FLATTENS,
  }
}

function fitted(x: readonly number[], y: readonly number[]): { slope: number; squares: number; off: number } {
  const fit = linearRegression(x.map((at, i) => [at, y[i]!]))
  const line = linearRegressionLine(fit)
  const off = x.map((at, i) => Math.abs(y[i]! - line(at)))
  return { slope: fit.m, squares: sum(off.map((one) => one * one)), off: Math.max(...off) }
}
