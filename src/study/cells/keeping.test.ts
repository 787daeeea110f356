import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CellRecord } from '../../store/cells.js'
import { openStore } from '../../store/store.js'
import { Keeping } from './keeping.js'

const test = suite('cells on their way into a store')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-keeping-'))
const keyOf = (n: number): string => n.toString(16).padStart(64, '0')
const record = (n: number): CellRecord => ({ key: keyOf(n), subject: keyOf(0), policy: 'p', device: 'd', order: {}, outcome: { state: 'refused', message: `no ${n}` } })

test('while another process writes they are kept and the study goes on; at the end they wait for it', async () => {
  const path = join(folder, 'a.db')
  const store = openStore(path)
  const holder = new Database(path)
  holder.exec('begin immediate')
  const keeping = new Keeping(store)
  let longestMs = 0
  let isEnded = false
  const ended = keeping
    .during(async () => {
      for (let n = 1; n <= 600; n++) {
        const beganMs = performance.now()
        keeping.add([record(n)])
        longestMs = Math.max(longestMs, performance.now() - beganMs)
        if (n % 100 === 0) await sleep(150)
      }
    })
    .then(() => (isEnded = true))
  await sleep(1800)
  assert.is(isEnded, false)
  assert.ok(longestMs < 500, `a cell was kept in ${longestMs} ms: the study waited`)
  assert.is(store.cells.finished([keyOf(1), keyOf(600)], false).size, 0)
  holder.exec('commit')
  await ended
  assert.is(store.cells.finished(Array.from({ length: 600 }, (_, i) => keyOf(i + 1)), false).size, 600)
  holder.close()
  store.close()
})

test('work that throws keeps what had finished', async () => {
  const store = openStore(join(folder, 'b.db'))
  const keeping = new Keeping(store)
  const thrown = await keeping
    .during(async () => {
      keeping.add([record(1)])
      await Promise.reject(new Error('lost'))
    })
    .catch((error: Error) => error.message)
  assert.is(thrown, 'lost')
  assert.is(store.cells.finished([keyOf(1)], false).size, 1)
  store.close()
})

test.after(() => rmSync(folder, { recursive: true }))
test.run()
