import type { KeyedOutcome } from '../../run/outcome.js'
import type { KeyedOrder } from '../cells/order.js'
import type { ShelfItem } from '../cells/shelf.js'
import type { Consent } from '../policy-module/consent.js'
import { Replayer } from './replayer.js'

export interface ThreadBatch {
  readonly orders: readonly KeyedOrder[]
  readonly items: readonly (readonly [hash: string, item: ShelfItem])[]
  readonly consent: Consent
}

const shelf = new Map<string, ShelfItem>()
const replayer = new Replayer(shelf)

/** What a thread of the pool does: replays a batch of cells. */
export async function replayBatch({ orders, items, consent }: ThreadBatch): Promise<KeyedOutcome[]> {
  for (const [hash, item] of items) if (!shelf.has(hash)) shelf.set(hash, item)
  const outcomes: KeyedOutcome[] = []
  for (const keyed of orders) outcomes.push(await replayer.replay(keyed, consent))
  return outcomes
}
