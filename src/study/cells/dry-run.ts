import { formatNs } from '../../base/units.js'
import type { Store } from '../../store/store.js'
import { Replayer } from '../executors/replayer.js'
import { keyed, type CellOrder } from './order.js'
import type { Shelf } from './shelf.js'

/** Cells replayed for an estimate, spread over the study. */
const TIMED = 6

export interface DryRun {
  readonly distinct: number
  readonly stored: number
  readonly timed: number
  /** On one thread; wall time, so of this machine. */
  readonly estimateWallMs: number
  readonly estimateText: string
}

/** What a study would come to: cells, stored ones, and time on one thread from a few that are replayed and not kept. */
export async function dryRun(store: Store, orders: readonly CellOrder[], shelf: Shelf): Promise<DryRun> {
  const distinct = [...new Map(orders.map(keyed).map((one) => [one.key, one])).values()]
  const stored = store.cells.finished(distinct.map(({ key }) => key), false)
  const missing = distinct.filter(({ key }) => !stored.has(key))
  const replayer = new Replayer(shelf)
  const some = Array.from({ length: Math.min(TIMED, missing.length) }, (_, i) => missing[Math.floor(((i + 0.5) / Math.min(TIMED, missing.length)) * missing.length)]!)
  for (const one of some.slice(0, 1)) await replayer.replay(one) // the first compiles the engine
  const from = performance.now()
  for (const one of some) await replayer.replay(one)
  const estimateWallMs = some.length === 0 ? 0 : Math.round(((performance.now() - from) / some.length) * missing.length)
  return { distinct: distinct.length, stored: stored.size, timed: some.length, estimateWallMs, estimateText: formatNs(estimateWallMs * 1e6) }
}
