/** Where a curve, known at rising points, crosses a level: each a stretch between two neighbours. */
export interface Crossing {
  readonly from: number
  readonly to: number
  readonly falls: boolean
}

/** Every crossing of `target`, in order; points without a value end a stretch. A value at the target counts as above it. */
export function crossings(at: readonly number[], values: readonly number[], target: number): Crossing[] {
  const found: Crossing[] = []
  for (let i = 1; i < at.length; i++) {
    const [before, after] = [values[i - 1]!, values[i]!]
    if (!Number.isFinite(before) || !Number.isFinite(after)) continue
    if (before >= target !== after >= target) found.push({ from: at[i - 1]!, to: at[i]!, falls: before >= target })
  }
  return found
}

/** Halves stretches together until each is within `precision` of its end (relative), asking for one value a stretch at a
 *  time: `valuesAt(points)` answers for all. Returns the ends nearer to the crossing's far side. */
export async function bisectAll(stretches: readonly Crossing[], target: number, precision: number, valuesAt: (points: readonly number[]) => Promise<readonly number[]>): Promise<number[]> {
  let state = stretches.map((one) => ({ ...one }))
  const wide = ({ from, to }: Crossing): boolean => to - from > precision * Math.max(Math.abs(from), Math.abs(to))
  for (let round = 0; round < 60 && state.some(wide); round++) {
    const middles = state.map(({ from, to }) => (from + to) / 2)
    const values = await valuesAt(middles)
    state = state.map((one, i) => {
      if (!wide(one)) return one
      const isBefore = one.falls === values[i]! >= target
      return isBefore ? { ...one, from: middles[i]! } : { ...one, to: middles[i]! }
    })
  }
  return state.map(({ to }) => to)
}
