import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { kinetoEvent as event, kinetoFile } from '../testing/trace-events.js'
import { fixture, importText, lawBroken } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { phases } from '../trace/words.js'

const steps = suite('kineto, whose step')

const kernel = (name: string, ts: number, dur: number, correlation: number, device = 0, stream = 7) =>
  event('kernel', name, ts, dur, { device, stream, correlation }, { pid: device, tid: stream })
const launch = (ts: number, correlation: number, pid = 1) => event('cuda_runtime', 'cudaLaunchKernel', ts, 2, { correlation }, { pid, tid: pid })
const note = (name: string, ts: number, dur: number, category = 'user_annotation') => event(category, name, ts, dur)
const operator = (name: string, ts: number, dur: number, dims: readonly (readonly number[])[], type = 'c10::BFloat16') =>
  event('cpu_op', name, ts, dur, { 'Input Dims': dims, 'Input type': dims.map((_, i) => (name === 'aten::embedding' && i === 1 ? 'long int' : type)) })
const mm = (ts: number, rows: number, correlation: number) => [operator('aten::mm', ts, 20, [[rows, 64], [64, 32]]), launch(ts + 5, correlation), kernel('gemm', ts + 1000, 10, correlation)]
const rowsOf = ({ ops, strings }: Trace) => Array.from(ops.name, (name, i) => [strings[name]!, phases[ops.phase[i]!]!, ops.request[i]!, ops.step[i]!, ops.durationNs[i]! / 1000] as const)

steps('kernels launched before the recording are no part of its step', async () => {
  const trace = await importText(fixture('kineto/tail-of-earlier-step.json'))
  assert.equal(rowsOf(trace), [['gemm_of_this_step', 'prefill', 0, 0, 500]])
  assert.is(trace.header.skipped['device work that was launched before the recording'], 2)
  // One later than the first launched may have lost its launch alone; a file without launches keeps all.
  const lost = await importText(kinetoFile([note('ProfilerStep#1', 0, 900), ...mm(10, 4, 1), kernel('lost', 1100, 5, 99)]))
  assert.is(lost.ops.length, 2)
  const bare = await importText(kinetoFile([note('ProfilerStep#1', 0, 900), kernel('a', 1, 5, 1), kernel('b', 10, 5, 2)]))
  assert.is(bare.ops.length, 2)
})

steps('what is launched ahead of the first annotated pass is of no phase', async () => {
  const trace = await importText(kinetoFile([launch(5, 9), kernel('warm up', 6, 1, 9), note('execute_context_1(4_4)_generation_0(0)', 10, 500), ...mm(20, 4, 1)]))
  assert.equal(rowsOf(trace).map(([name, phase]) => [name, phase]), [['warm up', 'other'], ['gemm', 'prefill']])
  assert.is(trace.header.ruleSets[trace.ops.rules[0]!]!['phase'], 'ahead-of-passes')
})

steps('a kernel over the next one of its stream ends where that begins; a short overlap is kept and told', async () => {
  const trace = await importText(fixture('kineto/kernel-overflows-next.json'))
  assert.equal(rowsOf(trace).map(([name, , , , us]) => [name, us]), [['gemm_a', 50], ['attn', 40], ['gemm_b', 60], ['gemm_c', 30]])
  assert.is(trace.header.skipped['end of device work that overlapped the next one of its stream by half or more: clipped'], 1)
  assert.is(trace.header.ruleSets[trace.ops.rules[1]!]!['durationNs'], 'next-of-its-stream')
  const kept = await importText(kinetoFile([kernel('a', 0, 50, 1), kernel('b', 45, 50, 2), kernel('elsewhere', 46, 500, 3, 0, 8)]))
  assert.equal([...kept.ops.durationNs], [50_000, 50_000, 500_000])
  assert.match(kept.header.provenance.note!, /1 GPU, 2 streams; 1 × device work that began shortly before/)
})

steps('an annotation within another, or copied to the device, is the same pass', async () => {
  const decode = 'execute_context_0(0)_generation_1(1_2)'
  const trace = await importText(
    kinetoFile([
      note('execute_context_1(8_8)_generation_0(0)', 0, 100),
      note('execute_context_1(8_8)_generation_0(0)', 10, 80),
      note('execute_context_1(8_8)_generation_0(0)', 1000, 50, 'gpu_user_annotation'),
      note(decode, 200, 100),
      note(decode, 205, 90),
      note(decode, 400, 100),
      ...[20, 210, 410].flatMap((ts, i) => [launch(ts, i), kernel(`k${i}`, ts + 1000, 5, i)]),
    ]),
  )
  assert.equal(rowsOf(trace).map(([, phase, request, step]) => [phase, request, step]), [['prefill', 0, 0], ['decode', 0, 1], ['decode', 0, 2]])
  assert.equal([trace.header.requests.length, trace.header.requests[0]!.promptTokens, trace.header.requests[0]!.outputTokens], [1, 8, 3])
})

steps('a batch is so many sequences of so many tokens, never one prompt of their sum', async () => {
  const told = async (name: string) => {
    const { header } = await importText(kinetoFile([note(name, 0, 100), launch(20, 1), kernel('k', 1000, 5, 1)]))
    return [header.requests[0]!.promptTokens, header.requests[0]!.batch, /generate/.test(header.provenance.note ?? '')]
  }
  assert.equal(await told('execute_context_8(sq1024sk1024sqsq131072sqsk131072)_generation_0(sq0sk0)'), [128, 8, false])
  assert.equal(await told('execute_1056_context_8(sq1024sk1024)_generation_32(sq32sk900)'), [128, 40, true])
  assert.equal(await told('execute_32_context_0(sq0sk0)_generation_32(sq32sk900)'), [0, 32, false])
  assert.equal(await told('step[EXTEND bs=4 toks=4096]'), [1024, 4, false])
  assert.equal(await told('step[DECODE bs=32]'), [0, 32, false])
  assert.equal(await told('step[EXTEND bs=1 toks=33]'), [33, undefined, false])
})

steps('without annotations the embedding tells batch and tokens of the rows of a matmul', async () => {
  const pass = (at: number, batch: number, tokens: number, id: number) => [
    operator('aten::embedding', at, 5, [[1000, 64], [batch, tokens]]),
    ...mm(at + 10, batch * tokens, id),
  ]
  const { header, ops } = await importText(kinetoFile([...pass(0, 4, 32, 1), ...pass(100, 4, 1, 2), ...pass(200, 4, 1, 3)]))
  assert.equal([...ops.phase].map((phase) => phases[phase]), ['prefill', 'decode', 'decode'])
  assert.equal(header.requests.map(({ promptTokens, outputTokens, batch }) => [promptTokens, outputTokens, batch]), [[32, 3, 4]])
})

steps('a text encoder beside a model of pictures tells no prompt', async () => {
  const phase = async (us: number) => {
    const { ops } = await importText(kinetoFile([note('ProfilerStep#1', 0, 900), operator('aten::embedding', 5, 2, [[1000, 64], [1, 77]]), ...mm(10, 77, 1), operator('aten::cudnn_convolution', 40, 20, [[2, 320, 64, 64], [320, 320, 3, 3]]), launch(45, 2), kernel('implicit_convolve_sgemm', 1100, us, 2)]))
    return phases[ops.phase[0]!]
  }
  assert.equal([await phase(50), await phase(200)], ['prefill', 'other'])
})

steps('training, recommenders and pictures have no prompt: each step is one of phase other', async () => {
  for (const told of [operator('MmBackward0', 60, 5, [[98304, 64]]), note('Optimizer.step#Adagrad.step', 60, 5), operator('aten::conv2d', 60, 5, [[1, 3, 8, 8], [4, 3, 3, 3]]), operator('aten::_embedding_bag', 60, 5, [[1000, 64], [98304]])]) {
    const { header, ops } = await importText(kinetoFile([note('ProfilerStep#7', 0, 90), ...mm(10, 98304, 1), told, note('ProfilerStep#8', 100, 90), ...mm(110, 98304, 2)]))
    assert.equal([...ops.phase].map((phase) => phases[phase]), ['other', 'other'])
    assert.equal([...ops.step], [0, 1])
    assert.equal(header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[0, 0]])
  }
})

steps('two recordings in one file are two requests, and each kernel has the launch of its own', async () => {
  const second = (events: readonly string[]) => events.map((text) => text.replace(/"ts": (\d+)/, (_, ts: string) => `"ts": ${Number(ts) + 5_000_000}`))
  const one = [...mm(10, 4, 1), ...mm(50, 4, 2), launch(90, 3), kernel('only here', 1095, 3, 3)]
  const plain = await importText(kinetoFile([...one, ...second(mm(10, 4, 1)), ...second(mm(50, 4, 2))]))
  assert.is(lawBroken(plain), undefined)
  assert.equal(rowsOf(plain).map(([, , request]) => request), [0, 0, 0, 1, 1])
  assert.match(plain.header.provenance.note!, /2 recordings, one behind the other/)
  const step = [note('ProfilerStep#0', 0, 200), ...mm(10, 1, 1)]
  const stepped = await importText(kinetoFile([...step, ...second(step)]))
  assert.equal(rowsOf(stepped).map(([, phase, request, at]) => [phase, request, at]), [['decode', 0, 1], ['decode', 1, 1]])
  const span = event('Trace', 'PyTorch Profiler (0)', 0, 2000, {}, { pid: 'Spans', tid: 'PyTorch Profiler' })
  const spans = await importText(kinetoFile([...mm(10, 4, 1), span, ...second([...mm(10, 4, 9), span])]))
  assert.equal(rowsOf(spans).map(([, , request]) => request), [0, 1])
  try {
    await importText(kinetoFile([...mm(10, 4, 1), span, ...mm(20, 4, 9), span.replace('"ts": 0', '"ts": 500')]))
    assert.unreachable('two recordings of one time')
  } catch (error) {
    assert.instance(error, BadInput)
    assert.match((error as Error).message, /2 spans of a profiler that overlap on one device/)
  }
})

steps('several devices and streams are told apart and counted', async () => {
  const trace = await importText(kinetoFile([kernel('a', 0, 10, 1), kernel('b', 0, 10, 2, 1), kernel('c', 5, 10, 3, 1, 9)]))
  assert.equal(trace.header.lanes, ['0/7', '1/7', '1/9'])
  assert.is(trace.header.provenance.note, '2 GPUs, 3 streams')
  assert.equal([...trace.ops.durationNs], [10_000, 10_000, 10_000])
})

steps.run()
