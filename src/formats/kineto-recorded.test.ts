import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importText, lawBroken, memorySource, sharedTrace, traceFrom } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { kindIndex, movesNothing, phases } from '../trace/words.js'

const kineto = suite('kineto, recorded')

const sumNs = ({ ops }: Trace, isCounted: (i: number) => boolean = () => true) =>
  [...ops.durationNs].reduce((sum, ns, i) => sum + (isCounted(i) ? ns : 0), 0)

/** kernels, sum of kernel µs, other device work, of the provenance; and what they must be named by. */
const recorded = [
  ['vllm-prefilldecode-piecewise-mi300', 413, '156008.506', 10, 'prefill'],
  ['vllm-decode-full-graph-mi300', 425, '10674.517', 9, 'decode'],
  ['b200-eager', 768, '10862.916', 161, 'prefill'],
  ['hta-simple-add-a100', 79, '10728', 16 + 3, 'other'],
  ['hta-sampled-rank0', 1154, '606519', 50, 'other'], // a step of training
  ['param-linear-kineto', 8716, '369343', 1640, 'other'],
] as const
for (const [name, kernels, sumUs, others, phase] of recorded)
  kineto(`${name}: the facts of its provenance`, async () => {
    const bytes = sharedTrace(`kineto/${name}.json.gz`)
    if (bytes === undefined) return
    const trace = await importText(bytes)
    const isKernel = (i: number) => !/^Mem(cpy|set) /.test(trace.strings[trace.ops.name[i]!]!)
    assert.is(trace.ops.length, kernels + others)
    assert.is([...trace.ops.name.keys()].filter(isKernel).length, kernels)
    assert.is(sumNs(trace, isKernel), Number((Number(sumUs) * 1000).toFixed(0)))
    assert.is(phases[trace.ops.phase[0]!], phase)
    assert.is(lawBroken(trace), undefined)
    assert.is((await traceFrom(memorySource(bytes, 'other', 777))).hash, trace.hash)
  })

kineto('hta-cpu-only: all of the time in which an operator is open is there, once', async () => {
  const bytes = sharedTrace('kineto/hta-cpu-only.json.gz')
  if (bytes === undefined) return
  const trace = await importText(bytes)
  const all = (
    JSON.parse(new TextDecoder().decode(bytes)) as {
      traceEvents: { cat: string; name: string; ts: number; dur: number; tid: number }[]
    }
  ).traceEvents
  const cpuOps = all.filter(({ cat }) => cat === 'cpu_op')
  assert.is(cpuOps.length, 2424)
  assert.is(
    cpuOps.reduce((sum, { dur }) => sum + dur, 0),
    57_220,
  )
  // One thread, whole microseconds: count those in which any operator is open.
  const open = new Set(cpuOps.flatMap(({ ts, dur }) => Array.from({ length: dur }, (_, us) => ts + us)))
  assert.is(sumNs(trace), open.size * 1000)
  const ownTime = (i: number) => trace.header.ruleSets[trace.ops.rules[i]!]!['kind'] === 'own-time'
  const wholes = [...trace.ops.name.keys()].filter((i) => !ownTime(i))
  const reasons = ['cpu_op within another that is kept whole', 'cpu_op that calls others: its own time is kept', 'cpu_op without time of its own']
  assert.is(wholes.length + reasons.reduce((sum, reason) => sum + trace.header.skipped[reason]!, 0), cpuOps.length)
  const count = (name: string) => wholes.filter((i) => trace.strings[trace.ops.name[i]!] === name).length
  const inFile = (name: string) => cpuOps.filter((one) => one.name === name).length
  assert.is(count('aten::addmm'), inFile('aten::addmm'))
  const norms = [...trace.ops.kind.keys()].filter((i) => trace.ops.kind[i] === kindIndex.norm)
  assert.is(norms.length, inFile('aten::native_layer_norm'))
  assert.ok(norms.every((i) => trace.ops.bytes[i]! > 0))
  // Views and own time move nothing; 27 GB were told of views alone before.
  for (const [i, kind] of trace.ops.kind.entries()) if (movesNothing(kind)) assert.equal([trace.ops.flops[i], trace.ops.bytes[i]], [0, 0])
  assert.ok(trace.ops.bytes.reduce((sum, one) => sum + one, 0) < 8e9)
  assert.is(trace.header.requests[0]!.promptTokens, 0)
})

kineto('b200-eager: a write into the cache moves its new rows, in and out', async () => {
  const bytes = sharedTrace('kineto/b200-eager.json.gz')
  if (bytes === undefined) return
  const { ops, strings } = await importText(bytes)
  const writes = [...ops.type.keys()].filter((i) => /reshape_and_cache/.test(strings[ops.type[i]!]!))
  assert.is(writes.length, 36)
  // 888 tokens, one head of 64 in 16 bits, key and value.
  assert.ok(writes.every((i) => ops.bytes[i] === 2 * 2 * 888 * 64 * 2 && ops.flops[i] === 0 && ops.kind[i] === kindIndex.copy))
  const fast = [...ops.bytes.keys()].filter((i) => ops.bytes[i]! > 50_000 * ops.durationNs[i]! || ops.flops[i]! > 20e6 * ops.durationNs[i]!)
  assert.equal(fast, [])
})

kineto('a batch is told as one: tokens of one sequence, and how many there are', async () => {
  for (const [name, promptTokens, batch] of [
    ['vllm-prefilldecode-piecewise-mi300', Math.round(8155 / 9), 9 + 37],
    ['vllm-decode-full-graph-mi300', 0, 32],
    ['b200-eager', 888, undefined],
  ] as const) {
    const bytes = sharedTrace(`kineto/${name}.json.gz`)
    if (bytes === undefined) return
    const { header } = await importText(bytes)
    assert.equal(header.requests.map((one) => [one.promptTokens, one.batch]), [[promptTokens, batch]])
    assert.is(/prompts and of sequences that generate/.test(header.provenance.note ?? ''), name.includes('prefilldecode'))
  }
})

kineto.run()
