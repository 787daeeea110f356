import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importText, lawBroken, memorySource, sharedTrace, traceFrom } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { phases } from '../trace/words.js'

const kineto = suite('kineto, recorded')

const names = ({ ops, strings }: Trace) => [...ops.name].map((name) => strings[name]!)
const sumNs = ({ ops }: Trace, isCounted: (i: number) => boolean = () => true) =>
  [...ops.durationNs].reduce((sum, ns, i) => sum + (isCounted(i) ? ns : 0), 0)

/** kernels, sum of kernel µs, other device work, of the provenance; and what they must be named by. */
const recorded = [
  ['vllm-prefilldecode-piecewise-mi300', 413, '156008.506', 10, 'prefill'],
  ['vllm-decode-full-graph-mi300', 425, '10674.517', 9, 'decode'],
  ['b200-eager', 768, '10862.916', 161, 'prefill'],
  ['hta-simple-add-a100', 79, '10728', 16 + 3, 'other'],
  ['hta-sampled-rank0', 1154, '606519', 50, 'prefill'],
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

kineto('hta-cpu-only: every operator without others inside is there', async () => {
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
  assert.is(trace.ops.length + trace.header.skipped['cpu_op around others, or within a matmul']!, 2424)
  const count = (name: string) => names(trace).filter((one) => one === name).length
  assert.is(count('aten::addmm'), cpuOps.filter(({ name }) => name === 'aten::addmm').length)
  assert.is(count('aten::to'), 35)
})

kineto.run()
