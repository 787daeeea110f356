import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { kinetoEvent as event, kinetoFile } from '../testing/trace-events.js'
import { kinetoText } from '../testing/trace-kineto-file.js'
import { importText, memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
import { fileSpools } from '../store/file-spool.js'
import type { Trace } from '../trace/trace.js'
import { opKinds, phases, processorNames } from '../trace/words.js'

const kineto = suite('kineto')

const gpu = { pid: 0, tid: 7 }
const kernel = (name: string, ts: number | string, dur: number | string, correlation: number, more: object = {}) =>
  event('kernel', name, ts, dur, { device: 0, stream: 7, correlation, ...more }, gpu)
const launch = (ts: number, correlation: number, name = 'cudaLaunchKernel') =>
  event('cuda_runtime', name, ts, 2, { correlation })
const mm = (ts: number, dur: number, id: number, rows: number, name = 'aten::mm') =>
  event('cpu_op', name, ts, dur, {
    'External id': id,
    'Input Dims': [
      [rows, 64],
      [64, 32],
    ],
    'Input type': ['c10::BFloat16', 'c10::BFloat16'],
  })
const names = ({ ops, strings }: Trace) => [...ops.name].map((name) => strings[name]!)
const types = ({ ops, strings }: Trace) => [...ops.type].map((type) => strings[type]!)
const rule = ({ ops, header }: Trace, i: number, field: string) => header.ruleSets[ops.rules[i]!]![field]
kineto('a kernel is named by the operator that its launch lies in, costs included', async () => {
  const trace = await importText(
    kinetoFile([
      event('cpu_op', 'aten::linear', 100, 50, { 'External id': 1 }),
      mm(110, 30, 2, 8),
      launch(120, 40),
      kernel('sgemm', '200.123', '5.5', 40, { 'External id': 99 }),
      launch(155, 41),
      kernel('copy_kernel', 210, 1, 41),
    ]),
  )
  assert.equal(types(trace), ['aten::mm', 'copy_kernel'])
  assert.equal(names(trace), ['sgemm', 'copy_kernel'])
  const { ops } = trace
  assert.equal([ops.startNs[0], ops.durationNs[0], ops.startNs[1]], [0, 5500, 9877])
  assert.equal(
    [ops.m[0], ops.n[0], ops.k[0], ops.flops[0], ops.bytes[0]],
    [8, 32, 64, 2 * 8 * 32 * 64, 2 * (8 * 64 + 64 * 32 + 8 * 32)],
  )
  assert.equal(
    [...ops.kind].map((kind) => opKinds[kind]),
    ['matmul', 'copy'],
  )
  assert.is(processorNames[ops.processor[0]!], 'gpu')
  assert.equal(trace.header.lanes, ['0/7'])
  assert.is(trace.header.device, 'Test GPU')
  assert.is(rule(trace, 0, 'type'), 'launch-containment')
  assert.equal(trace.header.skipped, { cpu_op: 2, cuda_runtime: 2 })
})

kineto('an External id counts only where that operator holds the launch', async () => {
  const events = (external: number) => [
    event('cpu_op', 'outer', 100, 50, { 'External id': 5 }),
    event('cpu_op', 'inner', 105, 20, { 'External id': 6 }),
    event('cpu_op', 'elsewhere', 300, 20, { 'External id': 7 }),
    launch(110, 40),
    kernel('k', 200, 1, 40, { 'External id': external }),
  ]
  const read = async (external: number) => {
    const trace = await importText(kinetoFile(events(external)))
    return [types(trace)[0], rule(trace, 0, 'type')]
  }
  assert.equal(await read(5), ['outer', 'external-id'])
  assert.equal(await read(6), ['inner', 'external-id'])
  assert.equal(await read(7), ['inner', 'launch-containment'])
})

kineto('the cost of an operator is counted once, on the kernel that does its work', async () => {
  const trace = await importText(
    kinetoFile([
      mm(100, 50, 1, 8),
      ...[1, 2, 3].flatMap((i) => [launch(100 + i * 10, i)]),
      kernel('void at::native::elementwise_kernel<4>(int)', 200, 1, 1),
      kernel('ampere_bf16_s16816gemm', 210, 1, 2),
      kernel('splitKreduce_kernel', 220, 1, 3),
    ]),
  )
  assert.equal([...trace.ops.flops], [0, 2 * 8 * 32 * 64, 0])
  assert.equal(
    [...trace.ops.kind].map((kind) => opKinds[kind]),
    ['elementwise', 'matmul', 'matmul'],
  )
})

kineto('kernels of a graph launch keep their own names', async () => {
  const trace = await importText(
    kinetoFile([
      event('cpu_op', 'aten::something', 90, 100),
      launch(100, 9, 'cudaGraphLaunch'),
      kernel('void a::rms_norm<float>(int)', 200, 2, 9),
      kernel('nvjet_gemm', 210, 2, 9),
      kernel('lost', 220, 2, 77),
    ]),
  )
  assert.equal(types(trace), ['a::rms_norm', 'nvjet_gemm', 'lost'])
  assert.equal(
    [...trace.ops.kind].map((kind) => opKinds[kind]),
    ['norm', 'matmul', 'other'],
  )
  assert.is(rule(trace, 0, 'type'), 'kernel-name')
})

kineto('copies and fills keep their bytes; streams stay able to overlap', async () => {
  const trace = await importText(
    kinetoFile([
      kernel('k', 10, 10, 1),
      event('gpu_memcpy', 'Memcpy HtoD', 12, 5, { device: 0, stream: 9, bytes: 100 }, { pid: 0, tid: 9 }),
      event('gpu_memset', 'Memset', 13, 1, { device: 0, stream: 9, bytes: 64 }, { pid: 0, tid: 9 }),
    ]),
  )
  assert.equal(types(trace), ['k', 'gpu_memcpy', 'gpu_memset'])
  assert.equal([...trace.ops.bytes], [0, 200, 64])
  assert.equal([...trace.ops.lane], [0, 1, 1])
  assert.equal(trace.header.lanes, ['0/7', '0/9'])
})

kineto('vLLM and SGLang annotations give phase and step, by the time of launch', async () => {
  const pass = (name: string, ts: number) => event('user_annotation', name, ts, 50)
  for (const [prefill, decode, rows, word] of [
    [
      'execute_12_context_1(sq12sk12sqsq144sqsk144)_generation_0(sq0sk0)',
      'execute_2_context_0(sq0)_generation_2(sq2)',
      12,
      'vllm-annotation',
    ],
    ['execute_context_1(888_788544)_generation_0(0)', 'execute_context_0(0)_generation_1(1_2)', 888, 'vllm-annotation'],
    ['step[EXTEND bs=1 toks=33]', 'step[DECODE bs=32]', 33, 'sglang-annotation'],
  ] as const) {
    const trace = await importText(
      kinetoFile([
        ...[0, 1, 2].flatMap((i) => [
          pass(i === 0 ? prefill : decode, i * 100),
          launch(i * 100 + 10, i),
          kernel(`k${i}`, 1000 + i, 1, i),
        ]),
        launch(270, 3),
        kernel('between', 1010, 1, 3),
        event('user_annotation', 'ProfilerStep#4', 0, 1000),
      ]),
    )
    assert.equal(
      [...trace.ops.phase].map((phase) => phases[phase]),
      ['prefill', 'decode', 'decode', 'decode'],
    )
    assert.equal([...trace.ops.step], [0, 1, 2, 2])
    assert.equal([trace.header.requests[0]!.promptTokens, trace.header.requests[0]!.outputTokens], [rows, 3])
    assert.is(rule(trace, 1, 'step'), word)
    assert.is(rule(trace, 3, 'step'), 'between-passes')
  }
})

kineto('an op that starts late, on another stream, counts to the step that has begun', async () => {
  const trace = await importText(
    kinetoFile([
      event('user_annotation', 'step[DECODE bs=1]', 0, 50),
      event('user_annotation', 'step[DECODE bs=1]', 100, 50),
      launch(10, 1),
      launch(110, 2),
      kernel('second', 200, 5, 2),
      kernel('late first', 202, 5, 1, { stream: 8 }),
    ]),
  )
  assert.equal([...trace.ops.step], [2, 2])
  assert.is(rule(trace, 1, 'step'), 'step-had-begun')
})

kineto('without annotations embeddings begin a pass, else the rows of the matmuls decide', async () => {
  const embedding = (ts: number, tokens: number) =>
    event('cpu_op', 'aten::embedding', ts, 5, {
      'Input Dims': [
        [100, 64],
        [1, tokens],
      ],
      'Input type': ['float', 'long int'],
    })
  const passes = [7, 1, 1].flatMap((rows, i) => [
    embedding(i * 100, rows),
    launch(i * 100 + 1, i * 2),
    kernel('embedding', 1000 + i * 10, 1, i * 2),
    mm(i * 100 + 20, 20, i, rows),
    launch(i * 100 + 25, i * 2 + 1),
    kernel('gemm', 1005 + i * 10, 1, i * 2 + 1),
  ])
  const trace = await importText(kinetoFile(passes))
  assert.equal([...trace.ops.step], [0, 0, 1, 1, 2, 2])
  assert.is(rule(trace, 0, 'step'), 'embedding-op')
  assert.is(trace.header.requests[0]!.promptTokens, 7)
  const phasesOf = async (rows: number) => {
    const { ops } = await importText(kinetoFile([mm(0, 20, 1, rows), launch(5, 1), kernel('gemm', 30, 1, 1)]))
    return phases[ops.phase[0]!]
  }
  assert.is(await phasesOf(9), 'prefill')
  assert.is(await phasesOf(1), 'decode')
  assert.is(phases[(await importText(kinetoFile([kernel('k', 1, 1, 1)]))).ops.phase[0]!], 'other')
})

kineto('without kernels the operators of the CPU are ops: a matmul is one with what it calls, what calls others keeps its own time', async () => {
  const trace = await importText(
    kinetoFile([
      event('cpu_op', 'aten::linear', 100, 100),
      event('cpu_op', 'aten::t', 101, 5),
      mm(110, 80, 3, 4),
      event('cpu_op', 'aten::resolve_conj', 115, 1),
      event('cpu_op', 'aten::relu', 300, 10),
      event('cpu_op', 'aten::relu', 310, 10),
      event('cpu_op', 'other thread', 105, 10, {}, { tid: 2 }),
    ]),
  )
  const rows = names(trace).map((name, i) => [name, opKinds[trace.ops.kind[i]!], trace.ops.startNs[i]! / 1000, trace.ops.durationNs[i]! / 1000])
  assert.equal(rows, [
    ['aten::linear', 'dispatch', 0, 1],
    ['aten::t', 'view', 1, 5],
    ['other thread', 'other', 5, 10],
    ['aten::linear', 'dispatch', 6, 4],
    ['aten::mm', 'matmul', 10, 80],
    ['aten::linear', 'dispatch', 90, 10],
    ['aten::relu', 'activation', 200, 10],
    ['aten::relu', 'activation', 210, 10],
  ])
  assert.equal(trace.header.lanes, ['thread 1', 'thread 2'])
  assert.is(processorNames[trace.ops.processor[0]!], 'cpu')
  assert.is(rule(trace, 0, 'kind'), 'own-time')
  assert.is(trace.header.provenance.note, '2 threads')
  assert.equal(trace.header.skipped, { 'cpu_op that calls others: its own time is kept': 1, 'cpu_op within another that is kept whole': 1 })
})

kineto('what is wrong is refused with its reason', async () => {
  const refused = async (text: string, message: RegExp, field?: string) => {
    try {
      await importText(text)
    } catch (error) {
      assert.instance(error, BadInput, String(error))
      assert.match((error as BadInput).message, message)
      if (field !== undefined) assert.is((error as BadInput).place.field, field)
      return
    }
    assert.unreachable(text)
  }
  const good = kernel('k', 1, 1, 1)
  await refused(kinetoFile([event('cuda_profiler_range', 'x', 1, 1), event('cpu_op', 'a', 1, 1)]), /CUPTI counters/)
  await refused(kinetoFile([event('python_function', 'x', 1, 1)]), /1 × python_function|no events/)
  await refused(
    kinetoFile([good, kernel('k', 2, '-0.001', 2)]),
    /byte \d+: dur: expected microseconds, 0 or more, found "-0.001"/,
    'dur',
  )
  await refused(kinetoFile([good, kernel('k', '"x"', 1, 2)]), /microseconds within 104 days/, 'ts')
  await refused(kinetoFile([good, kernel('k', 9e15, 1, 2)]), /within 104 days/, 'ts')
  await refused(kinetoFile([good]).slice(0, -30), /the end of the object|an event/)
  await refused(kinetoFile([good, good]).slice(0, -60), /the trace was cut off/)
  await refused(kinetoFile([kernel('n'.repeat(70_000), 1, 1, 1)]), /a name of at most/)
})

kineto('the content hash does not depend on chunks, spools or the name', async () => {
  const text = [...kinetoText(300_000, 3)].join('')
  const files = fileSpools({ bufferBytes: 4096 })
  try {
    const hashes = new Set<string>()
    for (const chunkBytes of [997, 1 << 14, 1 << 22])
      hashes.add((await traceFrom(memorySource(text, `n${chunkBytes}`, chunkBytes))).hash)
    hashes.add((await traceFrom(memorySource(text), { ...memoryTools, spool: files.spool })).hash)
    assert.is(hashes.size, 1)
  } finally {
    files.close()
  }
})

kineto.run()
