import { median } from 'simple-statistics'

/** How two recordings of one run were put on one clock. */
export interface Alignment {
  /** Added to the times of the world switches. */
  readonly offsetNs: number
  /** `given`; `step-marks`: steps of the ops against the marks of the same number; `calls`: steps against calls. */
  readonly rule: 'given' | 'step-marks' | 'calls'
  readonly matched: number
  /** Steps that there are to match. */
  readonly anchors: number
  readonly medianResidualNs: number
  readonly maxResidualNs: number
}

/** Offsets looked at closely; recordings with more steps are matched by their first ones. */
const MOST = 2000
/** A match is accepted when so many of the fewer anchors agree. */
const ENOUGH = 0.8

/** The offset by which steps (`ops`: step → start) meet marks of the same number. Undefined with fewer than two. */
export function alignMarks(ops: ReadonlyMap<number, number>, marks: ReadonlyMap<number, number>): Alignment | undefined {
  const shifts: number[] = []
  for (const [step, startNs] of ops) {
    const mark = marks.get(step)
    if (mark !== undefined) shifts.push(startNs - mark)
  }
  if (shifts.length < 2) return undefined
  return { ...residuals(shifts, Math.round(median(shifts))), rule: 'step-marks', anchors: ops.size }
}

/** The offset under which most steps begin where a call does: every difference of a step and a call votes, within a
 *  twentieth of the usual step. Undefined when fewer than four fifths agree, or two offsets agree as well. */
export function alignCalls(steps: readonly number[], calls: readonly number[]): Alignment | undefined {
  const a = steps.slice(0, MOST)
  const b = calls.slice(0, MOST)
  if (a.length < 2 || b.length < 2) return undefined
  const gaps = a.slice(1).map((at, i) => at - a[i]!)
  const width = Math.max(1, Math.round(median(gaps) / 20))
  const votes = new Map<number, number>()
  for (const step of a)
    for (const bin of new Set(b.map((call) => Math.round((step - call) / width)))) votes.set(bin, (votes.get(bin) ?? 0) + 1)
  const score = (bin: number): number => (votes.get(bin - 1) ?? 0) + votes.get(bin)! + (votes.get(bin + 1) ?? 0)
  let best = [...votes.keys()].slice(0, 1)
  for (const bin of votes.keys()) {
    const more = score(bin) - score(best[0]!)
    if (more > 0) best = [bin]
    else if (more === 0 && bin !== best[0]) best.push(bin)
  }
  const first = best[0]!
  if (best.some((bin) => Math.abs(bin - first) > 2)) return undefined
  const shifts = a.flatMap((step) => {
    const near = nearest(b, step - first * width)
    return Math.abs(step - near - first * width) <= 2 * width ? [step - near] : []
  })
  if (shifts.length < Math.max(2, ENOUGH * Math.min(a.length, b.length))) return undefined
  return { ...residuals(shifts, Math.round(median(shifts))), rule: 'calls', anchors: a.length }
}

function residuals(shifts: readonly number[], offsetNs: number): Omit<Alignment, 'rule' | 'anchors'> {
  const off = shifts.map((shift) => Math.abs(shift - offsetNs))
  return { offsetNs, matched: shifts.length, medianResidualNs: Math.round(median(off)), maxResidualNs: off.reduce((most, ns) => Math.max(most, ns), -Infinity) }
}

/** Of sorted `values`, the one nearest to `at`. */
function nearest(values: readonly number[], at: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < at) low = middle + 1
    else high = middle
  }
  return low > 0 && at - values[low - 1]! < values[low]! - at ? values[low - 1]! : values[low]!
}
