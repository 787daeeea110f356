import { Worker, type Job } from 'bullmq'
import { bullmqConnection, connectRedis } from './connect-queue.js'
import { wireOutcomes } from './queue-outcomes.js'
import { QUEUE } from './queue-protocol.js'
import { ReplayPool } from './threads.js'
import { WorkerCells } from './worker-cells.js'

/** A worker that is gone for so long has its jobs redone. Replays run in threads, so a living one always says so in time. */
const LOCK_MS = 8000
const STALLED_MS = 4000

export interface WorkerOptions {
  readonly threads: number
  /** Evaluates modules that jobs bring along. */
  readonly allowPolicyCode: boolean
  /** For items and modules on their way. */
  readonly folder: string
  readonly onCells: (cells: number) => void
}

/** Takes batches of cells from the queue at `url` until it is closed. What comes from there is not trusted: an
 *  order has its schema and its key, a trace its hash, a mechanism the version that is here; a user's policy runs only where that
 *  was allowed.
 *  Throws `UsageFault`: nobody answers. */
export async function startQueueWorker(url: string, options: WorkerOptions): Promise<{ close(): Promise<void> }> {
  const redis = await connectRedis(url)
  const pool = new ReplayPool(options.threads)
  const cells = new WorkerCells({ ...options, fetch: (key) => redis.getBuffer(key), replay: (orders, shelf, consent) => pool.replay(orders, shelf, consent) })
  const worker = new Worker<unknown, readonly object[]>(QUEUE, async (job: Job<unknown>) => wireOutcomes(await cells.replay(job.data)), {
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
