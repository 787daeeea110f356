import Tinypool from 'tinypool'
import type { KeyedOutcome } from '../../run/outcome.js'
import type { KeyedOrder } from '../cells/order.js'
import { sharedItem, type Shelf, type ShelfItem } from '../cells/shelf.js'
import { NO_CODE, type Consent } from '../policy-module/consent.js'
import type { Executor } from './executor.js'
import type { ThreadBatch } from './thread.js'

/** Cells a thread takes at a time, at most: few enough that progress is seen and threads end together. */
const MOST_TOGETHER = 16
/** Batches a thread gets over a study, at least. */
const TURNS = 8

/** Worker threads (tinypool: a well-kept pool without dependencies). Traces lie in shared memory: every thread reads the
 *  same columns. */
export function threads(count: number): Executor {
  const pool = new ReplayPool(count)
  return {
    name: `${count} threads`,
    async run(orders, shelf, finished, consent) {
      const size = Math.max(1, Math.min(MOST_TOGETHER, Math.floor(orders.length / (count * TURNS))))
      const batches = Array.from({ length: Math.ceil(orders.length / size) }, (_, i) => orders.slice(i * size, (i + 1) * size))
      await Promise.all(batches.map(async (batch) => finished(await pool.replay(batch, shelf, consent))))
    },
    close: () => pool.close(),
  }
}

/** Threads that replay batches of cells; a batch brings what it replays along, which costs nothing in shared memory. */
export class ReplayPool {
  private readonly pool: Tinypool
  private readonly shared = new WeakMap<ShelfItem, ShelfItem>()

  constructor(count: number) {
    this.pool = new Tinypool({ filename: threadModule(), minThreads: count, maxThreads: count, runtime: 'worker_threads' })
  }

  async replay(orders: readonly KeyedOrder[], shelf: Shelf, consent: Consent = NO_CODE): Promise<KeyedOutcome[]> {
    const items = [...new Set(orders.map(({ order }) => order.subject))].flatMap((hash): [string, ShelfItem][] => {
      const item = shelf.get(hash)
      return item === undefined ? [] : [[hash, this.sharedOf(item)]]
    })
    return (await this.pool.run({ orders, items, consent } satisfies ThreadBatch, { name: 'replayBatch' })) as KeyedOutcome[]
  }

  async close(): Promise<void> {
    await this.pool.destroy()
  }

  private sharedOf(item: ShelfItem): ShelfItem {
    let shared = this.shared.get(item)
    if (shared === undefined) this.shared.set(item, (shared = sharedItem(item)))
    return shared
  }
}

/** Run from TypeScript sources, as tests and development do, a thread registers their loader first: it does not inherit it. */
function threadModule(): string {
  const own = import.meta.url
  return new URL(own.endsWith('.ts') ? 'thread-from-source.mjs' : 'thread.js', own).href
}
