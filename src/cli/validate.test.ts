import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worldswitch } from '../testing/command.js'

const test = suite<{ folder: string }>('validate on the command line', { folder: '' })
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'worldswitch-validate-'))
})
test.after(async ({ folder }) => rm(folder, { recursive: true, force: true }))

test('a claim inside its tolerance: exit 0', async ({ folder }) => {
  const ran = await worldswitch(['validate', '--claim', 'V03', '--samples', '2'], folder)
  assert.is(ran.code, 0, ran.stderr)
  assert.match(ran.stdout, /V03 .*inside/)
})

test('a claim outside it: everything is printed, then exit 4; under --json the code alone says so', async ({ folder }) => {
  const ran = await worldswitch(['validate', '--claim', 'V18', '--samples', '0'], folder)
  assert.is(ran.code, 4)
  assert.match(ran.stdout, /V18 .*outside/)
  assert.match(ran.stderr, /outside their tolerance: V18/)
  const json = await worldswitch(['validate', '--claim', 'V18', '--samples', '0', '--json'], folder)
  assert.is(json.code, 4)
  const { schema, claims } = JSON.parse(json.stdout) as { schema: string; claims: { id: string; verdict: string }[] }
  assert.equal([schema, claims.map(({ id, verdict }) => [id, verdict])], ['worldswitch-validation/2', [['V18', 'outside']]])
})

test('--report writes the page, its Markdown and its tables, the same bytes twice', async ({ folder }) => {
  const read = async (out: string): Promise<string[]> => {
    const ran = await worldswitch(['validate', '--claim', 'V27', '--claim', 'V26', '--samples', '2', '--report', join(folder, out)], folder)
    assert.is(ran.code, 0, ran.stderr)
    const files = (await readdir(join(folder, out))).sort()
    assert.ok(files.includes('validation.html') && files.includes('validation.md') && files.includes('validation.claims.csv'))
    return Promise.all(files.map(async (file) => (await readFile(join(folder, out, file), 'utf8')).replaceAll(join(folder, out), 'OUT')))
  }
  assert.equal(await read('a'), await read('b'))
})

test('an unknown claim: exit 2, with what is known', async ({ folder }) => {
  const ran = await worldswitch(['validate', '--claim', 'V99'], folder)
  assert.is(ran.code, 2)
  assert.match(ran.stderr, /there is no claim V99; known are V01 to V31/)
})

test.run()
