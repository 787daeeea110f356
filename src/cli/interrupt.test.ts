import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore } from '../store/store.js'
import { planSweep, ordersOf } from '../study/sweep/sweep.js'
import { checkGrid } from '../study/sweep/read-grid.js'
import { keyed } from '../study/cells/order.js'
import { repository, worldswitch } from '../testing/command.js'

const test = suite('Ctrl-C')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-interrupt-'))
const grid = { schema: 'worldswitch-sweep/1', name: 'long', base: { model: 'qwen2.5-1.5b', prompt: 64, output: 16, policy: 'flexserve' }, axes: [{ axis: 'seed', from: 1, to: 300, count: 300 }] }
writeFileSync(join(folder, 'long.json'), JSON.stringify(grid))
test.after(() => rmSync(folder, { recursive: true, force: true }))

for (const threads of ['1', '2'])
  test(`with ${threads === '1' ? 'this process alone' : 'two threads'}: exit 130, every finished cell is kept, and the study goes on from there`, async () => {
    const db = join(folder, `${threads}.db`)
    const store = openStore(db)
    const keys = ordersOf(await planSweep(store, checkGrid(grid, 'long'), 'long')).map((order) => keyed(order).key)
    const stored = (): number => store.cells.finished(keys, false).size
    const args = ['sweep', 'long.json', '--db', db, '--threads', threads]
    const child = spawn(process.execPath, [join(repository, 'bin/dev.js'), ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    while (stored() === 0 && child.exitCode === null) await sleep(20)
    child.kill('SIGINT')
    assert.is(await ended, 130)
    assert.match(said, /interrupted/)
    const kept = stored()
    assert.ok(kept > 0 && kept < 300, `${kept} cells`)
    const again = await worldswitch(args, folder)
    assert.is(again.code, 0)
    assert.match(again.stderr, new RegExp(`^${300 - kept} cells replayed, ${kept} from the store`, 'm'))
    store.close()
  })

test('while standard input is awaited: exit 130, and what had come is removed', async () => {
  const temporary = mkdtempSync(join(folder, 'tmp-'))
  const child = spawn(process.execPath, [join(repository, 'bin/dev.js'), 'import', '-', '--db', join(folder, 'stdin.db')], { cwd: folder, stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, TMPDIR: temporary } })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  child.stdin.write('a line\n')
  const kept = (): boolean => readdirSync(temporary).some((name) => name.startsWith('worldswitch-') && existsSync(join(temporary, name, 'stdin')))
  while (!kept() && child.exitCode === null) await sleep(20)
  child.kill('SIGINT')
  assert.is(await ended, 130)
  assert.is(kept(), false)
})

test.run()
