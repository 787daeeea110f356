import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { UsageFault } from '../base/errors.js'

/** How long a write waits for the writes of other processes: each holds the store only to copy what it has made, so that this is
 *  many of them in a row. */
export const WRITE_WAIT_MS = 600_000
/** How long any other statement waits, with the process: they meet a lock only while a store is made, or its log is folded in. */
export const READ_WAIT_MS = 60_000
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 200

export const isBusy = (error: unknown): boolean => error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')

/** The pauses between tries: each twice the one before, up to a fifth of a second, and of a length by chance, so that those who
 *  wait do not meet again and again. */
export function* pausesMs(): Generator<number, never> {
  for (let longest = FIRST_PAUSE_MS; ; longest = Math.min(LONGEST_PAUSE_MS, longest * 2)) yield longest * (0.5 + Math.random() / 2)
}

/** Takes the write lock and goes on, while this process does other things in between. Throws `UsageFault`: others wrote for all of
 *  `waitMs`. */
export async function beginWriting(db: Database.Database, waitMs: number): Promise<void> {
  const untilMs = performance.now() + waitMs
  for (const pauseMs of pausesMs()) {
    if (triedWithoutWaiting(db, () => db.exec('begin immediate'))) return
    if (performance.now() > untilMs) throw new UsageFault('another process is writing to the store', 'wait until it has finished, or choose another --db')
    await sleep(pauseMs)
  }
}

/** Does `work` if nobody else holds the lock that it needs; false: somebody does, and nothing was done. */
export const triedWithoutWaiting = (db: Database.Database, work: () => void): boolean => {
  try {
    withTimeout(db, 0, work)
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}

/** Does `work`, waiting for locks as long as writes do, with the whole process: for its last moments. */
export const doneWaiting = (db: Database.Database, work: () => void): void => withTimeout(db, WRITE_WAIT_MS, work)

function withTimeout(db: Database.Database, ms: number, work: () => void): void {
  const beforeMs = db.pragma('busy_timeout', { simple: true }) as number
  db.pragma(`busy_timeout = ${ms}`)
  try {
    work()
  } finally {
    db.pragma(`busy_timeout = ${beforeMs}`)
  }
}
