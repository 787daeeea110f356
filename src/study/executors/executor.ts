import type { KeyedOutcome } from '../../run/outcome.js'
import type { KeyedOrder } from '../cells/order.js'
import type { Shelf } from '../cells/shelf.js'
import type { Consent } from '../policy-module/consent.js'

/** Where cells are replayed. The same cells give the same outcomes in any of them; only the order in which they finish differs. */
export interface Executor {
  /** In words, for progress and reports of time: `2 threads`. */
  readonly name: string
  /** Replays all of `orders`; `finished` is called as cells end, each once. Modules run where `consent`, none unless given, holds
   *  them; the workers of a queue have one of their own. Rejects when it cannot go on: what had finished was told. */
  run(orders: readonly KeyedOrder[], shelf: Shelf, finished: (some: readonly KeyedOutcome[]) => void, consent?: Consent): Promise<void>
  close(): Promise<void>
}
