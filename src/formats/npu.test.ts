import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { etdumpBytes } from '../testing/etdump-file.js'
import { fixture, importText, lawBroken } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { opKinds, phases, processorNames } from '../trace/words.js'

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
  const unclocked = await importText(fixture('qnn-profile/provider.csv').replace(/^.*1,US.*$/m, ''))
  assert.equal([unclocked.ops.durationNs[0], rulesOf(unclocked, 0)['durationNs']], [300, 'cycles-without-clock'])
  assert.match(unclocked.header.provenance.note!, /cycles and no clock/)
})

npu('qnn: nested meters of a log are one op and what goes around it', async () => {
  const trace = await importText(fixture('qnn-profile/backend.log'))
  assert.equal(rowsOf(trace).map(([kind, type, , , processor, ns]) => [kind, type, processor, ns]), [
    ['matmul', 'MUL_MAT#ADD', 'npu', 700_000],
    ['other', 'transport', 'cpu', 300_000],
    ['rope', 'ROPE', 'cpu', 125_000],
  ])
  assert.equal([trace.ops.m[0], trace.ops.n[0], trace.ops.k[0]], [3, 32, 64])
})

npu('tflite: run order of the regular runs, calls expanded, types with commas; the old columns and CSV', async () => {
  const trace = await importText(fixture('tflite-op-profile/new.txt'))
  assert.equal(rowsOf(trace).map(([kind, , name, phase, , ns]) => [kind, name, phase, ns]), [
    ['other', 'AllocateTensors/0', 'load', 102_000],
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
  assert.equal(rowsOf(trace).map(([kind, , name, , , ns]) => [kind, name, ns]), [
    ['elementwise', '[sum]:3', 250_000],
    ['elementwise', '[sum]:3', 250_000],
    ['matmul', 'Delegate/Conv2d_0:0', 8_000_000],
  ])
  assert.equal(trace.header.skipped, { 'op around others': 2 })
  assert.match(trace.header.provenance.note!, /init 1200, first inference 900, warm-up 850.5, inference 840.25$/)
})

npu('executorch: the Inspector’s table in bars and tabs, ms and cycles', async () => {
  const table = await importText(fixture('executorch-inspector/table.txt'))
  assert.equal(rowsOf(table).map(([kind, , name, , processor, ns]) => [kind, name, processor, ns]), [
    ['other', 'Method::init', 'cpu', 1_500_000],
    ['matmul', 'native_call_addmm.out', 'cpu', 21_500],
    ['matmul', 'Fully Connected GEMM #1', 'npu', 125_000],
  ])
  const tsv = await importText(fixture('executorch-inspector/table.tsv'))
  assert.equal([tsv.ops.durationNs[0], rulesOf(tsv, 0)['durationNs']], [500, 'cycles-by-root-time'])
  assert.equal(tsv.header.skipped, { 'event around others': 3, 'event of the host, in a table of the delegate’s cycles': 1 })
  const gpu = await importText(fixture('executorch-inspector/gpu.txt'))
  assert.equal(rowsOf(gpu).map(([, , name, phase, processor, ns]) => [name, phase, processor, ns]), [
    ['Program::load_method', 'load', 'cpu', 3_000_000],
    ['ETVK_COPY_INPUTS', 'other', 'gpu', 500_000],
    ['linear_naive_half_3', 'other', 'gpu', 250_000],
    ['DELEGATE_CALL', 'other', 'cpu', 7_000_000],
    ['OPERATOR_CALL', 'other', 'cpu', 1_000_000],
  ])
})

const blocks = [
  { name: 'Default', events: [['Method::init', 10, 20], ['Program::load_method', 5, 30]] },
  { name: 'Execute', events: [['native_call_addmm.out', 110, 150], ['OPERATOR_CALL', 105, 155], ['native_call_relu.out', 170, 180], ['Method::execute', 100, 200]] },
  { name: 'Execute', events: [['native_call_addmm.out', 310, 350]] },
] as const

npu('etdump: innermost events by start, with or without the size in front', async () => {
  for (const isSized of [true, false]) {
    const trace = await importText(etdumpBytes(blocks, isSized))
    assert.equal(rowsOf(trace).map(([kind, , name, phase, , ns]) => [kind, name, phase, ns]), [
      ['other', 'Method::init', 'load', 10],
      ['matmul', 'native_call_addmm.out', 'other', 40],
      ['activation', 'native_call_relu.out', 'other', 10],
      ['matmul', 'native_call_addmm.out', 'other', 40],
    ])
    assert.equal(Array.from(trace.ops.startNs), [0, 100, 160, 300])
    assert.equal(Array.from(trace.ops.step), [0, 0, 0, 1])
    assert.equal(trace.header.skipped, { 'event around others': 3 })
  }
})

npu('etdump: a delegate’s events by their identifier; those on a clock of its own are left to its call', async () => {
  const trace = await importText(
    etdumpBytes([
      {
        name: 'Execute',
        events: [
          ['Fully Connected GEMM #1', 110, 110, 'delegate'],
          ['Softmax #1', 110, 150, 'delegate'],
          [7, 150, 160, 'delegate'],
          ['DELEGATE_CALL', 105, 170],
          ['aten_add:OpId_3 (cycles)', 0, 70, 'delegate'],
          ['DELEGATE_CALL', 180, 190],
          ['native_call_relu.out', 200, 210],
          ['OPERATOR_CALL', 200, 210],
          ['Method::execute', 100, 220],
        ],
      },
    ]),
  )
  assert.equal(rowsOf(trace).map(([kind, , name, , , ns]) => [kind, name, ns]), [
    ['softmax', 'Softmax #1', 40],
    ['matmul', 'Fully Connected GEMM #1', 0],
    ['other', 'delegate op 7', 10],
    ['other', 'DELEGATE_CALL', 10],
    ['activation', 'native_call_relu.out', 10],
  ])
  assert.equal(trace.header.skipped, { 'delegate event on a clock of its own': 1, 'event around others': 3 })
  assert.match(trace.header.provenance.note!, /in ticks: run 120$/)
})

npu('etdump: offsets that lead out of the file are refused, never followed', async () => {
  const bytes = etdumpBytes(blocks)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), async (at, byte, length) => {
      const damaged = bytes.slice(0, Math.max(12, length))
      if (at >= 12 || at < 4) damaged[Math.min(at, damaged.length - 1)] = byte
      try {
        assert.is(lawBroken(await importText(damaged)), undefined)
      } catch (error) {
        if (!(error instanceof BadInput)) throw error
      }
    }),
    { numRuns: 400 },
  )
})

npu.run()
