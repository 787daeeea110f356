import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { examineFile, fileSets, filesOf } from '../testing/plausibility-files.js'
import { fixture, importText } from '../testing/trace-source.js'
import type { LawId } from '../trace/plausibility-law.js'
import { exportChakra, exportChrome, exportTrace } from './index.js'

/** By file: the laws that it breaks, with the number of ops (0: it is about the whole), or that it is refused. All others
 *  break none. `npx tsx src/testing/plausibility-table.ts` prints what is found, in words. */
const expected: Readonly<Record<string, Partial<Record<LawId, number | 'refused'>>>> = {
  'shared/kineto/b200-eager.json.gz': { 'bytes-rate': 37, 'overlap-kept': 74 },
  'shared/kineto/hta-cpu-only.json.gz': { 'bytes-rate': 36 },
  'shared/kineto/vllm-decode-full-graph-mi300.json.gz': { batch: 0 },
  'shared/kineto/vllm-prefilldecode-piecewise-mi300.json.gz': { 'bytes-rate': 24, 'overlap-kept': 1 },
  'shared/llmrs-profile/llama3.2-1b-orin-cuda-per-op.log': { weights: 0 },
  'shared/llmrs-profile/qwen2.5-1.5b-q4_0-s25-prefill456.log': { 'other-share': 140, weights: 0 },
  'shared/nsys-sqlite/wan2.1-train-2xh100-before.sqlite': { 'overlap-kept': 1 },
  'cases/r28-kineto-kernel-overflows-next.json': { 'stream-overlap': 'refused' },
  'cases/r29-ggml-opencl-cl_trace.json': { 'stream-overlap': 'refused' },
  'fixtures/llmrs-profile/log.log': { 'other-share': 18, weights: 0 },
}

const plausible = suite('plausibility of recordings')

for (const set of fileSets) {
  const files = filesOf(set)
  if (files === undefined) {
    console.log(`skipped: the recordings of ${set} are not here`)
    continue
  }
  plausible(`${set}: every file that is expected to break a law is there`, () => {
    assert.equal(Object.keys(expected).filter((file) => file.startsWith(`${set}/`) && !files.includes(file.slice(set.length + 1))), [])
  })
  for (const file of files)
    plausible(`${set}/${file}`, async () => {
      const { doubts, not } = await examineFile(set, file)
      if (not === 'needs trace-cmd') console.log(`skipped: ${file} ${not}`)
      else assert.equal(Object.fromEntries(doubts.map(({ law, ops, isRefused }) => [law, isRefused ? 'refused' : ops])), expected[`${set}/${file}`] ?? {})
    })
}

/** Ops of the interchange that break a law each, and hold little of the time. */
const doubtful = [
  { schema: 'worldswitch-trace/1', name: 'd', device: 'b', provenance: { how: 'imported', tool: 't' }, lanes: ['a'], models: [], tensors: [], requests: [{ id: 'r', model: -1, arrivalNs: 0, promptTokens: 4, outputTokens: 1 }], dependencies: 'program-order', ruleSets: [{}, { bytes: 'dims', kind: 'op-name' }], skipped: {} },
  { kind: 'matmul', phase: 'prefill', startNs: 0, durationNs: 900_001, m: 4, bytes: 12_000, rules: 1 },
  { kind: 'copy', phase: 'prefill', startNs: 900_001, durationNs: 1_000, bytes: 60_000_000_000, rules: 1 },
  { kind: 'view', phase: 'prefill', startNs: 901_001, durationNs: 100, bytes: 5, rules: 1 },
  { kind: 'norm', phase: 'decode', startNs: 901_101, durationNs: 7 },
]
const text = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

plausible('what was corrected stays said: export and import give the same trace and the same doubts, in every form', async () => {
  const trace = await importText(text(doubtful))
  assert.equal(trace.header.doubts!.map(({ law, ops, ns }) => [law, ops, ns]), [['bytes-rate', 1, 1_000], ['view-moves', 1, 100], ['step-phase', 1, 7]])
  assert.equal([...trace.ops.bytes], [12_000, 0, 0, 0])
  assert.equal(Array.from(trace.ops.rules, (rules) => trace.header.ruleSets[rules]), [{ bytes: 'dims', kind: 'op-name' }, { kind: 'op-name' }, { kind: 'op-name' }, {}])
  for (const again of [[...exportTrace(trace)].join(''), [...exportChrome(trace)].join(''), Buffer.concat([...exportChakra(trace)])]) {
    const second = await importText(again)
    assert.equal(second.header.doubts, trace.header.doubts)
    assert.is(second.hash, trace.hash)
  }
})

plausible('an imported recording with doubts comes back the same too', async () => {
  const trace = await importText(fixture('llmrs-profile/log.log'))
  assert.ok(trace.header.doubts!.length > 0)
  const again = await importText([...exportTrace(trace)].join(''))
  assert.equal(again.header, trace.header)
  assert.is(again.hash, trace.hash)
})

plausible.run()
