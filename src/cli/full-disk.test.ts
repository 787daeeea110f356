import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repository } from '../testing/command.js'

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

test.run()
