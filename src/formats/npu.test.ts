import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fixture, importText, lawBroken, sharedTrace } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { dataTypes, opKinds, phases, processorNames } from '../trace/words.js'

const npu = suite('profiles of NPU and mobile runtimes')
const rowsOf = ({ ops, strings }: Trace) =>
  Array.from(ops.kind, (kind, i) => [opKinds[kind]!, strings[ops.type[i]!]!, strings[ops.name[i]!]!, phases[ops.phase[i]!]!, processorNames[ops.processor[i]!]!, ops.durationNs[i]!] as const)
const rulesOf = ({ ops, header }: Trace, i: number) => header.ruleSets[ops.rules[i]!]!

async function refused(text: string | Uint8Array, message: RegExp): Promise<void> {
  try {
    await importText(text)
  } catch (error) {
    assert.instance(error, BadInput)
    return assert.match((error as Error).message, message)
  }
  assert.unreachable('it was read')
}

npu('rknn: rows are read from both ends, whatever the width of their cells; the ranking is not added', async () => {
  const trace = await importText(fixture('rknn-perf/layers.txt'))
  assert.is(lawBroken(trace), undefined)
  assert.equal(rowsOf(trace).map(([kind, type, name, , processor, ns]) => [kind, type, name, processor, ns]), [
    ['copy', 'InputOperator', 'InputOperator:x', 'cpu', 5000],
    ['matmul', 'ConvRelu', 'ConvRelu 2', 'npu', 40_000],
    ['norm', 'cstLayerNormalization_with_a_long_name', 'LN:/model/layers.2/norm', 'cpu', 7000],
    ['matmul', 'exMatMul', 'MatMul:/model/layers.2/q_proj#1', 'npu', 9000],
  ])
  assert.equal([trace.ops.m[1], trace.ops.n[1], trace.ops.k[1], trace.ops.flops[1], trace.ops.bytes[1]], [64, 16, 27, 2 * 64 * 16 * 27, 3 * 1024])
  assert.equal([trace.ops.m[3], trace.ops.n[3], trace.ops.k[3], trace.ops.layer[3]], [4, 32, 64, 2])
  assert.equal(trace.header.skipped, { 'row of the ranking table (a summary of the layers)': 1 })
})

npu('rknn: older columns, CSV, a ranking alone, the last of several tables', async () => {
  assert.equal(rowsOf(await importText(fixture('rknn-perf/older.txt'))).map(([, , name, , , ns]) => [name, ns]), [['Conv:a', 40_000], ['Reshape:b', 2000]])
  const csv = await importText(fixture('rknn-perf/layers.csv'))
  assert.equal([csv.ops.durationNs[0], csv.ops.bytes[0], csv.ops.n[0]], [40_000, 3072, 16])
  const ranking = await importText(fixture('rknn-perf/ranking.txt'))
  assert.equal(rowsOf(ranking).map(([, type, , , processor, ns]) => [type, processor, ns]), [
    ['ConvRelu', 'npu', 3334],
    ['ConvRelu', 'npu', 3333],
    ['ConvRelu', 'npu', 3333],
    ['OutputOperator', 'cpu', 1000],
  ])
  const twice = await importText(fixture('rknn-perf/older.txt') + fixture('rknn-perf/older.txt'))
  assert.equal([twice.ops.length, twice.header.skipped], [2, { 'layer of another table (a compiler pass, an earlier frame)': 2 }])
  await refused(fixture('rknn-perf/compiler.log'), /Time\(us\): expected a table with times.*eval_perf/)
  const measuredFirst = await importText(fixture('rknn-perf/older.txt') + fixture('rknn-perf/compiler.log'))
  assert.equal([measuredFirst.ops.length, measuredFirst.ops.durationNs[0]], [2, 40_000])
})

npu('rknn: columns of task counts stand before RW; the older ranking has no GPU and no percent sign; a table of a page', async () => {
  const text = fixture('rknn-perf/tasks.txt')
  const tasks = await importText(text)
  assert.equal(rowsOf(tasks).map(([, , name, , , ns]) => [name, ns]), [['InputOperator:x', 7000], ['ConvRelu 2', 40_000], ['77', 13_000]])
  assert.equal(Array.from(tasks.ops.bytes), [1280, 2560, 3072])
  assert.equal(tasks.header.skipped, { 'row of the ranking table (a summary of the layers)': 3 })
  assert.match(tasks.header.provenance.note!, /50 cycles in all$/)
  const ranking = text.slice(text.indexOf('Operator Time-Consuming'))
  for (const twice of [ranking, ranking + ranking]) {
    assert.equal(rowsOf(await importText(twice)).map(([, type, , , processor, ns]) => [type, processor, ns]), [
      ['ConvRelu', 'npu', 40_000],
      ['Conv', 'npu', 13_000],
      ['Transpose', 'cpu', 2500],
      ['Transpose', 'cpu', 2500],
      ['Transpose', 'npu', 2000],
    ])
  }
  const page = await importText(fixture('rknn-perf/page.md'))
  assert.equal(rowsOf(page).map(([, , name, , processor, ns]) => [name, processor, ns]), [['Conv:a', 'npu', 40_000], ['OutputOperator:y', 'cpu', 2000]])
  assert.equal(Array.from(page.ops.bytes), [3072, 1024])
  const differing = await importText(text.replace('Time(us): 60', 'Time(us): 61'))
  assert.is(differing.header.skipped['table whose layers do not add up to its printed total'], 1)
})

npu('qnn: cycles become time by the root rows of their inference; transport is what RPC adds', async () => {
  const trace = await importText(fixture('qnn-profile/viewer.csv'))
  assert.equal(rowsOf(trace).map(([, type, , phase, processor, ns]) => [type, phase, processor, ns]), [
    ['finalize', 'load', 'cpu', 5_000_000],
    ['q_proj_matmul', 'other', 'npu', 150_000],
    ['relu, fused', 'other', 'npu', 0],
    ['transport', 'other', 'cpu', 100_000],
    ['q_proj_matmul', 'other', 'npu', 50_000],
  ])
  assert.is(rulesOf(trace, 1)['durationNs'], 'cycles-by-root-time')
  assert.equal(Array.from(trace.ops.step), [0, 0, 0, 0, 1])
  assert.equal(trace.header.skipped, { 'row that is cut': 1 })
})

npu('qnn: a clock that comes later counts for what was before it; without ops an inference is one op', async () => {
  const provider = await importText(fixture('qnn-profile/provider.csv'))
  assert.equal(rowsOf(provider).map(([kind, , name, , , ns]) => [kind, name, ns]), [
    ['matmul', '/model/layers.2/mlp/MatMul', 150],
    ['matmul', '/model/layers.2/mlp/MatMul', 250],
  ])
  assert.equal([rulesOf(provider, 0)['durationNs'], rulesOf(provider, 1)['durationNs']], ['cycles-by-another-root-time', 'cycles-by-root-time'])
  assert.equal(Array.from(provider.ops.step), [0, 1])
  const basic = await importText(fixture('qnn-profile/basic.csv'))
  assert.equal(rowsOf(basic).map(([, type, , , processor, ns]) => [type, processor, ns]), [
    ['execute', 'npu', 700_000],
    ['transport', 'cpu', 100_000],
    ['execute', 'npu', 600_000],
    ['transport', 'cpu', 350_000],
  ])
  const unclocked = fixture('qnn-profile/provider.csv').replace(/^.*1,US.*$/m, '')
  await refused(unclocked, /^test:3: Time: expected a time, found "300 cycles"; give the clock, `import FILE --clock 1\.2GHz`$/)
  const given = await importText(unclocked, { clockHz: 1.2e9 })
  assert.equal([[...given.ops.durationNs], rulesOf(given, 0)['durationNs']], [[250, 417], 'clock-given'])
  assert.is((await importText(fixture('qnn-profile/provider.csv'), { clockHz: 1.2e9 })).hash, provider.hash, 'the file’s own clock counts')
})

npu('qnn: nested meters of a log are one op and what goes around it', async () => {
  const trace = await importText(fixture('qnn-profile/backend.log'))
  assert.equal(rowsOf(trace).map(([kind, type, , , processor, ns]) => [kind, type, processor, ns]), [
    ['matmul', 'MUL_MAT#ADD', 'npu', 700_000],
    ['dispatch', 'transport', 'cpu', 300_000],
    ['rope', 'ROPE', 'cpu', 125_000],
  ])
  assert.equal([trace.ops.m[0], trace.ops.n[0], trace.ops.k[0]], [3, 32, 64])
})

npu('tflite: run order of the regular runs, calls expanded, types with commas; the old columns and CSV', async () => {
  const trace = await importText(fixture('tflite-op-profile/new.txt'))
  assert.equal(rowsOf(trace).map(([kind, , name, phase, , ns]) => [kind, name, phase, ns]), [
    ['view', 'AllocateTensors/0', 'load', 102_000],
    ['matmul', 'Delegate/Fully Connected (NC, QD8, F32, QB4W) GEMM:0', 'other', 250_000],
    ['matmul', 'Delegate/Fully Connected (NC, QD8, F32, QB4W) GEMM:0', 'other', 250_000],
    ['elementwise', '[model/layers.3/add, with comma]:12', 'other', 5000],
  ])
  assert.is(trace.ops.layer[3], 3)
  assert.is((await importText(fixture('tflite-op-profile/old.txt'))).ops.durationNs[0], 4_269_000)
  assert.equal(rowsOf(await importText(fixture('tflite-op-profile/profile.csv'))).map(([, type, name, , , ns]) => [type, name, ns]), [
    ['CONV_2D', '[conv/Relu,x]:0', 4_250_000],
    ['Softmax (NC,F32)', 'Delegate/Softmax (NC,F32):1', 50],
  ])
})

npu('hostile lines take linear time', async () => {
  const mib = (line: string): string => `${line}\n`.repeat(Math.ceil(2 ** 20 / (line.length + 1)))
  const blanks = ' '.repeat(9000)
  const texts = [mib('='.repeat(9000)), mib(`a${blanks}%`), mib(`1 a INT8 NPU (1) (1)${blanks}x`), mib(` graph name is a${blanks}b`), mib('a, '.repeat(3000)), mib('| '.repeat(4500))]
  for (const head of ['==== Run Order ====\nnode type,\n', 'Network Layer Information Table\n', 'event_block_name|event_name|avg (ms)\n', '']) {
    for (const text of texts) {
      const began = performance.now()
      await importText(head + text).catch((error: unknown) => assert.instance(error, BadInput))
      assert.ok(performance.now() - began < 2000, `${head}${text.slice(0, 20)}: ${performance.now() - began} ms`)
    }
  }
})

npu('tflite: what a delegate or a loop holds counts once', async () => {
  const trace = await importText(fixture('tflite-op-profile/delegate.txt'))
  assert.equal(rowsOf(trace).map(([kind, , name, , processor, ns]) => [kind, name, processor, ns]), [
    ['dispatch', '[out]:77', 'cpu', 9_000_000 - 8_000_000],
    ['dispatch', '[loop]:78', 'cpu', 1_000_000 - 2 * 250_000],
    ['elementwise', '[sum]:3', 'cpu', 250_000],
    ['elementwise', '[sum]:3', 'cpu', 250_000],
    ['matmul', 'Delegate/Conv2d_0:0', 'npu', 8_000_000],
  ])
  assert.is(trace.ops.durationNs.reduce((sum, ns) => sum + ns, 0), 9_000_000 + 1_000_000, 'the delegate’s call and the loop')
  assert.is(rulesOf(trace, 4)['processor'], 'delegate-name')
  assert.equal(trace.header.skipped, {})
  assert.match(trace.header.provenance.note!, /init 1200, first inference 900, warm-up 850.5, inference 840.25$/)
})

npu('tflite: two benchmarks in one file are one behind the other, each with its load', async () => {
  const text = fixture('tflite-op-profile/new.txt')
  const twice = await importText(text + text)
  const once = await importText(text)
  assert.is(twice.ops.length, 2 * once.ops.length)
  assert.equal([...twice.ops.step], [...once.ops.step, ...once.ops.step.map(() => 1)])
  assert.equal([...twice.ops.durationNs], [...once.ops.durationNs, ...once.ops.durationNs])
  assert.equal(twice.header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[0, 0]])
})

npu('tflite: what XNNPACK’s names say of types, and logs of delegates and chips', async () => {
  const text = fixture('tflite-op-profile/new.txt')
  const trace = await importText(`INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\nro.soc.model: SM8650\n${text}`)
  const typeOf = ({ ops }: Trace, i: number) => dataTypes[ops.dataType[i]!]!
  assert.equal([typeOf(trace, 1), typeOf(trace, 3), trace.header.device], ['int4', 'unknown', 'SM8650'])
  assert.equal([rulesOf(trace, 1)['processor'], rulesOf(trace, 3)['processor']], ['delegate-name', 'no-processor-in-file'])
})

npu('tflite: an SSD of others: convolutions take the most, and nothing is a prefill', async () => {
  const bytes = sharedTrace('tflite-op-profile/xnnpack-qu8-ssd.txt')
  if (bytes === undefined) return
  const trace = await importText(bytes)
  const ns: Record<string, number> = {}
  for (const [kind, , , phase, , durationNs] of rowsOf(trace)) if (phase !== 'load') ns[kind] = (ns[kind] ?? 0) + durationNs
  assert.equal(ns, { matmul: 2_055_000, elementwise: 51_000 })
  assert.equal([...new Set(rowsOf(trace).map(([, , , phase]) => phase))], ['load', 'other'])
  assert.equal(rowsOf(trace).filter(([kind]) => kind === 'matmul').map((_, i) => dataTypes[trace.ops.dataType[i + 2]!]), Array(10).fill('int8'))
})

npu.run()
