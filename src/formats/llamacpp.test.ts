import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fixture, importText, lawBroken, memorySource, memoryTools } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { dataTypes, opKinds, phases } from '../trace/words.js'
import { detectFormat, readRates } from './index.js'

const llamacpp = suite('llama.cpp')
const rowsOf = ({ ops, strings }: Trace) =>
  Array.from(ops.kind, (kind, i) => [opKinds[kind]!, strings[ops.type[i]!]!, strings[ops.name[i]!]!, phases[ops.phase[i]!]!, ops.step[i]!, ops.layer[i]!, ops.durationNs[i]!] as const)
const shapeOf = ({ ops }: Trace, i: number) => [ops.m[i], ops.n[i], ops.k[i]]

llamacpp('hexagon, 2025: DSP time and the host’s call; graphs by their first op', async () => {
  const trace = await importText(fixture('llamacpp-hexagon/old.log'))
  assert.is(lawBroken(trace), undefined)
  assert.equal(rowsOf(trace), [
    ['matmul', 'MUL_MAT', 'Qcur-1', 'prefill', 0, 1, 120_000],
    ['dispatch', 'call', 'call of Qcur-1', 'prefill', 0, 1, 7000],
    ['norm', 'RMS_NORM', 'norm-2', 'prefill', 0, 2, 5000],
    ['matmul', 'MUL_MAT', 'Qcur-1', 'decode', 1, 1, 60_000],
    ['dispatch', 'call', 'call of Qcur-1', 'decode', 1, 1, 7000],
  ])
  assert.equal(shapeOf(trace, 0), [3, 32, 64])
  assert.is(trace.ops.flops[0], 2 * 3 * 32 * 64)
  assert.equal(trace.header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[3, 2]])
})

llamacpp('hexagon, 2026: start cycles that wrap become times, batches are not counted twice', async () => {
  const trace = await importText(fixture('llamacpp-hexagon/new.log'))
  assert.equal(rowsOf(trace).map(([kind, type, name, , , , ns]) => [kind, type, name, ns]), [
    ['norm', 'RMS_NORM+MUL', 'attn_norm-0', 10_000],
    ['matmul', 'MUL_MAT', 'Qcur-0', 20_500],
  ])
  assert.equal(Array.from(trace.ops.startNs), [0, 12_000])
  assert.is(dataTypes[trace.ops.dataType[1]!], 'int4')
  assert.equal(trace.header.skipped, { 'OPBATCH line around other ops': 1, 'trace line: a moment within an op': 1 })
})

llamacpp('opencl: kernels in order, a graph where the first op comes again, layers by name', async () => {
  const trace = await importText(fixture('llamacpp-opencl-profile/two-graphs.csv'))
  assert.equal(rowsOf(trace).map(([kind, type, , phase, step, layer, ns]) => [kind, type, phase, step, layer, ns]), [
    ['embedding', 'kernel_get_rows_q4_0', 'prefill', 0, -1, 1024],
    ['copy', 'kernel_transpose_32_16', 'prefill', 0, 0, 256],
    ['matmul', 'kernel_mul_mat_Ab_Bi_8x4', 'prefill', 0, 0, 102_400],
    ['copy', 'kernel_cpy_f32_f16', 'prefill', 0, 0, 512],
    ['embedding', 'kernel_get_rows_q4_0', 'decode', 1, -1, 768],
    ['matmul', 'kernel_gemv_noshuffle', 'decode', 1, 0, 20_480],
  ])
  assert.equal(trace.header.skipped, { 'line that is no kernel row': 1 })
})

llamacpp('vulkan: counts are expanded with exact totals; ms of the oldest form are µs', async () => {
  const trace = await importText(fixture('llamacpp-vulkan-perf/oldest.log'))
  assert.is(trace.ops.length, 10)
  assert.is(trace.ops.durationNs.reduce((all, ns) => all + ns, 0), 2 * 10_500 + 3 * 100_250 + 7000 + 3 * 20_000 + 7001)
  assert.equal(trace.header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[4, 2]])
  assert.equal(shapeOf(trace, 2), [4, 64, 32])
  assert.match(trace.header.provenance.note!, /read as µs/)
})

llamacpp('vulkan: a block of several graphs is taken apart by the count of its head', async () => {
  const trace = await importText(fixture('llamacpp-vulkan-perf/newer.log'))
  assert.equal(rowsOf(trace).map(([kind, , , phase, step, , ns]) => [kind, phase, step, ns]), [
    ['attention', 'decode', 1, 2501],
    ['attention', 'decode', 1, 2500],
    ...[0, 1, 2].map(() => ['matmul', 'decode', 1, 5000]),
    ['matmul', 'decode', 1, 1_500_005],
    ['attention', 'decode', 2, 2500],
    ['attention', 'decode', 2, 2500],
    ...[0, 1, 2].map(() => ['matmul', 'decode', 2, 5000]),
    ['matmul', 'decode', 2, 1_500_005],
  ])
})

llamacpp('a count that no machine can hold is refused with its line', async () => {
  try {
    await importText('Vulkan Timings:\nADD: 99999999999 x 1 us = 1 us\n')
    assert.unreachable()
  } catch (error) {
    assert.instance(error, BadInput)
    assert.match((error as Error).message, /test:2: count: expected at most 2000000 executions/)
  }
})

llamacpp('graph profiler: compute and barrier apart; totals an op type of ITREX', async () => {
  const nodes = await importText(fixture('ggml-graph-profiler/nodes.md'))
  assert.equal(rowsOf(nodes).map(([kind, type, , phase, step, , ns]) => [kind, type, phase, step, ns]), [
    ['embedding', 'GET_ROWS', 'prefill', 0, 100],
    ['dispatch', 'barrier', 'prefill', 0, 20],
    ['matmul', 'MUL_MAT', 'prefill', 0, 1000],
    ['embedding', 'GET_ROWS', 'decode', 1, 50],
  ])
  const totals = await importText(fixture('ggml-graph-profiler/itrex.log'))
  assert.equal(rowsOf(totals).map(([, type, , , step, , ns]) => [type, step, ns]), [
    ['ADD', 1, 250_000],
    ['MUL_MAT', 1, 1_500_000],
    ['MUL_MAT', 2, 1_250_000],
  ])
})

llamacpp('test-backend-ops: the console, SQL and CSV give rates; a table without times is refused', async () => {
  const rates = async (path: string) => (await readRates(memorySource(fixture(path)), memoryTools)).rates
  const [console1, console2] = await rates('llamacpp-test-backend-ops/console.txt')
  assert.equal([console1!.ns, console1!.runs], [250_500, 100])
  assert.equal(console1!.subject.of === 'op' && [console1!.subject.m, console1!.subject.n, console1!.subject.k, console1!.subject.flops, console1!.subject.dataType], [512, 4096, 64, 268_440_000, 'int4'])
  assert.is(console2!.subject.of === 'op' && console2!.subject.bytes, 48 * 1024)
  const [sql] = await rates('llamacpp-test-backend-ops/perf.sql')
  assert.equal(sql!.subject.of === 'op' && [sql!.ns, sql!.subject.flops, sql!.subject.name], [12_500, 512, "MUL_MAT(type_a=f16,m=16,n=2,k=8,note=it's)"])
  const csv = await readRates(memorySource(fixture('llamacpp-test-backend-ops/perf.csv')), memoryTools)
  assert.equal([csv.rates.length, csv.rates[0]!.ns, csv.skipped], [1, 2500, { 'record that is cut': 1 }])
  try {
    await readRates(memorySource('"backend_name","op_name","op_params","test_mode","supported","error_message"\n"CPU","ADD","x","perf","1",""\n'), memoryTools)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /a column with times/)
  }
})

llamacpp('rates do not become ops: importing them says what to do', () => {
  assert.throws(() => detectFormat(memorySource(fixture('llamacpp-test-backend-ops/console.txt'))), /found "rates \(llamacpp-test-backend-ops\)".*devices fit/)
})

llamacpp.run()
