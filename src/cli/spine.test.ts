/** The README's tour as a newcomer types it, and the promise that the same command gives the same bytes. */
import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repository, words, worldswitch } from '../testing/command.js'

const test = suite<{ folder: string }>('spine', { folder: '' })
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'worldswitch-tour-'))
  await mkdir(join(context.folder, 'traces'))
  await cp(join(repository, 'traces'), join(context.folder, 'traces'), { recursive: true })
})
test.after(async ({ folder }) => rm(folder, { recursive: true, force: true }))

const readme = readFileSync(join(repository, 'README.md'), 'utf8')
const tour = /<!-- tour -->([^]*?)<!-- \/tour -->/.exec(readme)![1]!
const commands = tour.split('\n').filter((line) => line.startsWith('worldswitch '))

for (const line of commands)
  test(`README: ${line}`, async ({ folder }) => {
    const ran = await worldswitch(words(line).slice(1), folder)
    assert.is(ran.code, 0, ran.stderr)
    assert.ok(ran.stdout.trim().length > 0, 'it says something')
    assert.not.match(ran.stderr, /\n\s+at /)
  })

test('the tour names every part: a dozen commands at least', () => assert.ok(commands.length >= 12))

test('the same command gives the same bytes: compare, replay, report', async ({ folder }) => {
  for (const line of [
    'compare llama-3.1-8b-int8-p128-o16 recorded --samples 3 --json',
    'replay recorded --policy flexserve --samples 2 --savings --json',
    'replay recorded --policy strawman --seed 7',
  ]) {
    const [first, second] = [await worldswitch(words(line), folder), await worldswitch(words(line), folder)]
    assert.is(first.code, 0, first.stderr)
    assert.is(second.stdout, first.stdout, line)
  }
  for (const out of ['one', 'two']) assert.is((await worldswitch(words(`report recorded --samples 2 --out ${out} --name same`), folder)).code, 0)
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  const files = (await readdir(one)).sort()
  assert.equal(files, (await readdir(two)).sort())
  for (const file of files) {
    const [a, b] = [await readFile(join(one, file), 'utf8'), await readFile(join(two, file), 'utf8')]
    assert.is(b.replaceAll('--out two', '--out one'), a, file)
  }
})

test('replay --json has the promised shape, and its windows add up', async ({ folder }) => {
  const { stdout } = await worldswitch(words('replay recorded --policy flexserve --savings --json'), folder)
  const run = JSON.parse(stdout) as { schema: string; windows: { name: string; lengthNs: number; exposedNs: Record<string, number>; savingNs: Record<string, number> }[]; ledgers: null; audit: null }
  assert.is(run.schema, 'worldswitch-run/1')
  assert.is(run.windows.filter((window) => window.name === 'step').length, 9)
  for (const window of run.windows) {
    assert.is(Object.values(window.exposedNs).reduce((sum, ns) => sum + ns, 0), window.lengthNs)
    assert.type(window.savingNs, 'object')
  }
})

test('what was mistyped is met with what was meant, exit code 2, in JSON too', async ({ folder }) => {
  for (const [line, said] of [
    ['replay recorded --policy flexserv', /did you mean flexserve/],
    ['replay recorde --policy flexserve', /recorded/],
    ['compare recorded --device rk3588-nanopc', /rk3588-nanopc-t6/],
    ['replay recorded --policy flexserve --set cma.redaing=knee', /cma\.reading/],
    ['replay recorded --policy flexserve --explain-step 99', /steps 0 to 9/],
    ['replay recorded --policy flexserve --initial cached=2', /cached=0…1/],
    ['synth --model llama-3.1-8 --prompt 1', /llama-3\.1-8b/],
    ['synth --model llama-3.1-8b --prompt 0', /from 1 to/],
  ] as const) {
    const plain = await worldswitch(words(line), folder)
    assert.is(plain.code, 2, `${line}: ${plain.stderr}`)
    assert.match(plain.stderr, said)
    assert.is(plain.stderr.trim().split('\n').length, 1, plain.stderr)
    const json = await worldswitch([...words(line), '--json'], folder)
    assert.is(json.code, 2)
    assert.match((JSON.parse(json.stdout) as { error: { message: string } }).error.message, said)
  }
})

test.run()
