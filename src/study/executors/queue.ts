import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { ReplyError, type Redis } from 'ioredis'
import { UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import type { KeyedOutcome } from '../../run/outcome.js'
import type { KeyedOrder } from '../cells/order.js'
import type { Shelf } from '../cells/shelf.js'
import { ANSWER_MS, answered, bullmqConnection, connectRedis, isMute, shownUrl } from './connect-queue.js'
import type { Executor } from './executor.js'
import { MOST_ANSWER_BYTES, outcomesIn } from './queue-outcomes.js'
import { itemKey, KEPT_S, moduleKey, packItem, QUEUE, type QueueJob } from './queue-protocol.js'

/** Cells a job holds at most: a job should take longer than its way through the queue. */
const TOGETHER = 16
/** Jobs in the queue at a time: enough for many workers, few enough to look over. */
const OUTSTANDING = 256
const POLL_MS = 100
/** How often jobs that the server lost are looked for. */
const AUDIT_MS = 2000
/** How long jobs that nobody waits for any more may take to be taken back. */
const WITHDRAW_MS = 5000
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
      await new QueueRun(url, jobs, redis, shelf, finished).all(orders)
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
    private readonly url: string,
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

  /** A server that is away for a while stops nothing: what was to be done is done at the next turn. One that is there and mute, or
   *  refuses what is asked, ends the run; what had finished is kept. */
  private async persist(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (isAway(error)) return
      const said = (error as Error).message.split('\n')[0]!
      if (isMute(error)) throw new UsageFault(`the queue at ${shownUrl(this.url)} no longer answers (nothing came within ${ANSWER_MS / 1000} s)`, 'what had finished is kept: run it again')
      if (error instanceof ReplyError) throw new UsageFault(`the queue at ${shownUrl(this.url)} refuses (${said})`, 'what had finished is kept: run it again')
      throw error
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
    await answered(this.jobs.add('cells', { orders: batch.orders }, { jobId: id }), ANSWER_MS)
  }

  private async collect(): Promise<void> {
    for (const state of ['completed', 'failed'] as const) {
      const ids = [...this.out.keys()]
      if (ids.length === 0) return
      // Only its own: what other runs left behind may be any number.
      const endedAt = await this.redis.zmscore(this.jobs.toKey(state), ...ids)
      for (const id of ids.filter((_, i) => endedAt[i] !== null)) await this.ended(id, state)
    }
  }

  /** Takes what a job's workers said. Whoever else writes to the server may have said it: of any size, or no JSON. */
  private async ended(id: string, state: 'completed' | 'failed'): Promise<void> {
    const key = this.jobs.toKey(id)
    const field = state === 'completed' ? 'returnvalue' : 'failedReason'
    if ((await this.redis.exists(key)) === 0) return // forgotten meanwhile: the audit's business
    const batch = this.out.get(id)!
    let said: string | null = null
    let why: string | undefined
    try {
      const bytes = await this.redis.hstrlen(key, field)
      if (bytes > MOST_ANSWER_BYTES) why = `a worker’s answer has ${bytes} bytes, and may have ${MOST_ANSWER_BYTES}`
      else said = await this.redis.hget(key, field)
    } catch (error) {
      if (isAway(error)) throw error
      why = `what the queue holds is no job (${(error as Error).message})`
    }
    this.out.delete(id)
    if (why !== undefined) this.failAll(batch.orders, why)
    else if (state === 'completed') this.take(batch, said)
    else this.again(batch, printable(said ?? 'no reason was given', 500))
    await this.jobs.remove(id).catch(async (error: unknown) => {
      if (isAway(error)) throw error
      await this.redis.del(key) // no job that could be removed as one
    })
  }

  /** Outcomes of cells that were asked for; what is missing is asked for again. */
  private take(batch: Batch, said: string | null): void {
    const outcomes = outcomesIn(jsonOf(said), batch.orders)
    if (outcomes === undefined) return this.failAll(batch.orders, 'what came from the queue is no list of outcomes')
    if (outcomes.length > 0) this.finished(outcomes)
    const ended = new Set(outcomes.map(({ key }) => key))
    const missing = batch.orders.filter(({ key }) => !ended.has(key))
    if (missing.length > 0) this.again({ orders: missing, tries: batch.tries }, 'a worker returned no outcome')
  }

  private failAll(orders: readonly KeyedOrder[], message: string): void {
    this.finished(orders.map(({ key }) => ({ key, outcome: { state: 'failed', message } })))
  }

  /** A job that ended its workers: its cells go in one by one; one whose worker ends again goes in alone. */
  private again({ orders, tries }: Batch, why: string): void {
    if (orders.length > 1) for (const order of orders) this.waiting.push({ orders: [order], tries: 0 })
    else if (tries + 1 < TRIES) this.suspects.push({ orders, tries: tries + 1 })
    else this.failAll(orders, `given up after ${TRIES} tries: ${why}`)
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
    const removed = (async () => {
      for (const id of this.out.keys()) await this.jobs.remove(id).catch(() => {})
    })()
    await answered(removed, WITHDRAW_MS).catch(() => {})
  }
}

const isAway = (error: unknown): boolean => error instanceof Error && /ECONN|EPIPE|Connection is closed|LOADING|Stream isn't writeable|max retries|closed|ETIMEDOUT/i.test(error.message)

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}
