import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { detectFormat } from '../formats/index.js'
import { runtimeEntry } from '../record/runtime.js'
import { isUtf8, openSource } from '../store/file-source.js'
import { openStore } from '../store/store.js'
import { collectTrace } from '../trace/collect.js'
import { memorySpool } from '../trace/spool.js'
import type { Trace } from '../trace/trace.js'
import { kindIndex, phaseIndex } from '../trace/words.js'
import { recordTrace, type RecordTraceOptions } from './record-trace.js'

const traces = fileURLToPath(new URL('../../traces/', import.meta.url))

async function imported(path: string): Promise<Trace> {
  const { writer, finish } = collectTrace()
  const source = await openSource(path)
  return finish(await detectFormat(source).read!(source, writer, { spool: memorySpool, isUtf8 }))
}

/** What any recording must be, whichever machine made it. */
function holds({ header, ops }: Trace): void {
  const [request] = header.requests
  const [model] = header.models
  const { unprofiled } = header.provenance
  assert.is(header.requests.length, 1)
  assert.is(header.provenance.how, 'recorded')
  const steps = request!.outputTokens
  assert.equal(header.skipped, { 'Session event': steps }) // SequentialExecutor::Execute, one a run
  assert.is(unprofiled!.profiledStepNs.length, steps)
  assert.is(unprofiled!.unprofiledStepNs.length, steps)
  assert.ok([...unprofiled!.profiledStepNs, ...unprofiled!.unprofiledStepNs].every((ns) => Number.isSafeInteger(ns) && ns > 0))

  const perStep = new Uint32Array(steps)
  for (let i = 0; i < ops.length; i++) {
    perStep[ops.step[i]!]!++
    assert.is(ops.phase[i], ops.step[i] === 0 ? phaseIndex.prefill : phaseIndex.decode)
    if (ops.kind[i] !== kindIndex.matmul) continue
    assert.ok(ops.n[i]! > 0 && ops.k[i]! > 0 && ops.tensor[i]! >= 0)
    assert.is(ops.m[i], ops.step[i] === 0 && ops.layer[i]! >= 0 ? request!.promptTokens : 1)
    assert.is(ops.flops[i], 2 * ops.m[i]! * ops.n[i]! * ops.k[i]!)
    assert.ok(ops.bytes[i]! > header.tensors[ops.tensor[i]!]!.bytes)
  }
  // 13 operators a layer; embedding, final norm, last token, head.
  assert.equal([...perStep], Array.from({ length: steps }, () => model!.layers * 13 + 4))

  const bytesOfLayer = (layer: number) => header.tensors.reduce((sum, t) => sum + (t.layer === layer ? t.bytes : 0), 0)
  const layers = Array.from({ length: model!.layers }, (_, layer) => bytesOfLayer(layer))
  assert.ok(layers[0]! > 0 && layers.every((bytes) => bytes === layers[0]))
  assert.is(bytesOfLayer(-1) + layers.reduce((sum, bytes) => sum + bytes, 0) + bytesOfLayer(model!.layers), model!.weightBytes)
}

const recordings = suite('recordings in traces/')

for (const [file, leastOps] of [
  ['miniature-8x1024-p32-o10.trace.jsonl', 1000],
  ['qwen2.5-0.5b-p128-o160.trace.jsonl.gz', 50_000],
] as const)
  recordings(`${file}: imports, every layer has weights, every step its operators`, async () => {
    const trace = await imported(join(traces, file))
    assert.ok(trace.ops.length >= leastOps)
    holds(trace)
    const readme = await readFile(join(traces, 'README.md'), 'utf8')
    const row = `| \`${file}\` | ${trace.ops.length} | \`${trace.hash}\` |`
    assert.ok(readme.includes(row), `traces/README.md lacks ${row}`)
    assert.ok(readme.includes(trace.header.provenance.command!))
  })

const recorder = suite('record')
const folder = await mkdtemp(join(tmpdir(), 'worldswitch-record-trace-'))
recorder.after(() => rm(folder, { recursive: true }))
const runtimeFolder = process.env['WORLDSWITCH_ONNXRUNTIME']
const options: RecordTraceOptions = {
  request: { layers: 2, hidden: 64, heads: 4, kvHeads: 2, ffn: 96, vocab: 100 },
  promptTokens: 5,
  outputTokens: 3,
  threads: 1,
  rounds: 1,
  seed: 7,
  runtimeFolder,
  dbPath: join(folder, 'store.db'),
  onProgress: () => {},
}

recorder('without the runtime: how to install it, and no store is made', async () => {
  const db = join(folder, 'none.db')
  try {
    await recordTrace({ ...options, runtimeFolder: folder, dbPath: db })
    assert.unreachable()
  } catch (error) {
    assert.ok(error instanceof UsageFault && error.message.includes('npm install onnxruntime-node@'), String(error))
  }
  assert.not(existsSync(db))
})

recorder('a file that cannot be written is refused before anything runs', async () => {
  for (const out of [folder, join(folder, 'missing', 'x.trace.jsonl')])
    try {
      await recordTrace({ ...options, out, runtimeFolder: folder })
      assert.unreachable()
    } catch (error) {
      assert.ok(error instanceof UsageFault && error.message.includes('folder;'), String(error))
    }
})

if (runtimeEntry(runtimeFolder, process.cwd()) === undefined)
  console.log('skipped: a real recording (no onnxruntime-node found; name its folder in WORLDSWITCH_ONNXRUNTIME)')
else
  recorder('a real run: stored, exported, the same when imported again, and no file left behind', async () => {
    const before = await readdir(tmpdir())
    const out = join(folder, 'mini.trace.jsonl.gz')
    const keepProfile = join(folder, 'kept')
    const recorded = await recordTrace({ ...options, out, keepProfile })
    const store = openStore(options.dbPath)
    const trace = store.load(recorded.name)
    store.close()
    holds(trace)
    assert.is(trace.hash, recorded.hash)
    assert.is(recorded.ops, 3 * (2 * 13 + 4))
    assert.is((await imported(out)).hash, recorded.hash)
    assert.equal((await readdir(keepProfile)).sort(), ['graph.json', 'profile.json'])
    const left = (await readdir(tmpdir())).filter((name) => !before.includes(name))
    const ours = (name: string) => /^worldswitch-work-\d/.test(name) || name === `mat-debug-${process.pid}.log`
    assert.equal(left.filter(ours), [])
  })

recordings.run()
recorder.run()
