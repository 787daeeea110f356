import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { anyTrace } from '../testing/trace-arbitraries.js'
import { fixture, importText, lawBroken, memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
import { sampleTrace } from '../testing/sample-trace.js'
import type { Trace } from '../trace/trace.js'
import { opKinds, phases, processorNames } from '../trace/words.js'
import { MetadataMessage, NodeMessage } from './chakra/messages.js'
import { detectFormat, exportChakra, exportChrome, isStructure } from './index.js'
import { readExecutionTrace } from './pytorch-et/read-execution-trace.js'

const graphs = suite('trace events and graphs')
const rowsOf = ({ ops, strings }: Trace) =>
  Array.from(ops.kind, (kind, i) => [opKinds[kind]!, strings[ops.name[i]!]!, phases[ops.phase[i]!]!, processorNames[ops.processor[i]!]!, ops.startNs[i]!, ops.durationNs[i]!] as const)
const bytesOf = (pieces: Iterable<Uint8Array>): Uint8Array => Uint8Array.from([...pieces].flatMap((piece) => [...piece]))
const afterOf = ({ ops, after }: Trace) => Array.from(ops.kind, (_, i) => [...after.to.subarray(after.first[i]!, after.first[i + 1]!)])

graphs('chrome: complete, begun and ended, asynchronous slices; the innermost are ops; flows are dependencies', async () => {
  const trace = await importText(fixture('chrome-trace/slices.json'))
  assert.is(lawBroken(trace), undefined)
  assert.equal(rowsOf(trace), [
    ['other', 'tokenize', 'other', 'cpu', 0, 5000],
    ['matmul', 'layers.0/q_proj matmul', 'prefill', 'npu', 11_125, 40_001],
    ['softmax', 'softmax', 'prefill', 'npu', 60_000, 10_250],
    ['matmul', 'layers.0/q_proj matmul', 'decode', 'npu', 211_000, 10_000],
    ['other', 'read', 'other', 'cpu', 310_000, 10_000],
  ])
  assert.equal(afterOf(trace), [[], [0], [], [], []])
  assert.equal(trace.header.lanes, ['runner: NPU stream (1/7)', 'host/main', 'runner (1/async io)'])
  assert.equal(trace.header.skipped, { 'begin without its end': 1, 'end of the file missing': 1, 'event of phase C': 1, 'event of phase i': 1, 'gap within a pass, on a device’s track': 5 })
})

graphs('chrome: an array without its bracket, string ids, times that no decimal can hold', async () => {
  const trace = await importText('[{"ph":"X","name":"a","ts":1,"dur":1.0005,"pid":"p","tid":"t"},\n{"ph":"X","name":"b","ts":3,"dur":0,"pid":"p","tid":"t"},')
  assert.equal(rowsOf(trace).map(([, name, , , startNs, ns]) => [name, startNs, ns]), [['a', 0, 1001], ['b', 2000, 0]])
  try {
    await importText('[{"ph":"X","name":"a","ts":1,"dur":-1}]')
    assert.unreachable()
  } catch (error) {
    assert.instance(error, BadInput)
    assert.match((error as Error).message, /byte 1: dur: expected microseconds, 0 or more/)
  }
})

graphs('any trace comes back the same from trace events, where no two slices of a track overlap', async () => {
  await fc.assert(
    fc.asyncProperty(anyTrace, async (trace) => {
      const text = [...exportChrome(trace)].join('')
      const document = JSON.parse(text) as { traceEvents: { ph: string; pid: number; tid: number; ts: number; dur: number; args: { op?: { startNs: number; durationNs: number } } }[] }
      const ends = new Map<string, number>()
      for (const { ph, pid, tid, args } of document.traceEvents) {
        if (ph !== 'X') continue
        const { startNs, durationNs } = args.op!
        assert.ok((ends.get(`${pid} ${tid}`) ?? 0) <= startNs, 'slices of a track overlap')
        ends.set(`${pid} ${tid}`, startNs + durationNs)
      }
      const again = await importText(text, {}, 'x')
      assert.is(again.hash, trace.hash)
      assert.is(again.header.name, trace.header.name)
    }),
    { numRuns: 200 },
  )
})

graphs('any trace comes back the same from Chakra’s messages, which its tools can read', async () => {
  await fc.assert(
    fc.asyncProperty(anyTrace, fc.integer({ min: 1, max: 500 }), async (trace, chunkBytes) => {
      const bytes = bytesOf(exportChakra(trace))
      assert.is((await traceFrom(memorySource(bytes, 'x.et', chunkBytes))).hash, trace.hash)
    }),
    { numRuns: 200 },
  )
  const trace = sampleTrace({ ops: 20 })
  const [metadata, first] = [...exportChakra(trace)]
  assert.ok(MetadataMessage.decodeDelimited(metadata!) !== undefined)
  const node = NodeMessage.toObject(NodeMessage.decodeDelimited(first!), { longs: Number }) as { id: number; name: string }
  assert.equal([node.id, node.name], [1, trace.strings[trace.ops.name[0]!]])
})

graphs('an export that was cut is refused, not read in part', async () => {
  const trace = sampleTrace({ ops: 20 })
  const text = [...exportChrome(trace)].join('')
  const bytes = bytesOf(exportChakra(trace))
  for (const cut of [text.slice(0, -300), bytes.slice(0, -40)])
    try {
      await importText(cut)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, BadInput)
    }
})

/** Nodes as Chakra's converter writes them. */
function chakraFile(nodes: readonly object[]): Uint8Array {
  const messages = [MetadataMessage.encodeDelimited(MetadataMessage.create({ attr: [{ name: 'schema', stringVal: '1.0.1' }] })).finish()]
  for (const node of nodes) messages.push(NodeMessage.encodeDelimited(NodeMessage.create(node as Record<string, unknown>)).finish())
  return bytesOf(messages)
}
const cpu = { attr: [{ name: 'is_cpu_op', boolVal: true }] }

graphs('chakra: without starts, nodes follow their dependencies and their processor', async () => {
  const trace = await importText(
    chakraFile([
      { id: 3, name: 'aten::mm(0)', type: 4, dataDeps: [2], durationMicros: 7, ...cpu },
      { id: 2, name: 'aten::relu(0)', type: 4, durationMicros: 5, ...cpu },
      { id: 4, name: 'nccl_kernel', type: 7, ctrlDeps: [2], durationMicros: 3, attr: [{ name: 'is_cpu_op', boolVal: false }] },
    ]),
  )
  assert.equal(rowsOf(trace), [
    ['activation', 'aten::relu(0)', 'other', 'cpu', 0, 5000],
    ['matmul', 'aten::mm(0)', 'other', 'cpu', 5000, 7000],
    ['communication', 'nccl_kernel', 'other', 'gpu', 5000, 3000],
  ])
  assert.equal(afterOf(trace), [[], [0], [0]])
  assert.is(trace.header.dependencies, 'explicit')
})

graphs('chakra: starts that are there are kept; circles and missing nodes are counted', async () => {
  const given = await importText(chakraFile([{ id: 1, name: 'a', type: 4, startTimeMicros: 100, durationMicros: 5, ...cpu }, { id: 2, name: 'b', type: 4, startTimeMicros: 90, durationMicros: 5, ...cpu }]))
  assert.equal(rowsOf(given).map(([, name, , , startNs]) => [name, startNs]), [['b', 0], ['a', 10_000]])
  const circle = await importText(chakraFile([{ id: 1, name: 'a', type: 4, dataDeps: [2, 77], durationMicros: 1, ...cpu }, { id: 2, name: 'b', type: 4, dataDeps: [1], durationMicros: 1, ...cpu }]))
  assert.is(lawBroken(circle), undefined)
  assert.equal(circle.header.skipped, { 'dependency on a node that is not there': 1, 'dependency on an op that starts later': 1, 'node on a circle of dependencies': 2 })
})

graphs('chakra: nodes are what their operators and kernels are in any recording of PyTorch', async () => {
  const kinds = { 'aten::view(0)': 'view', 'aten::empty_strided(1)': 'view', 'aten::copy_(0)': 'copy', 'AddmmBackward0(0)': 'dispatch', 'aten::native_batch_norm(0)': 'norm' }
  const kernels = { 'void at::native::vectorized_elementwise_kernel<4, at::native::SiluFunctor<float>>(int)': 'activation', 'void wgrad_alg0_engine<float, 128>(int)': 'matmul' }
  const nodes = [...Object.keys(kinds).map((name) => ({ name, ...cpu })), ...Object.keys(kernels).map((name) => ({ name, attr: [{ name: 'is_cpu_op', boolVal: false }] }))]
  const trace = await importText(chakraFile(nodes.map((node, i) => ({ id: i + 1, type: 4, startTimeMicros: 10 * i + 1, durationMicros: 5, ...node }))))
  assert.equal(rowsOf(trace).map(([kind]) => kind), [...Object.values(kinds), ...Object.values(kernels)])
})

graphs('chakra-json: the same graph, names as they stand', async () => {
  const trace = await importText(fixture('chakra-json/small.json'))
  assert.equal(rowsOf(trace).map(([, name, , processor, startNs, ns]) => [name, processor, startNs, ns]), [
    ['aten::mm(1)', 'cpu', 0, 5000],
    ['aten::mm(0)', 'cpu', 5000, 7000],
    ['voId nccl_kernel', 'gpu', 12_000, 3000],
  ])
})

graphs('pytorch-et: both forms give Kineto the shapes that it lacks, by the record function’s id', async () => {
  const event = { ph: 'X', cat: 'cpu_op', name: 'aten::mm', pid: 1, tid: 1, ts: 1, dur: 2, args: { 'Record function id': 77 } }
  const kineto = JSON.stringify({ schemaVersion: 1, traceEvents: [event, { ...event, ts: 5, args: { 'Record function id': 78 } }] })
  for (const path of ['pytorch-et/flat.json', 'pytorch-et/nested.json']) {
    const source = memorySource(fixture(path))
    assert.ok(isStructure(source))
    assert.throws(() => detectFormat(source), /a graph without times \(pytorch-et\).*--join/)
    const executionTrace = await readExecutionTrace(source, memoryTools)
    const trace = await importText(kineto, { executionTrace })
    assert.equal([trace.ops.m[0], trace.ops.n[0], trace.ops.k[0], trace.ops.flops[0]], [4, 16, 8, 2 * 4 * 16 * 8])
    assert.is(trace.header.ruleSets[trace.ops.rules[0]!]!['m'], 'execution-trace')
    assert.is(trace.ops.m[1], 0)
  }
})

graphs.run()
