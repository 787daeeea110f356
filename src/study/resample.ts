import { mean } from 'simple-statistics'
import { uniformStream } from '../base/random.js'
import type { Cause } from '../run/causes.js'
import type { CellSummary } from '../run/outcome.js'
import type { NsByCause, WindowResult } from '../run/result.js'
import type { StoredCell } from '../store/cells.js'
import type { Store } from '../store/store.js'

/** Fewer requests than this say nothing of others that could have come: they are never resampled. */
export const FEWEST_REQUESTS = 10

export const RESAMPLED_NOTE = 'requests are drawn anew, with replacement, within each draw of the parameters (for TTFT and end to end, not for TPOT)'

/** Places of `requests` requests drawn with replacement; the same for every policy, by seed and draw. Undefined: too few. */
export function drawnRequests(requests: number, seed: number, draw: number): Uint32Array | undefined {
  if (requests < FEWEST_REQUESTS) return undefined
  const next = uniformStream(seed, `requests of draw ${draw}`)
  return Uint32Array.from({ length: requests }, () => Math.floor(next() * requests))
}

/** In order of the requests' names, shorter ones first (r2 before r10): policies may serve them in another order, and places are
 *  to mean the same ones. */
export const byRequest = <T>(values: readonly T[], nameOf: (value: T) => string): T[] => [...values].sort((a, b) => nameOf(a).length - nameOf(b).length || (nameOf(a) < nameOf(b) ? -1 : 1))

/** A cell's summary as if its requests had been `places` of its own: TTFT, end-to-end time and exposed times are theirs. */
export function resampledSummary(summary: CellSummary, windows: readonly WindowResult[], places: Uint32Array): CellSummary {
  const first = byRequest(windows.filter(({ name }) => name === 'ttft'), ({ request }) => request)
  const whole = byRequest(windows.filter(({ name }) => name === 'request'), ({ request }) => request)
  const of = (some: readonly WindowResult[]): WindowResult[] => Array.from(places, (i) => some[i]!)
  const ttftExposedNs = summed(of(first))
  return {
    ...summary,
    ttftNs: mean(of(first).map(({ lengthNs }) => lengthNs)),
    e2eNs: mean(of(whole).map(({ lengthNs }) => lengthNs)),
    ttftExposedNs,
    decodeExposedNs: summed(of(whole), ttftExposedNs),
  }
}

function summed(windows: readonly WindowResult[], less: NsByCause = {}): NsByCause {
  const sums: NsByCause = {}
  for (const { exposedNs } of windows) for (const [cause, ns] of Object.entries(exposedNs) as [Cause, number][]) sums[cause] = (sums[cause] ?? 0) + ns
  for (const [cause, ns] of Object.entries(less) as [Cause, number][]) sums[cause] = (sums[cause] ?? 0) - ns
  return sums
}

/** Cells in groups of one without a draw and `draws` with one each: those of draws with their requests drawn anew where a cell
 *  has enough of them. Windows are read from the store. */
export function withResampledRequests(store: Store, cells: readonly StoredCell[], draws: number, seed: number): { readonly cells: readonly StoredCell[]; readonly isResampled: boolean } {
  if (draws === 0 || !cells.some(({ summary }) => (summary?.requests ?? 0) >= FEWEST_REQUESTS)) return { cells, isResampled: false }
  const resampled = cells.map((cell, i) => {
    const draw = i % (1 + draws)
    const places = draw === 0 || cell.summary === null ? undefined : drawnRequests(cell.summary.requests, seed, draw)
    return places === undefined ? cell : { ...cell, summary: resampledSummary(cell.summary!, store.cells.windows(cell.key)!, places) }
  })
  return { cells: resampled, isResampled: true }
}
