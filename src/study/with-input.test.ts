import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gzipSync } from 'node:zlib'
import { BadInput, UsageFault } from '../base/errors.js'
import { openStore } from '../store/store.js'
import { repository } from '../testing/command.js'
import { fixture, onPath } from '../testing/trace-source.js'
import { importFile } from './import-file.js'
import { withInput } from './with-input.js'

const test = suite('input that is no file')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-input-'))
const before = process.env['TMPDIR']
const temporary = mkdtempSync(join(folder, 'tmp-'))
test.before(() => void (process.env['TMPDIR'] = temporary))
test.after(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  rmSync(folder, { recursive: true, force: true })
})

const profile = fixture('tflite-op-profile/old.txt')
const stream = (...chunks: (string | Uint8Array)[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk)))

test('standard input, plain, compressed and in UTF-16, gives the trace of the file; it is called stdin, and nothing is left behind', async () => {
  writeFileSync(join(folder, 'profile.txt'), profile)
  const store = openStore(join(folder, 'a.db'))
  const file = await importFile(store, join(folder, 'profile.txt'), { name: 'stdin' })
  for (const content of [profile, gzipSync(profile), Buffer.from(`\ufeff${profile}`, 'utf16le')]) {
    const one = await withInput('-', (input) => importFile(store, input), stream(content.slice(0, 100), content.slice(100)))
    assert.equal([one.file, one.name, one.hash, one.existed], ['stdin', 'stdin', file.hash, true])
  }
  assert.equal(readdirSync(temporary), [])
  store.close()
})

test('nothing, the same input twice, and content that cannot be used are told of stdin', async () => {
  const refused = async (input: Readable, message: RegExp, fault: typeof BadInput | typeof UsageFault = BadInput): Promise<void> => {
    const store = openStore(join(folder, 'b.db'))
    try {
      await withInput('-', (file) => importFile(store, file), input)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, fault)
      assert.match((error as Error).message, message)
    } finally {
      store.close()
    }
    assert.equal(readdirSync(temporary), [])
  }
  await refused(stream(), /^stdin: expected a trace, found "an empty input"/)
  await refused(stream('nothing of interest\n'), /^stdin:byte 0: expected a trace in a known format/)
  await refused(stream(gzipSync(profile).subarray(0, 60)), /^stdin: expected a whole gzip file/)
  const read = stream(profile)
  await withInput('-', async () => {}, read)
  await refused(read, /standard input can be read once/, UsageFault)
})

test('a named pipe is kept and read like a file; a file stays where it is', async () => {
  await withInput(join(folder, 'profile.txt'), async (input) => assert.equal(input, { path: join(folder, 'profile.txt'), name: join(folder, 'profile.txt') }))
  if (!onPath('mkfifo')) return console.log('SKIPPED: a named pipe: no mkfifo')
  const pipe = join(folder, 'pipe')
  await new Promise((resolve) => spawn('mkfifo', [pipe]).on('close', resolve))
  const writer = spawn('cp', [join(folder, 'profile.txt'), pipe])
  await withInput(pipe, async ({ path, name }) => assert.equal([readFileSync(path, 'utf8'), name], [profile, pipe]))
  await new Promise((resolve) => (writer.exitCode === null ? writer.on('close', resolve) : resolve(undefined)))
})

test('the commands take it: import - and devices fit --from -', () => {
  const ran = (args: readonly string[], input: string) => spawnSync(process.execPath, [join(repository, 'bin/dev.js'), ...args, '--json', '--db', join(folder, 'c.db')], { cwd: folder, input, encoding: 'utf8' })
  const imported = ran(['import', '-', '--name', 'piped'], profile)
  assert.equal([imported.status, (JSON.parse(imported.stdout) as { imported: { name: string }[] }).imported[0]!.name], [0, 'piped'])
  const fitted = ran(['devices', 'fit', '--from', '-', '--model', 'qwen2.5-1.5b'], fixture('llama-bench/table.md'))
  assert.is(fitted.status, 0, fitted.stderr)
  assert.equal(readdirSync(temporary).filter((name) => name.startsWith('worldswitch-')), [])
})

test.run()
