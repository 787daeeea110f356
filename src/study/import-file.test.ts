import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../base/errors.js'
import { modelOf } from '../model/models.js'
import { quantisationOf } from '../model/quantisation.js'
import { openStore, type Store } from '../store/store.js'
import { sampleTrace } from '../testing/sample-trace.js'
import { kinetoText } from '../testing/trace-kineto-file.js'
import { GRAPH_SCHEMA } from '../trace/graph-facts.js'
import { readGraphFacts } from './graph-file.js'
import { importFile, resolveTrace } from './import-file.js'
import { writeTraceFile } from './trace-file.js'
import { traceSummary } from './trace-summary.js'

const files = suite<{ folder: string; store: Store; path: string }>('import of files')
const trace = sampleTrace({ ops: 2000, name: 'sampled' })
files.before.each(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'worldswitch-import-test-'))
  context.store = openStore(join(context.folder, 'a.db'))
  context.path = join(context.folder, 'file.trace.jsonl.gz')
  await writeTraceFile(trace, context.path)
})
files.after.each(({ folder, store }) => {
  store.close()
  rmSync(folder, { recursive: true })
})
const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as Error,
  )

files('export and import are the identity, and say what was found', async ({ store, path }) => {
  const seen: number[] = []
  const imported = await importFile(store, path, { onProgress: (readBytes, fileBytes) => seen.push(readBytes / fileBytes) })
  assert.is(imported.hash, trace.hash)
  assert.is(imported.name, 'sampled')
  assert.is(imported.format, 'worldswitch-trace')
  assert.equal(imported.skipped, { 'event M': 3 })
  assert.equal(
    imported.inferred.map(({ field, rule }) => `${field}: ${rule}`),
    ['bytes: shape', 'phase: sequence-length'],
  )
  assert.is(seen.at(-1), 1)
  assert.is((await importFile(store, path, { name: 'other' })).existed, true)
  assert.is(store.list().length, 1)
})

files('an option that the format would not look at is refused, not ignored', async ({ store, path, folder }) => {
  const model = modelOf('qwen2.5-0.5b')
  const kineto = join(folder, 'kineto.json')
  writeFileSync(kineto, [...kinetoText(1)].join(''))
  const refused: readonly [string, Parameters<typeof importFile>[2], RegExp][] = [
    [path, { model }, /--model is of no use with .* \(worldswitch-trace\)/],
    [path, { quant: quantisationOf('int8') }, /--quant is of no use with .* \(worldswitch-trace\)/],
    [kineto, { mapping: {} as never }, /--map is of no use with .* \(kineto\)/],
  ]
  for (const [file, options, message] of refused) {
    const fault = await faultOf(importFile(store, file, options))
    assert.instance(fault, UsageFault)
    assert.match(fault!.message, message)
  }
  assert.is(store.list().length, 0)
})

files('a TRACE is a name, a prefix of its hash, or a file', async ({ store, path, folder }) => {
  assert.is((await resolveTrace(store, path)).hash, trace.hash)
  assert.is((await resolveTrace(store, 'sampled')).hash, trace.hash)
  assert.is((await resolveTrace(store, trace.hash.slice(0, 6))).hash, trace.hash)
  assert.match((await faultOf(resolveTrace(store, 'sampledd')))!.message, /did you mean "sampled"\?/)
  const missing = await faultOf(resolveTrace(store, join(folder, 'none.json')))
  assert.instance(missing, UsageFault)
  assert.match(missing!.message, /no such file/)
  for (const odd of ['', 'a\0b', 'x'.repeat(5000)]) assert.instance(await faultOf(resolveTrace(store, odd)), UsageFault)
  assert.instance(await faultOf(resolveTrace(store, folder)), BadInput)
})

files('bad input leaves the store as it was', async ({ store, path, folder }) => {
  await importFile(store, path, { name: 'kept' })
  const good = gunzipSync(readFileSync(path))
  const lines = good.toString().split('\n')
  const negative = [lines[0], lines[1], lines[2]!.replace(/"durationNs":\d+/, '"durationNs":-5'), ...lines.slice(3)].join('\n')
  const invalid = Buffer.from(good)
  invalid[good.length >> 1] = 0xff
  for (const [name, bytes] of [
    ['empty', ''],
    ['cut', readFileSync(path).subarray(0, 5000)],
    ['damaged', gzipSync(good).fill(0x55, 3000, 3100)],
    ['half', good.subarray(0, good.length - 20)],
    ['negative', negative],
    ['invalid', invalid],
    ['long', `{"schema":"worldswitch-trace/1","x":"${'y'.repeat(10_000_000)}"}`],
    ['text', 'hello\n'],
    ['picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0])],
  ] as const) {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    const fault = await faultOf(importFile(store, file))
    assert.instance(fault, BadInput, `${name}: ${fault?.message}`)
    assert.is((fault as BadInput).place.file, file, name)
    assert.not.match(fault!.message, '\n')
    assert.equal(
      store.list().map((entry) => entry.name),
      ['kept'],
      name,
    )
  }
  assert.is(store.load('kept').hash, trace.hash)
})

files('the summary counts what the trace holds', async ({ store, path }) => {
  await importFile(store, path)
  const summary = traceSummary(store, 'sampled')
  assert.is(
    summary.requests.reduce((sum, { ops }) => sum + ops, 0),
    2000,
  )
  assert.is(summary.dependencyCount, trace.after.to.length)
  for (const rows of Object.values(summary.groups)) {
    assert.is(
      rows.reduce((sum, { ops }) => sum + ops, 0),
      2000,
    )
    assert.is(
      rows.reduce((sum, { durationNs }) => sum + durationNs, 0),
      summary.durationNs,
    )
  }
})

files('a sidecar that is none is refused by field', async ({ folder }) => {
  const path = join(folder, 'graph.json')
  const sound = {
    schema: GRAPH_SCHEMA,
    device: 'here',
    provenance: { how: 'recorded', tool: 't' },
    models: [{ id: 'm', layers: 1, weightBytes: 8, quant: 'w4' }],
    tensors: [{ name: 'w', model: 0, role: 'weight', layer: 0, bytes: 8 }],
    requests: [],
    nodes: { a: { tensor: 0, kind: 'matmul', k: 4 } },
  }
  writeFileSync(path, JSON.stringify(sound))
  assert.equal(await readGraphFacts(path), sound)
  for (const [change, field] of [
    [{ schema: 'x' }, 'schema'],
    [{ device: 1 }, 'device'],
    [{ models: {} }, 'models'],
    [{ models: [{ id: 'm' }] }, 'models[0].layers'],
    [{ tensors: [null] }, 'tensors[0].name'],
    [{ nodes: { a: { tensor: 1 } } }, 'nodes.a.tensor'],
    [{ nodes: { a: { kind: '</script>' } } }, 'nodes.a.kind'],
    [{ nodes: null }, 'nodes'],
  ] as const) {
    writeFileSync(path, JSON.stringify({ ...sound, ...change }))
    const fault = (await faultOf(readGraphFacts(path))) as BadInput
    assert.instance(fault, BadInput, field)
    assert.is(fault.place.field, field)
  }
  writeFileSync(path, '{')
  assert.instance(await faultOf(readGraphFacts(path)), BadInput)
})

files.run()
