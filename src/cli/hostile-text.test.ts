/** Names and titles that would act upon a terminal or a shell: they are shown, and a command that is printed with them can be pasted. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repository, worldswitch } from '../testing/command.js'

const test = suite<{ folder: string }>('hostile names and titles', { folder: '' })
const clipboard = '\u001b]52;c;bWFsd2FyZQ==\u0007'
const name = `$(touch pwned) \`id\` it's "quoted" \u202e`

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'worldswitch-hostile-'))
  assert.is((await worldswitch(['synth', '-m', 'qwen2.5-0.5b', '--prompt', '8', '--output', '2', '--name', name], context.folder)).code, 0)
})
test.after(async ({ folder }) => rm(folder, { recursive: true, force: true }))

const raw = /[\p{Cc}\p{Cf}]/u
const lines = (text: string): string => text.replaceAll('\n', '')

test('a profile’s title reaches no terminal raw, in tables, sentences or JSON', async ({ folder }) => {
  const { stdout } = await worldswitch(['devices', 'show', 'rk3588-nanopc-t6', '--json'], folder)
  const shown = JSON.parse(stdout) as { device?: object }
  const device = { ...(shown.device ?? shown), title: `${clipboard}title`, note: `${clipboard}note` }
  await writeFile(join(folder, 'evil.json'), JSON.stringify(device))
  for (const args of [['devices', 'show', 'evil.json'], ['devices', 'show', 'evil.json', '--json'], ['devices', 'check', 'evil.json'], ['replay', name, '-p', 'strawman', '-d', 'evil.json'], ['traces', 'list'], ['traces', 'show', name], ['traces', 'show', `${name}x`], ['compare', name, '-d', 'evil.json', '-p', 'strawman', '-p', 'flexserve']]) {
    const ran = await worldswitch(args, folder)
    assert.not.match(lines(ran.stdout), raw, args.join(' '))
    assert.not.match(lines(ran.stderr), raw, args.join(' '))
  }
})

test('"how to make this again" can be pasted: it makes the same page and runs nothing else', async ({ folder }) => {
  const made = await worldswitch(['compare', name, '-p', 'strawman', '-p', 'flexserve', '--report', `out $(touch pwned)`], folder)
  assert.is(made.code, 0, made.stderr)
  const out = join(folder, 'out $(touch pwned)')
  const page = (await readdir(out)).find((file) => file.endsWith('.md'))!
  const text = await readFile(join(out, page), 'utf8')
  const command = /## How to make this page again\n+`+sh\n([^]*?)\n`+\n/.exec(text)![1]!
  await rm(out, { recursive: true })
  await writeFile(join(folder, 'worldswitch'), `#!/bin/sh\nexec '${process.execPath}' '${repository}bin/dev.js' "$@"\n`)
  await chmod(join(folder, 'worldswitch'), 0o755)
  await promisify(execFile)('sh', ['-c', command], { cwd: folder, env: { ...process.env, PATH: `${folder}:${process.env['PATH']}`, WORLDSWITCH_DB: '', NO_COLOR: '1' } })
  assert.is(await readFile(join(out, page), 'utf8'), text)
  assert.not.ok((await readdir(folder)).includes('pwned'))
})

test.run()
