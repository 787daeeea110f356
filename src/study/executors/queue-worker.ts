import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UnrecoverableError, Worker, type Job } from 'bullmq'
import type { Redis } from 'ioredis'
import { contentHash } from '../../base/hash.js'
import type { CellOutcome, KeyedOutcome } from '../../run/outcome.js'
import { cellKey, policyOrder, type KeyedOrder } from '../cells/order.js'
import type { ShelfItem } from '../cells/shelf.js'
import { resolvePolicy } from '../policy-module/resolve.js'
import { bullmqConnection, connectRedis } from './connect-queue.js'
import { itemKey, moduleKey, QUEUE, unpackItem, type QueueJob } from './queue-protocol.js'
import { ReplayPool } from './threads.js'

/** A worker that is gone for so long has its jobs redone. Replays run in threads, so a living one always says so in time. */
const LOCK_MS = 8000
const STALLED_MS = 4000
/** Traces kept between jobs. */
const KEPT_ITEMS = 64

export interface WorkerOptions {
  readonly threads: number
  readonly allowPolicyCode: boolean
  /** For items and modules on their way. */
  readonly folder: string
  readonly onCells: (cells: number) => void
}

/** Takes batches of cells from the queue at `url` until it is closed. What comes from there is not trusted: a trace must
 *  have its hash, an order its key, a mechanism the version that is here; a user's policy runs only where that was allowed.
 *  Throws `UsageFault`: nobody answers. */
export async function startQueueWorker(url: string, options: WorkerOptions): Promise<{ close(): Promise<void> }> {
  const redis = await connectRedis(url)
  const pool = new ReplayPool(options.threads)
  const cells = new WorkerCells(redis, pool, options)
  const worker = new Worker<QueueJob, KeyedOutcome[]>(QUEUE, (job: Job<QueueJob>) => cells.replay(job.data), {
    connection: bullmqConnection(url),
    concurrency: options.threads + 1, // one batch is fetched while the others are replayed
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_MS,
    maxStalledCount: 1,
  })
  worker.on('error', () => {}) // it connects again by itself
  return {
    async close() {
      await worker.close()
      await pool.close()
      redis.disconnect()
    },
  }
}

class WorkerCells {
  private readonly items = new Map<string, Promise<ShelfItem>>()
  private readonly modules = new Map<string, Promise<string>>()

  constructor(
    private readonly redis: Redis,
    private readonly pool: ReplayPool,
    private readonly options: WorkerOptions,
  ) {}

  async replay({ orders }: QueueJob): Promise<KeyedOutcome[]> {
    if (!Array.isArray(orders)) throw new UnrecoverableError('no cells in the job')
    const shelf = new Map<string, ShelfItem>()
    const own: KeyedOrder[] = []
    const refused: KeyedOutcome[] = []
    for (const one of orders) {
      const local = await this.accepted(one)
      if ('state' in local) refused.push({ key: one.key, outcome: local })
      else {
        shelf.set(local.order.subject, await this.item(local.order.subject))
        own.push(local)
      }
    }
    const outcomes = own.length === 0 ? [] : await this.pool.replay(own, shelf)
    this.options.onCells(outcomes.length)
    return [...refused, ...outcomes]
  }

  /** The order as it can be replayed here, or why it cannot. */
  private async accepted({ key, order }: KeyedOrder): Promise<KeyedOrder | CellOutcome> {
    const failed = (message: string): CellOutcome => ({ state: 'failed', message })
    if (cellKey(order) !== key) return failed('the worker is another version of worldswitch: its key for the cell differs')
    const { policy } = order
    if (policy.file === undefined) {
      const here = policyOrder(policy.reference, await resolvePolicy(policy.reference))
      return here.mechanisms.join() === policy.mechanisms.join() ? { key, order } : failed('the worker’s mechanisms have other versions')
    }
    if (!this.options.allowPolicyCode) return failed('the worker does not run policies of users: start it with --allow-policy-code')
    const file = await this.module(policy.id, policy.file)
    return { key, order: { ...order, policy: { ...policy, file, reference: `${file}${policy.reference.slice(policy.file.length)}` } } }
  }

  private item(hash: string): Promise<ShelfItem> {
    let item = this.items.get(hash)
    if (item === undefined) {
      item = this.redis.getBuffer(itemKey(hash)).then((packed) => {
        if (packed === null) throw new Error(`the queue no longer has what cell subject ${hash.slice(0, 12)} is`)
        return unpackItem(hash, packed, this.options.folder)
      })
      this.items.set(hash, item)
      item.catch(() => this.items.delete(hash))
      if (this.items.size > KEPT_ITEMS) this.items.delete(this.items.keys().next().value!)
    }
    return item
  }

  /** A module's own copy here, checked against the hash in the policy's id. */
  private module(id: string, name: string): Promise<string> {
    let file = this.modules.get(id)
    if (file === undefined) {
      file = this.redis.getBuffer(moduleKey(id)).then(async (content) => {
        if (content === null) throw new Error(`the queue no longer has the policy ${basename(name)}`)
        const hash = contentHash()
        hash.add(content)
        const digest = hash.digest()
        if (!id.includes(`#${digest.slice(0, 12)}`)) throw new Error(`the policy ${basename(name)} is not what its hash says`)
        const path = join(this.options.folder, `${digest}${name.endsWith('.js') ? '.js' : '.mjs'}`)
        await writeFile(path, content)
        return path
      })
      this.modules.set(id, file)
      file.catch(() => this.modules.delete(id))
    }
    return file
  }
}
