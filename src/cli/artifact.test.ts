import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, isAbsolute, join } from 'node:path'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../base/errors.js'
import { openStore, type Store } from '../store/store.js'
import { ablate } from '../study/ablate/ablation.js'
import { breakEven } from '../study/break-even/break-even.js'
import { cellKey, type CellOrder } from '../study/cells/order.js'
import { resolveDevice } from '../study/device.js'
import { inProcess } from '../study/executors/in-process.js'
import { consentTo, NO_CODE } from '../study/policy-module/consent.js'
import { digest } from '../study/artifact/members.js'
import { sensitivity } from '../study/sensitivity/sensitivity.js'
import { checkGrid } from '../study/sweep/read-grid.js'
import { planSweep, runSweep } from '../study/sweep/sweep.js'
import { smallWorkload } from '../testing/small-workload.js'
import { checkArtifact } from './check-artifact.js'
import { makeArtifact } from './make-artifact.js'

const test = suite('artifact')
const executor = inProcess()
let store: Store
let folder: string

test.before(async () => {
  store = openStore(':memory:')
  folder = await mkdtemp(join(tmpdir(), 'worldswitch-artifact-'))
  await store.workloads.put(smallWorkload())
  const device = await resolveDevice('rk3588-nanopc-t6', [['world.switchUs', '30']])
  const asked = { subject: smallWorkload().name, device, metric: 'e2e' as const, seed: 1 }
  await ablate(store, { ...asked, from: 'optimized-strawman', to: 'flexserve', paths: new Map(), samples: 2 }, executor)
  await sensitivity(store, { ...asked, policy: 'flexserve', over: 'strawman', rows: 0 }, executor)
  await breakEven(store, { ...asked, policy: 'flexserve', over: 'strawman', costs: ['npu.modeSwitchMs'], target: 1, from: 0.5, to: 2, samples: 0, frontier: false }, executor)
  await sweep(['flexserve', 'strawman'])
})
test.after(async () => {
  store.close()
  await rm(folder, { recursive: true, force: true })
})

async function sweep(policies: readonly string[], name = '<i>grid</i>', consent = NO_CODE): Promise<void> {
  const grid = checkGrid({ schema: 'worldswitch-sweep/1', name, base: { model: 'qwen2.5-0.5b', prompt: 8, output: 2 }, axes: [{ axis: 'policy', values: policies }, { axis: 'seed', values: [0, 7] }] }, 'test')
  await runSweep(store, await planSweep(store, grid, 'test', consent), executor)
}

const packed = async (study: string, allowsCode = false): Promise<Uint8Array> => (await makeArtifact(store, study, 'x.zip', [], allowsCode)).bytes

/** Writes an archive's bytes and checks them. */
async function checked(bytes: Uint8Array, allowsCode = false): ReturnType<typeof checkArtifact> {
  const path = join(folder, 'checked.zip')
  await writeFile(path, bytes)
  return checkArtifact(path, executor, allowsCode, () => {})
}

/** The archive with a member changed, its manifest made to agree. */
function forged(bytes: Uint8Array, member: string, change: (text: string) => string): Uint8Array {
  const files = unzipSync(bytes)
  files[member] = strToU8(change(strFromU8(files[member]!)))
  const manifest = JSON.parse(strFromU8(files['manifest.json']!)) as { files: Record<string, string> }
  manifest.files[member] = digest(files[member])
  files['manifest.json'] = strToU8(JSON.stringify(manifest))
  return zipSync(files)
}

for (const study of ['ablation-optimized-strawman-flexserve', 'sensitivity-flexserve', 'break-even-flexserve', '<i>grid</i>'])
  test(`${study}: the archive is the same bytes each time, and all of it comes out again from nothing else`, async () => {
    const bytes = await packed(study)
    assert.is(digest(bytes), digest(await packed(study)))
    const found = await checked(bytes)
    assert.equal(found.differences, [])
    assert.ok(found.cells > 0 && found.sameCells === found.cells)
    assert.ok(found.reportFiles > 2 && found.sameFiles === found.reportFiles)
  })

test('what was changed is found: an outcome, a parameter, a table of the report', async () => {
  const bytes = await packed('<i>grid</i>')
  const outcome = await checked(forged(bytes, 'cells.jsonl', (text) => text.replace('"ttftNs":', '"ttftNs":1')))
  assert.is(outcome.sameCells, outcome.cells - 1)
  assert.match(outcome.differences.join(), /another outcome/)
  const parameter = await checked(forged(bytes, 'cells.jsonl', (text) => text.replace('"world.switchUs":20', '"world.switchUs":21')))
  assert.match(parameter.differences.join(), /its key here is/)
  const report = await checked(forged(bytes, 'report/i-grid-i-.csv', (text) => text.replace(/\d/, '9')))
  assert.equal(report.differences, ['report/i-grid-i-.csv: other bytes'])
  const version = await checked(forged(bytes, 'cells.jsonl', (text) => text.replace(/pipeline layered \d+/, 'pipeline layered 99')))
  assert.match(version.differences.join(), /made with pipeline layered 99, here is pipeline layered/)
})

test('an archive that is damaged, foreign or dangerous is refused with one line', async () => {
  const bytes = await packed('<i>grid</i>')
  const refuses = async (some: Uint8Array, message: RegExp): Promise<void> => {
    try {
      await checked(some)
    } catch (error) {
      assert.match((error as Error).message, message)
      assert.not.match((error as Error).message, /\n/)
      return
    }
    assert.unreachable(String(message))
  }
  await refuses(strToU8('hello'), /expected a ZIP archive/)
  await refuses(bytes.subarray(0, bytes.length / 2), /expected a ZIP archive/)
  await refuses(zipSync({ 'a.txt': strToU8('x') }), /expected a member of an archive/)
  await refuses(zipSync({ 'manifest.json': strToU8('{"schema":"other/1"}') }), /worldswitch-artifact\/1/)
  const files = unzipSync(bytes)
  await refuses(zipSync({ ...files, '../../evil.txt': strToU8('x') }), /evil\.txt: expected a member/)
  await refuses(zipSync({ ...files, 'report/more.html': strToU8('x') }), /a member that the manifest names/)
  await refuses(zipSync({ ...files, 'cells.jsonl': strToU8('{}') }), /cells\.jsonl: expected content with SHA-256/)
  const { 'cells.jsonl': _cells, ...fewer } = files
  await refuses(zipSync(fewer), /cells\.jsonl: expected a member/)
  await refuses(forged(bytes, 'cells.jsonl', () => '{"key":1}'), /cells\.jsonl:1: expected a cell/)
  await refuses(forged(bytes, 'cells.jsonl', (text) => text.replace('"reference":"flexserve"', '"reference":"/tmp/evil.mjs"')), /modules that are in the archive, found "\/tmp\/evil\.mjs"/)
  await refuses(forged(bytes, 'study.json', (text) => text.replace('"flexserve"', '"../evil.mjs?a=1"')), /modules that are in the archive/)
  await refuses(forged(bytes, 'cells.jsonl', (text) => text.replace('"id":"rk3588-nanopc-t6"', '"id":"../../../etc/passwd"')), /device\.id must match pattern/)
  await refuses(forged(bytes, 'study.json', (text) => text.replace(/"kind": ?"sweep"/, '"kind":"constructor"')), /study\.json\.kind: expected a study of this version/)
  const ablation = await packed('ablation-optimized-strawman-flexserve')
  await refuses(forged(ablation, 'study.json', (text) => text.replace(/"device": ?"[^"]*"/, '"device":"../../etc/passwd"')), /study\.json: spec\.device: /)
  await refuses(forged(ablation, 'study.json', (text) => text.replace(/"samples": ?2/, '"samples":1e300')), /study\.json: spec\.samples: /)
  await refuses(forged(ablation, 'study.json', (text) => text.replace(/"from":/, '"__proto__":{"x":1},"from":')), /study\.json: spec: /)
  const trace = Object.keys(files).find((path) => path.startsWith('traces/'))!
  await refuses(forged(bytes, trace, (text) => text.replace('"bytes":', '"bytes":1')), /expected content with hash/)
})

test('a policy’s module travels with the study, and runs elsewhere only where that was allowed', async () => {
  const module = join(folder, 'mine.mjs')
  await writeFile(module, "export default { id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', pipeline: 'serial', residency: 'release', scheduler: 'fifo', startup: 'resident' }\n")
  await sweep([module, 'flexserve'], 'own', consentTo([module]))
  await packed('own').then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /whose code would run here.*--allow-policy-code/))
  const bytes = await packed('own', true)
  await rm(module)
  try {
    await checked(bytes)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /--allow-policy-code/)
  }
  assert.equal((await checked(bytes, true)).differences, [])
  try {
    await packed('own', true)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /the module of a policy of this study/)
  }
})

/** An archive that names a module which leaves a file behind wherever it is evaluated; its manifest agrees with all of it. */
async function trapped(files: Record<string, Uint8Array>, place: string, reference: string, says: object = {}): Promise<{ bytes: Uint8Array; ran: () => boolean }> {
  const ran = join(folder, 'trap.ran')
  await rm(ran, { force: true })
  const trap = strToU8(`import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(ran)}, '')\nexport default { id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', pipeline: 'serial', residency: 'release', scheduler: 'fifo', startup: 'resident' }\n`)
  const at = place.replace('HASH', digest(trap).slice(0, 12))
  const named = reference.replace('HASH', digest(trap).slice(0, 12))
  const cells = strFromU8(files['cells.jsonl']!).split('\n').filter((line) => line !== '').map((line) => {
    const { order, outcome } = JSON.parse(line) as { order: CellOrder; outcome: unknown }
    if (order.policy.reference !== 'flexserve') return line
    const own = { ...order, policy: { ...order.policy, reference: named, id: `mine.mjs#${digest(trap).slice(0, 12)}`, mechanisms: ['pipeline serial 1'], ...says } }
    return JSON.stringify({ key: cellKey(own), order: own, outcome })
  })
  if (isAbsolute(at)) await writeFile(at, trap)
  const members: Record<string, Uint8Array> = { ...files, ...(isAbsolute(at) ? {} : { [at]: trap }), 'cells.jsonl': strToU8(`${cells.join('\n')}\n`) }
  const manifest = JSON.parse(strFromU8(files['manifest.json']!)) as { files: Record<string, string> }
  manifest.files = Object.fromEntries(Object.entries(members).flatMap(([path, content]) => (path === 'manifest.json' ? [] : [[path, digest(content)]])))
  return { bytes: zipSync({ ...members, 'manifest.json': strToU8(JSON.stringify(manifest)) }), ran: () => existsSync(ran) }
}

test('no code of an archive runs but a module in its place, named by its hash, that was allowed', async () => {
  const files = unzipSync(await packed('<i>grid</i>'))
  const outside = join(folder, 'mine.mjs')
  const inPlace = 'policies/HASH/mine.mjs'
  const traps: readonly (readonly [what: string, place: string, reference: string, says?: object])[] = [
    ['a module in report/', 'report/mine.mjs', 'report/mine.mjs'],
    ['a module in report/, as a file of the order', 'report/mine.mjs', 'report/mine.mjs', { file: 'report/mine.mjs' }],
    ['a module in report/ that ends otherwise too', 'report/mine.js', './report/mine.js?a=1'],
    ['a module of this machine', outside, outside],
    ['a module of this machine, as a file', outside, outside, { file: outside }],
    ['a way out of policies/', outside, `policies/../../${basename(folder)}/mine.mjs`],
    ['another hash', 'policies/0123456789ab/mine.mjs', 'policies/0123456789ab/mine.mjs', { file: 'policies/0123456789ab/mine.mjs' }],
    ['no file in the order', inPlace, inPlace],
    ['a file with a built-in reference', inPlace, 'flexserve', { file: inPlace }],
    ['a name of another hash', inPlace, inPlace, { id: 'mine.mjs#0123456789ab' }],
  ]
  for (const [what, place, reference, says] of traps)
    for (const allowsCode of [false, true]) {
      const { bytes, ran } = await trapped(files, place, reference, says)
      await checked(bytes, allowsCode).then(() => assert.unreachable(what), (error: unknown) => assert.ok(error instanceof BadInput || error instanceof UsageFault, `${what}: ${String(error)}`))
      assert.not.ok(ran(), what)
    }
})

test('a stored study that names a module is no consent: it may be another’s', async () => {
  const ran = join(folder, 'stored.ran')
  const module = join(folder, 'stored.mjs')
  await writeFile(module, `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(ran)}, '')\nexport default { id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', pipeline: 'serial', residency: 'release', scheduler: 'fifo', startup: 'resident' }\n`)
  for (const name of ['<i>grid</i>', 'ablation-optimized-strawman-flexserve', 'sensitivity-flexserve', 'break-even-flexserve']) {
    const { kind } = store.studies.find(name)
    const spec = JSON.parse(JSON.stringify(store.studies.spec(name)).replaceAll('"flexserve"', JSON.stringify(module))) as object
    await store.studies.put({ hash: digest(strToU8(kind)), name: `foreign ${kind}`, kind, spec, keys: store.studies.keys(name) })
    await packed(`foreign ${kind}`).then(() => assert.unreachable(kind), (error: Error) => assert.match(error.message, /whose code would run here|modules that are in the archive/))
    assert.not.ok(existsSync(ran), kind)
  }
})

test.run()
