import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fillSample } from '../testing/sample-trace.js'
import { chunkFields } from './chunks.js'
import { openStore, type Store } from './store.js'

const damages = suite<{ folder: string; store: Store }>('damaged stores')
damages.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-damage-'))
  context.store = openStore(join(context.folder, 'a.db'))
})
damages.after.each(({ folder, store }) => {
  store.close()
  rmSync(folder, { recursive: true })
})

damages('any damaged byte of a chunk, its count or the header is met when the trace is loaded', async ({ store, folder }) => {
  await store.importTrace('n', (writer) => fillSample(writer, { ops: 2000 }))
  const whole = store.load('n')
  const raw = new Database(join(folder, 'a.db'))
  const refuse = (what: string) =>
    assert.throws(
      () => store.load('n'),
      (error: unknown) => error instanceof BadInput && /import it again/.test(error.message),
      what,
    )
  for (const field of chunkFields) {
    const blob = raw.prepare(`select ${field} from chunk`).pluck().get() as Buffer
    const set = raw.prepare(`update chunk set ${field} = ?`)
    const longer = Buffer.concat([blob, Buffer.alloc(1)])
    const greedy = Buffer.alloc(4 * 2000, Buffer.from([0xff, 0xff, 0xff, 0x7f]))
    for (const bad of [blob.subarray(0, -1), longer, Buffer.alloc(0), flipped(blob), greedy]) {
      set.run(bad)
      refuse(field)
    }
    set.run(blob)
  }
  assert.is(store.load('n').hash, whole.hash)
  for (const [bad, good] of [
    ['update chunk set ops = 1999', 'update chunk set ops = 2000'],
    ['update chunk set number = 1', 'update chunk set number = 0'],
    [`update trace set strings = '["",' || substr(strings, 2)`, `update trace set strings = '[' || substr(strings, 5)`],
    ['delete from chunk', ''],
  ] as const) {
    raw.exec(bad)
    refuse(bad)
    raw.exec(good)
    if (good !== '') assert.is(store.load('n').hash, whole.hash, good)
  }
  raw.close()
})

const flipped = (blob: Buffer) => {
  const copy = Buffer.from(blob)
  copy[copy.length >> 1]! ^= 1
  return copy
}

damages.run()
