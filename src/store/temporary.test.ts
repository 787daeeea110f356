import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeTemporary, removeLeftovers, temporaryPath } from './temporary.js'

const test = suite('temporary folders')

test('the folders of processes that are gone are removed; those of living ones, of others and without a name of ours stay', () => {
  const under = mkdtempSync(join(tmpdir(), 'worldswitch-temporary-'))
  const kept = join(under, 'kept')
  mkdirSync(kept)
  writeFileSync(join(kept, 'a file'), 'x')
  // A process that makes a folder and is killed.
  const child = `const { makeTemporary } = await import(${JSON.stringify(new URL('./temporary.ts', import.meta.url).href)}); console.log(makeTemporary('import', ${JSON.stringify(under)})); process.kill(process.pid, 'SIGKILL')`
  const { stdout, signal } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', child], { encoding: 'utf8' })
  assert.is(signal, 'SIGKILL')
  const left = stdout.trim()
  assert.ok(existsSync(left))
  writeFileSync(join(left, 'spool'), 'x')
  const mine = makeTemporary('import', under)
  const gone = /-(\d+)-/.exec(left.slice(under.length))![1]!
  const link = `${temporaryPath('import', under).replace(`-${process.pid}-`, `-${gone}-`)}aaaaaa`
  symlinkSync(kept, link)
  const elsewhere = join(under, `worldswitch-import-${gone}-1-aaaaaa`)
  const nameless = [`worldswitch-${gone}`, `worldswitch-import-${gone}`, `other-import-${gone}-1-aaaaaa`].map((name) => join(under, name))
  for (const path of [elsewhere, ...nameless]) mkdirSync(path)
  assert.equal(removeLeftovers(under), [left])
  for (const path of [mine, elsewhere, ...nameless, link, join(kept, 'a file')]) assert.ok(existsSync(path), path)
  assert.is(existsSync(left), false)
  assert.equal(removeLeftovers(under), [])
  assert.equal(removeLeftovers(join(under, 'no folder')), [])
  assert.is(readdirSync(under).length, 7)
  rmSync(under, { recursive: true })
})

test.run()
