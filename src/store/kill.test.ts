import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { uniformStream } from '../base/random.js'
import { fillSample } from '../testing/sample-trace.js'
import { openStore } from './store.js'

const ROUNDS = Number(process.env['WORLDSWITCH_KILL_ROUNDS'] ?? 6)
const OPS = 140_000
const child = fileURLToPath(new URL('../testing/import-child.ts', import.meta.url))

const killed = suite('killed imports')
killed(`kill -9 at ${ROUNDS} random moments leaves whole traces only, and the next import succeeds`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-kill-'))
  const path = join(folder, 'a.db')
  const draw = uniformStream(Number(process.env['WORLDSWITCH_SEED'] ?? 1), 'kill')
  openStore(path).close()
  let midway = 0
  let committed = 0
  let importMs = 400
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const importing = spawn(process.execPath, ['--import', 'tsx', child, path, `${OPS}`, `${round * 1000 + 1}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let said = ''
      importing.stdout.on('data', (part: Buffer) => (said += part.toString()))
      while (!said.includes('ready')) {
        assert.is(importing.exitCode, null, 'the importing process ended by itself')
        await Promise.race([once(importing.stdout, 'data'), once(importing, 'exit')])
      }
      const beganMs = performance.now()
      await sleep(draw() * 2.5 * importMs)
      importing.kill('SIGKILL')
      const [, signal] = (await once(importing, 'close')) as [number | null, string | null]
      assert.is(signal, 'SIGKILL')
      const reported = said.match(/stored/g)?.length ?? 0
      if (reported > 0) importMs = (performance.now() - beganMs) / (reported + 0.5)

      // As kill -9 left it: integrity first, before anything writes.
      const raw = new Database(path)
      assert.equal(raw.pragma('integrity_check'), [{ integrity_check: 'ok' }])
      assert.equal(raw.prepare('select count(*) from chunk where trace not in (select id from trace)').pluck().get(), 0)
      raw.close()
      const store = openStore(path)
      const left = store.list()
      assert.ok(left.length >= reported, 'what was reported as stored is there')
      for (const { name } of left)
        assert.is(store.load(name).ops.length, OPS, 'each trace is whole (load holds it against its hash)')
      if (said.match(/began/g)?.length !== said.match(/stored/g)?.length) midway++
      if (left.length > reported) committed++
      const next = await store.importTrace(`after ${round}`, (writer) => fillSample(writer, { ops: 100, seed: round + 500_000 }))
      assert.is(store.load(next.hash).ops.length, 100)
      await store.remove([...left.map(({ name }) => name), next.name])
      assert.equal(store.list(), [])
      store.close()
    }
    console.log(`  ${ROUNDS} kills, ${midway} inside an import, ${committed} of them after its commit and before it could say so`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

killed.run()
