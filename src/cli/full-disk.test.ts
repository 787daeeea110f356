import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore } from '../store/store.js'
import { repository } from '../testing/command.js'
import { fillSample } from '../testing/sample-trace.js'

const test = suite('output that cannot be written')

test('a full disk below the output is one line and exit 1, for tables, JSON and help', () => {
  if (!existsSync('/dev/full')) return console.log('SKIPPED: output that cannot be written: this system has no /dev/full')
  for (const args of [['policies', 'list'], ['policies', 'list', '--json'], ['--help']]) {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [`${repository}bin/dev.js`, ...args], { cwd: tmpdir(), stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
    closeSync(full)
    assert.equal([status, stderr], [1, 'worldswitch: no space left on the device\n'], args.join(' '))
  }
})

test('a file that is written to a device is written into it: full is one line, and the device stays one', async () => {
  if (!existsSync('/dev/full')) return console.log('SKIPPED: a file on a device: this system has no /dev/full')
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-full-'))
  try {
    const db = join(folder, 'a.db')
    const store = openStore(db)
    await store.importTrace('n', (writer) => fillSample(writer, { ops: 20 }))
    store.close()
    const { status, stderr } = spawnSync(process.execPath, [`${repository}bin/dev.js`, 'traces', 'export', 'n', '--out', '/dev/full', '--db', db], { cwd: folder, encoding: 'utf8' })
    assert.equal([status, stderr], [1, 'worldswitch: no space left on the device\n'])
    assert.ok(statSync('/dev/full').isCharacterDevice())
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
