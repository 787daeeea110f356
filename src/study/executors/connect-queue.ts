import type { ConnectionOptions } from 'bullmq'
import { Redis } from 'ioredis'
import { UsageFault } from '../../base/errors.js'

/** How long a first answer may take. */
const REACH_MS = 5000
/** How long any later one may: a server that is there and says nothing is not waited for. */
export const ANSWER_MS = 60_000

/** Without user and password, which stand in no message. */
export function shownUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url)
    return `${protocol}//${host}${pathname}`
  } catch {
    return 'that address'
  }
}

/** A connection that waits out a server's restart; `url` has answered once. Throws `UsageFault`: nobody answers, or not to us. */
export async function connectRedis(url: string, reachMs = REACH_MS): Promise<Redis> {
  const probe = new Redis(url, { lazyConnect: true, connectTimeout: reachMs, commandTimeout: reachMs, maxRetriesPerRequest: 0, retryStrategy: () => null })
  // What the server says first is the reason; what follows is that the connection is closed.
  const reasons: Error[] = []
  probe.on('error', (error: Error) => void reasons.push(error))
  try {
    await answered(probe.connect().then(() => probe.ping()), reachMs)
  } catch (error) {
    throw unreachable(url, reasons.find(({ message }) => isRefusal(message)) ?? (error as Error), reachMs)
  } finally {
    probe.disconnect()
  }
  const redis = new Redis(url, { maxRetriesPerRequest: null, commandTimeout: ANSWER_MS, retryStrategy })
  redis.on('error', () => {}) // it connects again by itself
  return redis
}

const MUTE = 'nothing was said'

/** What `work` gives, unless it takes longer. */
export async function answered<T>(work: Promise<T>, mostMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(MUTE)), mostMs)))
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether somebody is there who says nothing. */
export const isMute = (error: unknown): boolean => error instanceof Error && (error.message === MUTE || error.message === 'Command timed out')

const isRefusal = (message: string): boolean => /^(?:NOAUTH|WRONGPASS|NOPERM|ERR )|invalid password/i.test(message)

function unreachable(url: string, error: Error, reachMs: number): UsageFault {
  const said = error.message.split('\n')[0]!
  const at = shownUrl(url)
  if (/NOAUTH/.test(said)) return new UsageFault(`the queue at ${at} wants a password`, 'give it in the address: redis://:PASSWORD@HOST:PORT')
  if (/WRONGPASS|invalid password/i.test(said)) return new UsageFault(`the queue at ${at} does not take this user and password (${said})`, 'give others in the address: redis://USER:PASSWORD@HOST:PORT')
  if (isRefusal(said)) return new UsageFault(`the queue at ${at} refuses (${said})`)
  if (isMute(error) || /ETIMEDOUT/.test(said)) return new UsageFault(`no queue answers at ${at} (nothing came within ${reachMs / 1000} s)`, 'is it Redis that listens there, and does it run?')
  return new UsageFault(`no queue answers at ${at} (${said})`, 'start one with `redis-server --port 6379`, or give its address')
}

const retryStrategy = (tries: number): number => Math.min(1000, 50 * tries)

export const bullmqConnection = (url: string): ConnectionOptions => ({ url, maxRetriesPerRequest: null, retryStrategy }) as ConnectionOptions
