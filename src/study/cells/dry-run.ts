import { formatNs } from '../../base/units.js'
import type { Store } from '../../store/store.js'
import { Replayer } from '../executors/replayer.js'
import type { Consent } from '../policy-module/consent.js'
import { keyed, kinTogether, type CellOrder } from './order.js'
import type { Shelf } from './shelf.js'

/** Places in a study where cells are replayed for an estimate, and how many at each. */
const TIMED = 12
const TOGETHER = 6

export interface DryRun {
  readonly distinct: number
  readonly stored: number
  readonly timed: number
  /** On one thread; wall time, so of this machine. */
  readonly estimateWallMs: number
  readonly estimateText: string
}

/** What a study would come to: cells, stored ones, and time on one thread from a few that are replayed and not kept. */
export async function dryRun(store: Store, orders: readonly CellOrder[], shelf: Shelf, consent?: Consent): Promise<DryRun> {
  const distinct = [...new Map(orders.map(keyed).map((one) => [one.key, one])).values()]
  const stored = store.cells.finished(distinct.map(({ key }) => key), false)
  const missing = kinTogether(distinct.filter(({ key }) => !stored.has(key)))
  const replayer = new Replayer(shelf)
  // Places spread over the study, at each a few that lie together: they share their tasks as they will then.
  const places = Math.min(TIMED, missing.length)
  const some = Array.from({ length: places }, (_, i) => Math.floor((i / places) * missing.length)).flatMap((at, i, all) => missing.slice(at, Math.min(at + TOGETHER, all[i + 1] ?? missing.length)))
  for (const one of some.slice(0, 1)) await replayer.replay(one, consent) // the first compiles the engine
  const from = performance.now()
  for (const one of some) await replayer.replay(one, consent)
  const estimateWallMs = some.length === 0 ? 0 : Math.round(((performance.now() - from) / some.length) * missing.length)
  return { distinct: distinct.length, stored: stored.size, timed: some.length, estimateWallMs, estimateText: formatNs(estimateWallMs * 1e6) }
}
