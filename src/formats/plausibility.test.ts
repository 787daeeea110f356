import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { examineFile, fileSets, filesOf } from '../testing/plausibility-files.js'
import { importText } from '../testing/trace-source.js'
import type { LawId } from '../trace/plausibility-law.js'
import { exportChakra, exportChrome, exportTrace } from './index.js'

/** By file: the laws that it breaks, with the number of ops (0: it is about the whole), or that it is refused. All others
 *  break none. `npx tsx src/testing/plausibility-table.ts` prints what is found, in words. */
const expected: Readonly<Record<string, Partial<Record<LawId, number | 'refused'>>>> = {
  'shared/kineto/b200-eager.json.gz': { 'overlap-kept': 74 },
  'shared/kineto/vllm-prefilldecode-piecewise-mi300.json.gz': { 'overlap-kept': 1 },
  'shared/llmrs-profile/qwen2.5-1.5b-q4_0-s25-prefill456.log': { weights: 0 },
  'shared/nsys-sqlite/wan2.1-train-2xh100-before.sqlite': { 'overlap-kept': 1 },
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
  // Two kernels that share 2 of 10 µs, and an operator that says it moved 100 GB in 100 µs beside one that took ten times as long.
  const event = (cat: string, name: string, ts: number, dur: number, args: object): object => ({ ph: 'X', cat, name, pid: 0, tid: 7, ts, dur, args })
  const trace = await importText(
    JSON.stringify({
      schemaVersion: 1,
      traceEvents: [
        event('kernel', 'gemm_a', 0, 10, { device: 0, stream: 7, correlation: 1 }),
        event('kernel', 'gemm_b', 8, 10, { device: 0, stream: 7, correlation: 2 }),
        event('gpu_memcpy', 'Memcpy DtoD', 100, 100, { device: 0, stream: 7, correlation: 3, bytes: 1e11 }),
        event('kernel', 'gemm_c', 300, 1000, { device: 0, stream: 7, correlation: 4 }),
      ],
    }),
  )
  assert.equal(trace.header.doubts!.map(({ law, ops }) => [law, ops]), [['bytes-rate', 1], ['overlap-kept', 1]])
  const again = await importText([...exportTrace(trace)].join(''))
  assert.equal(again.header, trace.header)
  assert.is(again.hash, trace.hash)
})

plausible.run()
