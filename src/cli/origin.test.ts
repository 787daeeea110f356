/** The first line of every output that rests on a trace, in text and in JSON; what is carried over from another machine is left
 *  out or refused; what has no prefill has a run time. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repository, words, worldswitch } from '../testing/command.js'

const test = suite<{ folder: string }>('first lines', { folder: '' })
const RECORDED = 'miniature-8x1024-p32-o10'
const slice = (name: string, ts: number, dur: number): object => ({ ph: 'X', name, ts, dur, pid: 1, tid: 1 })

test.before(async (context) => {
  const folder = (context.folder = await mkdtemp(join(tmpdir(), 'worldswitch-origin-')))
  // Slices say what ran and how long, and neither FLOPs nor bytes: their times are known on their own machine alone.
  await writeFile(join(folder, 'slices.json'), JSON.stringify({ traceEvents: [slice('matmul_qkv', 0, 400), slice('softmax', 410, 50), slice('matmul_ffn', 470, 500)] }))
  const grid = (name: string, policies: readonly string[], traces: readonly string[]): Promise<void> =>
    writeFile(join(folder, `${name}.sweep.json`), JSON.stringify({ schema: 'worldswitch-sweep/1', name, base: {}, axes: [{ axis: 'trace', values: traces }, { axis: 'policy', values: policies }] }))
  await grid('recorded', ['unprotected'], [RECORDED])
  await grid('made', ['unprotected'], ['made'])
  await grid('both', ['unprotected', 'strawman'], ['slices', 'made'])
  await grid('none', ['strawman'], ['slices'])
  for (const line of [`import ${join(repository, `traces/${RECORDED}.trace.jsonl`)}`, 'import slices.json --name slices', 'synth --model qwen2.5-0.5b --prompt 8 --output 2 --name made']) assert.is((await worldswitch(words(line), folder)).code, 0)
})
test.after(async ({ folder }) => rm(folder, { recursive: true, force: true }))

interface Told {
  readonly origin: { readonly line: string }
}
const lines: readonly (readonly [verb: string, command: (subject: string) => string, origin: (json: unknown) => Told['origin']])[] = [
  ['ablate', (subject) => `ablate ${subject} --from strawman --to strawman?npu=co-driver`, (json) => (json as Told).origin],
  ['sensitivity', (subject) => `sensitivity ${subject} --policy unprotected`, (json) => (json as Told).origin],
  ['break-even', (subject) => `break-even ${subject} --policy unprotected --over strawman --cost flash.load8GiBMs`, (json) => (json as Told).origin],
  ['audit', (subject) => `audit ${subject} --policy flexserve`, (json) => (json as Told).origin],
  ['sweep', (subject) => `sweep ./${subject === 'made' ? 'made' : 'recorded'}.sweep.json`, (json) => (json as Told).origin],
  ['report', (subject) => `report ${subject} --policy unprotected --policy strawman --out out --name ${subject}`, (json) => (json as { cases: Told[] }).cases[0]!.origin],
]
for (const [verb, command, origin] of lines)
  for (const [subject, said] of [
    [RECORDED, /compute time is 0\.0 % recorded here, 100\.0 % predicted, 0\.0 % carried over from AMD EPYC/],
    ['made', /not a recording: all compute time is predicted by rates of rk3588-nanopc-t6$/],
  ] as const)
    test(`${verb} of ${subject}: the first line, in JSON too`, async ({ folder }) => {
      const text = await worldswitch(words(command(subject)), folder)
      assert.is(text.code, 0, text.stderr)
      assert.match(text.stdout.split('\n')[0]!, said)
      if (subject === 'made') return // the same code prints it
      const { line } = origin(JSON.parse((await worldswitch([...words(command(subject)), '--json'], folder)).stdout))
      assert.ok(text.stdout.split('\n')[0]!.endsWith(line), line)
    })

test('the report’s page and Markdown begin with it; the recording stands above the policies', async ({ folder }) => {
  const [page, text] = [await readFile(join(folder, `out/${RECORDED}.html`), 'utf8'), await readFile(join(folder, `out/${RECORDED}.md`), 'utf8')]
  const body = page.slice(page.indexOf('<h1>'))
  const places = ['carried over from AMD EPYC', 'as recorded on', 'class="setting"', 'id="case-1"', 'speed-ups are over'].map((part) => body.indexOf(part))
  assert.ok(places.every((at) => at > 0) && places.every((at, i) => i === 0 || at > places[i - 1]!), places.join())
  assert.match(text.split('\n')[2]!, /^compute time is .* carried over from AMD EPYC/)
  assert.ok(text.indexOf('as recorded on') < text.indexOf('speed-ups are over'))
  const [head, row] = (await readFile(join(folder, `out/${RECORDED}.as-recorded.csv`), 'utf8')).split('\n')
  assert.match(head!, /machine,spanNs,busyNs,idleNs/)
  assert.match(row!, /"AMD EPYC, x64",159\d{6},147\d{6},1[12]\d{6}/)
})

for (const [what, line, policy] of [
  ['an ablation of', 'ablate slices --from strawman --to flexserve', 'strawman'],
  ['an ablation over', 'ablate slices --from optimized-strawman --to flexserve --path npu=co-driver,none,flex-npu', 'none'],
  ['the sensitivity of', 'sensitivity slices --policy strawman', 'strawman'],
  ['a gain over', 'break-even slices --policy flexserve --over strawman --cost npu.launchMs', 'strawman'],
  ['a sweep of nothing but', 'sweep ./none.sweep.json', 'strawman'],
] as const)
  test(`${what} a policy that would move carried times is refused; --carry-over shows it, marked`, async ({ folder }) => {
    const refused = await worldswitch(words(line), folder)
    assert.is(refused.code, 3, refused.stderr)
    assert.match(refused.stderr, new RegExp(`slices: expected .*${policy}.*another processor whose time is known on .* alone \\(100\\.0 % of compute time.*import --model.*--carry-over`))
    const shown = await worldswitch([...words(line), '--carry-over'], folder)
    assert.is(shown.code, 0, shown.stderr)
    assert.match(shown.stdout.split('\n')[0]!, /100\.0 % carried over from/)
    assert.match(shown.stdout + shown.stderr, /carried over \*/)
    assert.match(shown.stdout, /run time/)
    assert.not.match(shown.stdout, /TTFT/)
  })

test('a sweep leaves such cells out and names them, a line a subject', async ({ folder }) => {
  const { stdout, code } = await worldswitch(words('sweep ./both.sweep.json --report out'), folder)
  assert.is(code, 0)
  const [first, second, , left] = stdout.split('\n')
  assert.match(first!, /^slices on rk3588-nanopc-t6: compute time is .*100\.0 % carried over/)
  assert.match(second!, /^made on rk3588-nanopc-t6: not a recording/)
  assert.match(left!, /^left out: strawman of slices on rk3588-nanopc-t6 \(1 cell\): it would run/)
  assert.is(stdout.match(/^slices /gm)!.length, 2, 'its first line and one cell')
  const json = JSON.parse((await worldswitch(words('sweep ./both.sweep.json --json'), folder)).stdout) as { cells: { at: { trace: string; policy: string }; ttftNs: number | null; e2eNs: number }[]; leftOut: { policy: string; subject: string }[] }
  assert.equal(json.leftOut.map(({ policy, subject }) => [policy, subject]), [['strawman', 'slices']])
  assert.equal(json.cells.map(({ at, ttftNs }) => [at.trace, at.policy, ttftNs === null]), [['slices', 'unprotected', true], ['made', 'unprotected', false], ['made', 'strawman', false]])
  for (const file of ['both.html', 'both.md']) assert.match(await readFile(join(folder, 'out', file), 'utf8'), /Left out: strawman of slices on rk3588/)
})

test('a report leaves such policies out above its tables, and marks them where they were asked for', async ({ folder }) => {
  const line = 'report slices --policy unprotected --policy optimized-strawman --policy strawman --out out --name moved'
  const left = await worldswitch(words(line), folder)
  assert.match(left.stdout, /^left out: strawman: it would run/m)
  const page = await readFile(join(folder, 'out/moved.html'), 'utf8')
  const main = page.slice(page.indexOf('<h1>'), page.indexOf('<script type'))
  assert.ok(main.includes('Left out: strawman: ') && main.indexOf('Left out: strawman') < main.indexOf('<table>'))
  assert.not.match(main, /<th scope="row">strawman/)
  assert.match(main, /Where does the run time go\?/)
  assert.match((await readFile(join(folder, 'out/moved.comparison.csv'), 'utf8')).split('\n')[1]!, /,unprotected,,,\d/, 'no TTFT')
  const shown = await worldswitch([...words(line), '--carry-over'], folder)
  assert.match(shown.stderr, /warning: strawman is faster than unprotected/)
  const marked = await readFile(join(folder, 'out/moved.html'), 'utf8')
  assert.match(marked, /<th scope="row">strawman \*/)
  const head = marked.slice(marked.indexOf('<h1>'), marked.indexOf('class="setting"'))
  assert.ok(head.includes('strawman is faster than unprotected'), 'a warning that must not be missed stands above everything')
})

test('side by side, what has no prefill has a run time', async ({ folder }) => {
  const { stdout } = await worldswitch(words('compare slices made --policy unprotected --policy optimized-strawman --no-advice'), folder)
  const [head, first] = stdout.slice(stdout.indexOf('Side by side')).split('\n').slice(1)
  assert.match(head!, /TTFT +run time +speed-up/)
  assert.match(first!, /^slices +rk3588-nanopc-t6 +unprotected +– +\d/)
})

test('advice and a single replay speak of the run time where there is no first token', async ({ folder }) => {
  const { stdout } = await worldswitch(words('compare slices --policy unprotected --policy flexserve'), folder)
  assert.match(stdout, /of the run time: .* of the run time, /)
  assert.not.match(stdout, /TTFT/)
  const replayed = (await worldswitch(words('replay slices --policy unprotected'), folder)).stdout
  assert.match(replayed, /run time \d/)
  assert.not.match(replayed, /TTFT|exposed a decode step/)
})

test('traces show: whose machine, the recording itself; of a synthetic trace nothing is measured', async ({ folder }) => {
  const [recorded, made] = [(await worldswitch(words(`traces show ${RECORDED}`), folder)).stdout, (await worldswitch(words('traces show made'), folder)).stdout]
  assert.match(recorded, /recorded on AMD EPYC, x64/)
  assert.match(recorded, /as recorded\n +span +busy +idle/)
  assert.match(made, /its times are predicted/)
  assert.not.match(made, /measured|as recorded/i)
  assert.not.match((await worldswitch(words('traces show made --json'), folder)).stdout, /measured/i)
})

test('recordings of emulated machines say so: traces show, and the page of world switches', async ({ folder }) => {
  assert.is((await worldswitch(words(`import ${join(repository, 'traces/optee-hello-ta-load.ftrace.txt')} --name load --emulated`), folder)).code, 0)
  assert.match((await worldswitch(words('traces show load'), folder)).stdout, /emulated: its times are an emulator’s/)
  const { stdout } = await worldswitch(words('report load --out out --name load'), folder)
  assert.match(stdout.split('\n')[0]!, /emulated: .* an emulator’s/)
  assert.match((await readFile(join(folder, 'out/load.md'), 'utf8')).split('\n')[2]!, /emulated/)
})

test.run()
