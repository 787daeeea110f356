import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeTraceFile } from '../../study/trace-file.js'
import { hostileTexts, sampleTrace } from '../../testing/sample-trace.js'

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const recording = fileURLToPath(new URL('../../../traces/miniature-8x1024-p32-o10.trace.jsonl', import.meta.url))
const command = fileURLToPath(new URL('../../../bin/dev.js', import.meta.url))
const verbs = suite<{ folder: string; run: (...argv: string[]) => Promise<Ended> }>('import, traces, sql')
verbs.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-verbs-'))
  await writeTraceFile(sampleTrace({ ops: 1500 }), join(context.folder, 'sample.jsonl.gz'))
  context.run = (...argv) =>
    new Promise((resolve) => {
      const options = { cwd: context.folder, env: { ...process.env, WORLDSWITCH_DB: '', NO_COLOR: '1' } }
      execFile(process.execPath, [command, ...argv], options, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      )
    })
})
verbs.after(({ folder }) => rmSync(folder, { recursive: true }))

verbs('a file goes in, is listed, shown, asked, written out and removed', async ({ run, folder }) => {
  const imported = await run('import', 'sample.jsonl.gz', '--name', hostileTexts[0]!, '--json')
  assert.is(imported.code, 0, imported.err)
  const { hash, ops, existed } = (JSON.parse(imported.out) as { imported: { hash: string; ops: number; existed: boolean }[] })
    .imported[0]!
  assert.equal([hash, ops, existed], [sampleTrace({ ops: 1500 }).hash, 1500, false])
  assert.match((await run('traces', 'list')).out, `${hostileTexts[0]}  ${hash.slice(0, 12)}`)
  const shown = (await run('traces', 'show', hash.slice(0, 8))).out
  for (const part of ['1500 ops', 'prefill', 'matmul', 'sequence-length', 'event M']) assert.match(shown, part)
  const asked = await run('sql', `select phase, count(*) as n from op where hash = '${hash}' group by phase order by phase`)
  assert.is(asked.out, 'phase       n\ndecode   1428\nprefill    72\n')
  const lines = (await run('sql', 'select opIndex from op', '--lines')).out.trimEnd().split('\n')
  assert.equal([lines.length, lines.at(-1)], [1500, '{"opIndex":1499}'])
  const tabs = (await run('sql', 'select opIndex, lane from op')).out.trimEnd().split('\n')
  assert.equal([tabs.length, tabs[0]], [1501, 'opIndex\tlane'])
  assert.is((await run('traces', 'export', hash, '--out', 'out.jsonl')).code, 0)
  assert.match((await run('import', 'out.jsonl')).out, 'was stored already')
  assert.is((await run('traces', 'export', hash)).out.split('\n').length, 1502)
  assert.is((await run('traces', 'remove', hash)).code, 0)
  assert.match((await run('traces', 'list')).out, 'no traces yet')
  assert.equal(readdirSync(folder).sort(), ['out.jsonl', 'sample.jsonl.gz', 'worldswitch.db'])
})

verbs('a trace is told on which device it was recorded, keeps its ops and is another content; told back it is the same again', async ({ run }) => {
  const hash = (JSON.parse((await run('import', recording, '--name', 'told', '--json')).out) as { imported: { hash: string; profile: null }[] }).imported[0]!.hash
  const set = JSON.parse((await run('traces', 'set', 'told', '--device', 'rk3588-nanopc-t6', '--emulated', '--json')).out) as { before: string; hash: string; profile: string; emulated: boolean }
  assert.equal([set.before, set.profile, set.emulated], [hash, 'rk3588-nanopc-t6', true])
  assert.is.not(set.hash, hash)
  assert.is((await run('traces', 'export', 'told', '--out', 'told.jsonl')).code, 0)
  const again = JSON.parse((await run('import', 'told.jsonl', '--json')).out) as { imported: { hash: string; existed: boolean; profile: string }[] }
  assert.equal([again.imported[0]!.hash, again.imported[0]!.existed, again.imported[0]!.profile], [set.hash, true, 'rk3588-nanopc-t6'])
  const back = JSON.parse((await run('traces', 'set', 'told', '--device', 'unknown', '--no-emulated', '--json')).out) as { hash: string; profile: null }
  assert.equal([back.hash, back.profile], [hash, null])
  assert.is((await run('import', 'told.jsonl', '--name', 'other')).code, 0) // as it was told
  await run('import', 'sample.jsonl.gz', '--name', 'synthetic')
  assert.match((await run('traces', 'set', 'synthetic', '--device', 'rk3588-nanopc-t6')).err, 'is synthetic: it was recorded on no machine')
  const taken = await run('traces', 'set', 'told', '--device', 'rk3588-nanopc-t6', '--emulated')
  assert.equal([taken.code, /is stored already, as "other"/.test(taken.err)], [2, true])
  for (const name of ['told', 'other', 'synthetic']) await run('traces', 'remove', name)
})

verbs('faults are one line with the right exit code', async ({ run }) => {
  for (const [code, ...argv] of [
    [2, 'sql', 'drop table trace'],
    [2, 'sql', 'select nothing from op'],
    [2, 'traces', 'show', 'unknown'],
    [2, 'traces', 'set', 'unknown', '--device', 'rk3588-nanopc-t6'],
    [2, 'traces', 'set', 'unknown'],
    [2, 'import', 'sample.jsonl.gz', '--device', 'rk3588-nanopct6'],
    [2, 'traces', 'remove', 'unknown'],
    [2, 'import', 'a', 'b', '--name', 'x'],
    [3, 'import', 'missing.json'],
    [3, 'import', '.'],
    [3, 'traces', 'list', '--db', 'sample.jsonl.gz'],
    [3, 'traces', 'list', '--db', 'no/such/folder/a.db'],
  ] as const) {
    const ended = await run(...argv)
    assert.is(ended.code, code, `${argv.join(' ')}: ${ended.err}`)
    assert.match(ended.err, /^worldswitch: [^\n]+\n$/)
    assert.is(ended.out, '')
  }
})

verbs.run()
