import type { KeyedOutcome } from '../../run/outcome.js'
import type { KeyedOrder } from '../cells/order.js'
import type { Shelf } from '../cells/shelf.js'

/** Where cells are replayed. The same cells give the same outcomes in any of them; only the order in which they finish differs. */
export interface Executor {
  /** In words, for progress and reports of time: `2 threads`. */
  readonly name: string
  /** Replays all of `orders`; `finished` is called as cells end, each once. Rejects when it cannot go on: what had
   *  finished was told. */
  run(orders: readonly KeyedOrder[], shelf: Shelf, finished: (some: readonly KeyedOutcome[]) => void): Promise<void>
  close(): Promise<void>
}
