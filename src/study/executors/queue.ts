import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, type Job } from 'bullmq'
import type { Redis } from 'ioredis'
import type { KeyedOutcome } from '../../run/outcome.js'
import type { KeyedOrder } from '../cells/order.js'
import type { Shelf } from '../cells/shelf.js'
import { bullmqConnection, connectRedis, shownUrl } from './connect-queue.js'
import type { Executor } from './executor.js'
import { itemKey, KEPT_S, moduleKey, packItem, QUEUE, type QueueJob } from './queue-protocol.js'

/** Cells a job holds at most: a job should take longer than its way through the queue. */
const TOGETHER = 16
/** Jobs in the queue at a time: enough for many workers, few enough to look over. */
const OUTSTANDING = 256
const POLL_MS = 100
/** How often jobs that the server lost are looked for. */
const AUDIT_MS = 2000
/** A cell that ended its worker so often is recorded as failed. */
const TRIES = 3

/** Workers of a queue (BullMQ on Redis or Valkey: locks, stalled jobs and reconnecting are its business), on any machine. */
export const queue = (url: string): Executor => ({
  name: `the workers of ${shownUrl(url)}`,
  async run(orders, shelf, finished) {
    if (orders.length === 0) return
    const redis = await connectRedis(url)
    const jobs = new Queue<QueueJob>(QUEUE, { connection: bullmqConnection(url), defaultJobOptions: { removeOnFail: { age: KEPT_S }, removeOnComplete: { age: KEPT_S } } })
    jobs.on('error', () => {}) // it connects again by itself; what was lost meanwhile is found by the audit
    try {
      await new QueueRun(jobs, redis, shelf, finished).all(orders)
    } finally {
      await Promise.race([jobs.close().catch(() => {}), sleep(1000)])
      redis.disconnect()
    }
  },
  close: () => Promise.resolve(),
})

interface Batch {
  readonly orders: readonly KeyedOrder[]
  readonly tries: number
}

/** One run of a study over a queue: it keeps a window of jobs in it, takes what comes back, and puts what was lost in again. */
class QueueRun {
  private readonly run = randomUUID()
  private readonly waiting: Batch[] = []
  /** Cells of jobs that ended badly: one at a time and with nothing else out, so that none fails for what lay beside it. */
  private readonly suspects: Batch[] = []
  private readonly out = new Map<string, Batch>()
  private readonly published = new Set<string>()
  private number = 0

  constructor(
    private readonly jobs: Queue<QueueJob>,
    private readonly redis: Redis,
    private readonly shelf: Shelf,
    private readonly finished: (some: readonly KeyedOutcome[]) => void,
  ) {}

  async all(orders: readonly KeyedOrder[]): Promise<void> {
    // Cells of one subject go together: a worker then fetches it once.
    const size = Math.max(1, Math.min(TOGETHER, Math.ceil(orders.length / 32)))
    for (let at = 0; at < orders.length; at += size) this.waiting.push({ orders: orders.slice(at, at + size), tries: 0 })
    let auditedMs = performance.now()
    try {
      while (this.waiting.length + this.suspects.length + this.out.size > 0) {
        await this.persist(async () => {
          await this.fill()
          await this.collect()
          if (performance.now() - auditedMs < AUDIT_MS) return
          auditedMs = performance.now()
          await this.audit()
        })
        await sleep(POLL_MS)
      }
    } finally {
      await this.withdraw()
    }
  }

  /** A server that is away for a while stops nothing: what was to be done is done at the next turn. */
  private async persist(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }

  private async fill(): Promise<void> {
    while (this.waiting.length > 0 && this.out.size < OUTSTANDING) await this.send(this.waiting)
    if (this.out.size === 0 && this.suspects.length > 0) await this.send(this.suspects)
  }

  /** The first of these goes out. */
  private async send(batches: Batch[]): Promise<void> {
    const batch = batches[0]!
    await this.publish(batch.orders)
    const id = `${this.run}-${this.number++}`
    this.out.set(id, batch)
    batches.shift()
    await this.jobs.add('cells', { orders: batch.orders }, { jobId: id })
  }

  private async collect(): Promise<void> {
    for (const state of ['completed', 'failed'] as const) {
      const ids = [...this.out.keys()]
      if (ids.length === 0) return
      // Only its own: what other runs left behind may be any number.
      const endedAt = await this.redis.zmscore(this.jobs.toKey(state), ...ids)
      for (const id of ids.filter((_, i) => endedAt[i] !== null)) {
        const job: Job<QueueJob, KeyedOutcome[]> | undefined = await this.jobs.getJob(id)
        if (job === undefined) continue // forgotten meanwhile: the audit's business
        const batch = this.out.get(id)!
        this.out.delete(id)
        if (state === 'completed') this.take(batch, job.returnvalue)
        else this.again(batch, job.failedReason)
        await job.remove()
      }
    }
  }

  /** Outcomes of cells that were asked for; what is missing is asked for again. */
  private take(batch: Batch, outcomes: readonly KeyedOutcome[]): void {
    const asked = new Set(batch.orders.map(({ key }) => key))
    const good = Array.isArray(outcomes) ? outcomes.filter(({ key }) => asked.delete(key)) : []
    if (good.length > 0) this.finished(good)
    const missing = batch.orders.filter(({ key }) => asked.has(key))
    if (missing.length > 0) this.again({ orders: missing, tries: batch.tries }, 'a worker returned no outcome')
  }

  /** A job that ended its workers: its cells go in one by one; one whose worker ends again goes in alone. */
  private again({ orders, tries }: Batch, why: string): void {
    if (orders.length > 1) for (const order of orders) this.waiting.push({ orders: [order], tries: 0 })
    else if (tries + 1 < TRIES) this.suspects.push({ orders, tries: tries + 1 })
    else this.finished([{ key: orders[0]!.key, outcome: { state: 'failed', message: `given up after ${TRIES} tries: ${why}` } }])
  }

  /** What a restarted server no longer knows goes in again; cells are idempotent by their key. */
  private async audit(): Promise<void> {
    for (const [id, batch] of this.out)
      if ((await this.redis.exists(this.jobs.toKey(id))) === 0) {
        this.out.delete(id)
        ;(batch.tries > 0 ? this.suspects : this.waiting).push(batch)
        this.published.clear()
      }
  }

  /** What the cells need, by content, before their job. */
  private async publish(orders: readonly KeyedOrder[]): Promise<void> {
    for (const { order } of orders) {
      const { subject, policy } = order
      const item = this.shelf.get(subject)
      if (!this.published.has(subject) && item !== undefined) {
        if ((await this.redis.exists(itemKey(subject))) === 0) await this.redis.set(itemKey(subject), packItem(item), 'EX', KEPT_S)
        this.published.add(subject)
      }
      if (policy.file === undefined || this.published.has(policy.id)) continue
      await this.redis.set(moduleKey(policy.id), await readFile(policy.file), 'EX', KEPT_S)
      this.published.add(policy.id)
    }
  }

  /** Nobody should replay what nobody waits for. */
  private async withdraw(): Promise<void> {
    await this.persist(async () => {
      for (const id of this.out.keys()) await (await this.jobs.getJob(id))?.remove().catch(() => {})
    })
  }
}

const isAway = (error: unknown): boolean => error instanceof Error && /ECONN|EPIPE|Connection is closed|LOADING|Stream isn't writeable|ETIMEDOUT|max retries|closed/i.test(error.message)
