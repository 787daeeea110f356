import type { ConnectionOptions } from 'bullmq'
import { Redis } from 'ioredis'
import { UsageFault } from '../../base/errors.js'

/** How long a first answer may take. */
const REACH_MS = 5000

/** Without user and password, which stand in no message. */
export function shownUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url)
    return `${protocol}//${host}${pathname}`
  } catch {
    return 'that address'
  }
}

/** A connection that waits out a server's restart; `url` has answered once. Throws `UsageFault`: nobody answers. */
export async function connectRedis(url: string): Promise<Redis> {
  const probe = new Redis(url, { lazyConnect: true, connectTimeout: REACH_MS, maxRetriesPerRequest: 0, retryStrategy: () => null })
  probe.on('error', () => {}) // told below
  try {
    await probe.connect()
    await probe.ping()
  } catch (error) {
    throw new UsageFault(`no queue answers at ${shownUrl(url)} (${(error as Error).message.split('\n')[0]})`, 'start one with `redis-server --port 6379`, or give its address')
  } finally {
    probe.disconnect()
  }
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: (tries) => Math.min(1000, 50 * tries) })
  redis.on('error', () => {}) // it connects again by itself
  return redis
}

export const bullmqConnection = (url: string): ConnectionOptions => ({ url, maxRetriesPerRequest: null, retryStrategy: (tries: number) => Math.min(1000, 50 * tries) }) as ConnectionOptions
