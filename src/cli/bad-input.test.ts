/** Bad files, each met with one clear line, exit code 3, and a store that is as it was. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportTrace } from '../formats/index.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { worldswitch } from '../testing/command.js'

const test = suite<{ folder: string; before: string }>('bad input', { folder: '', before: '' })
const lines = [...exportTrace(sampleTrace({ ops: 200, seed: 2 }))].join('').trimEnd().split('\n')
const edited = (line: number, change: (op: Record<string, unknown>) => void): string =>
  lines.map((text, i) => { if (i !== line) return text; const op = JSON.parse(text) as Record<string, unknown>; change(op); return JSON.stringify(op) }).join('\n')
/** A line whose request was in the same decode step before. */
const repeated = lines.findIndex((line, i) => {
  const { step, request } = JSON.parse(line) as { step?: number; request?: number }
  return i > 0 && step !== undefined && lines.slice(1, i).some((text) => { const before = JSON.parse(text) as { step?: number; request?: number }; return before.step === step && before.request === request })
})

const files: Record<string, [content: string | Uint8Array, said: RegExp]> = {
  'empty.jsonl': ['', /empty/],
  'cut.trace.jsonl.gz': [gzipSync(lines.join('\n')).subarray(0, 500), /gzip/],
  'other.txt': ['hello, this is no trace\n', /format/],
  'negative.trace.jsonl': [edited(5, (op) => (op['durationNs'] = -1)), /:6: .*durationNs.*found -1/],
  'itself.trace.jsonl': [edited(6, (op) => (op['after'] = [5])), /:7: .*after/],
  'steps.trace.jsonl': [edited(repeated, (op) => (op['step'] = 0)), /step.*do not go back/],
  'long.trace.jsonl': [`${lines[0]}\n{"name":"${'x'.repeat(10 * 1024 * 1024)}"}\n`, /:2: /],
  'utf8.trace.jsonl': [Buffer.concat([Buffer.from(`${lines[0]}\n{"name":"`), Buffer.of(0xff, 0xfe), Buffer.from('"}\n')]), /UTF-8/],
  'newer.trace.jsonl': [lines.join('\n').replace('worldswitch-trace/1', 'worldswitch-trace/99'), /worldswitch-trace\/99/],
}

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'worldswitch-bad-'))
  await writeFile(join(context.folder, 'good.trace.jsonl'), lines.join('\n'))
  assert.is((await worldswitch(['import', 'good.trace.jsonl', '--name', 'good'], context.folder)).code, 0)
  for (const [name, [content]] of Object.entries(files)) await writeFile(join(context.folder, name), content)
  context.before = await exported(context.folder)
})
test.after(async ({ folder }) => rm(folder, { recursive: true, force: true }))

async function exported(folder: string): Promise<string> {
  const listed = await worldswitch(['traces', 'list', '--json'], folder)
  await worldswitch(['traces', 'export', 'good', '--out', 'again.trace.jsonl'], folder)
  const digest = createHash('sha256').update(await readFile(join(folder, 'again.trace.jsonl'))).digest('hex')
  await rm(join(folder, 'again.trace.jsonl'))
  return `${listed.stdout} ${digest}`
}

for (const [name, [, said]] of Object.entries(files))
  test(name, async ({ folder, before }) => {
    const ran = await worldswitch(['import', name], folder)
    assert.is(ran.code, 3, ran.stderr)
    assert.match(ran.stderr, said)
    assert.match(ran.stderr, new RegExp(name.replaceAll('.', '\\.')), 'names the file')
    assert.is(ran.stderr.trim().split('\n').length, 1, ran.stderr)
    // A file of no known format hears of each that was considered.
    assert.ok(ran.stderr.length < (name === 'other.txt' ? 3000 : 600))
    assert.is(await exported(folder), before, 'the store is as it was')
  })

test('names that are HTML, SQL or terminal codes go in and come out as text', async ({ folder }) => {
  const hostile = `</script><img src=x onerror=alert(1)>'; drop table trace; --\u001b[31m`
  await writeFile(join(folder, 'hostile.trace.jsonl'), edited(3, (op) => (op['name'] = hostile)))
  assert.is((await worldswitch(['import', 'hostile.trace.jsonl', '--name', hostile], folder)).code, 0)
  const listed = await worldswitch(['traces', 'list'], folder)
  assert.match(listed.stdout, /drop table trace/)
  assert.not.ok(listed.stdout.includes('\u001b['), 'no terminal code reaches the terminal')
  const report = await worldswitch(['report', 'hostile.trace.jsonl', '--name', 'page', '--policy', 'strawman', '--policy', 'flexserve'], folder)
  assert.is(report.code, 0, report.stderr)
  const html = await readFile(join(folder, 'page.html'), 'utf8')
  assert.not.ok(html.includes('<img src=x'), 'it is text in the page')
})

test.run()
