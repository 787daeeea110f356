/** Least squares by Levenberg and Marquardt: finds the `start.length` variables at which the sum of squares of the residuals is
 *  least, near `start`. Derivatives are differences. For a handful of variables. */
export function leastSquares(residuals: (at: readonly number[]) => number[], start: readonly number[], rounds = 200): number[] {
  let at = [...start]
  let now = residuals(at)
  let cost = sumOfSquares(now)
  let damping = 1e-3
  for (let round = 0; round < rounds && cost > 1e-20; round++) {
    const columns = at.map((value, j) => {
      const moved = residuals(at.map((other, k) => (k === j ? value + STEP : other)))
      return moved.map((r, i) => (r - now[i]!) / STEP)
    })
    const gradient = columns.map((column) => dot(column, now))
    let isBetter = false
    for (let tries = 0; tries < 30 && !isBetter; tries++) {
      const normal = columns.map((a, j) => columns.map((b, k) => dot(a, b) + (j === k ? damping * (dot(a, a) + 1e-12) : 0)))
      const step = solved(normal, gradient.map((value) => -value))
      // A kink of the roofline may lie in between: no step goes further than a factor of about seven.
      const next = at.map((value, j) => value + Math.max(-2, Math.min(2, step[j]!)))
      const there = residuals(next)
      const nextCost = sumOfSquares(there)
      if (nextCost < cost) {
        isBetter = true
        if (cost - nextCost < 1e-12 * cost) return next
        at = next
        now = there
        cost = nextCost
        damping = Math.max(1e-9, damping / 5)
      } else damping *= 4
    }
    if (!isBetter) break
  }
  return at
}

const STEP = 1e-6
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
export const sumOfSquares = (values: readonly number[]): number => dot(values, values)

/** Solves a small system by elimination with pivots; 0 for a variable that nothing moves. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!])
  const n = rows.length
  for (let c = 0; c < n; c++) {
    let pivot = c
    for (let r = c + 1; r < n; r++) if (Math.abs(rows[r]![c]!) > Math.abs(rows[pivot]![c]!)) pivot = r
    ;[rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!]
    if (rows[c]![c] === 0) continue
    for (let r = 0; r < n; r++) {
      if (r === c) continue
      const factor = rows[r]![c]! / rows[c]![c]!
      for (let k = c; k <= n; k++) rows[r]![k]! -= factor * rows[c]![k]!
    }
  }
  return rows.map((row, i) => (row[i] === 0 ? 0 : row[n]! / row[i]!))
}
