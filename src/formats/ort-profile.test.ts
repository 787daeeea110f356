import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { ortDecoder, ortEvent, ortRun } from '../testing/trace-events.js'
import { importText, lawBroken, sharedTrace } from '../testing/trace-source.js'
import { GRAPH_SCHEMA, type GraphFacts } from '../trace/graph-facts.js'
import type { Trace } from '../trace/trace.js'
import { dataTypes, opKinds, phases, processorNames } from '../trace/words.js'

const ort = suite('ort-profile')

const typesOf = ({ ops, strings }: Trace) => [...ops.type].map((type) => strings[type])
const durations = ({ ops }: Trace) => [...ops.durationNs].reduce((sum, ns) => sum + ns, 0)

ort('prefill and decode steps come from model_run and the sequence length', async () => {
  const trace = await importText(ortDecoder(5, 3))
  const { ops, header } = trace
  assert.is(ops.length, 16)
  assert.equal([...ops.step], [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
  assert.equal(
    [...ops.phase].map((phase) => phases[phase]),
    [...Array(4).fill('prefill'), ...Array(12).fill('decode')],
  )
  assert.equal(header.requests, [{ id: 'request-1', model: 0, arrivalNs: 0, promptTokens: 5, outputTokens: 4 }])
  assert.equal(
    [...ops.kind.subarray(0, 4)].map((kind) => opKinds[kind]),
    ['embedding', 'norm', 'matmul', 'matmul'],
  )
  assert.equal([...ops.layer.subarray(0, 4)], [-1, 0, 0, -1])
  assert.equal([...ops.m.subarray(0, 8)], [0, 0, 5, 5, 0, 0, 1, 1])
  assert.equal([ops.n[2], ops.k[2], ops.n[3], ops.k[3]], [128, 64, 100, 128])
  assert.is(ops.flops[3], 2 * 5 * 100 * 128)
  assert.is(ops.bytes[3], 5 * 512 + 5 * 400 + 51_200)
  assert.is(dataTypes[ops.dataType[2]!], 'int4')
  assert.is(ops.bytes[2], 5 * 256 + 5 * 512 + 512 + (128 * 64) / 2, 'packed weights, which the profile hides, from n times k')
  assert.is(ops.startNs[0], 0)
  assert.is(ops.startNs[4], 170_000)
  assert.is(durations(trace), 16 * 20_000)
  assert.is(header.dependencies, 'program-order')
  assert.equal(header.ruleSets[ops.rules[2]!]!, {
    phase: 'ort-sequence-length',
    step: 'ort-model-run',
    request: 'ort-sequence-length',
    kind: 'ort-op-type',
    layer: 'ort-node-name',
    tensor: 'ort-parameter-size',
    flops: 'ort-shapes',
    m: 'ort-shapes',
    n: 'ort-shapes',
    k: 'ort-shapes',
    bytes: 'ort-n-times-k',
    dataType: 'ort-op-type',
  })
  assert.is(lawBroken(trace), undefined)
})

ort('the model and its tensors come from parameter sizes, restored in the order of layers', async () => {
  const { header } = await importText(ortDecoder(5, 1))
  assert.equal(
    header.models.map(({ layers, weightBytes }) => [layers, weightBytes]),
    [[1, 25_600 + 256 + 512 + 4096 + 51_200]],
  )
  assert.equal(
    header.tensors.map(({ name, layer, bytes }) => [name, layer, bytes]),
    [
      ['/model/embed/Gather', -1, 25_600],
      ['/model/layers.0/norm', 0, 256],
      ['/model/layers.0/fc/MatMulNBits', 0, 4608],
      ['/model/head/MatMul', 1, 51_200],
    ],
  )
})

ort('without model_run a run begins when a node comes again', async () => {
  const trace = await importText(ortDecoder(5, 2, false))
  assert.equal([...trace.ops.step], [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
  assert.is(trace.header.ruleSets[trace.ops.rules[0]!]!['step'], 'ort-node-repeats')
})

ort('a prefill after decode steps begins another request', async () => {
  const first = ortDecoder(5, 1).trim().slice(1, -1)
  const second = first.replace(/"ts" :(\d+)/g, (_, ts: string) => `"ts" :${Number(ts) + 5000}`)
  const { ops, header } = await importText(`[${first},${second}]`)
  assert.equal([...ops.request], [...Array(8).fill(0), ...Array(8).fill(1)])
  assert.equal([...ops.step.subarray(8)], [0, 0, 0, 0, 1, 1, 1, 1])
  assert.equal(
    header.requests.map(({ arrivalNs }) => arrivalNs),
    [0, 5_000_000],
  )
})

const graph: GraphFacts = {
  schema: GRAPH_SCHEMA,
  device: 'our board',
  models: [{ id: 'ours', layers: 1, weightBytes: 9999, quant: 'w4' }],
  tensors: [{ name: 'fc', model: 0, role: 'weight', layer: 0, bytes: 5000 }],
  requests: [{ id: 'r0', model: 0, arrivalNs: 0, promptTokens: 5, outputTokens: 3 }],
  nodes: {
    '/model/layers.0/fc/MatMulNBits': {
      tensor: 0,
      kind: 'matmul',
      dataType: 'int8',
      layer: 0,
      n: 128,
      k: 64,
      weightBytes: 5000,
    },
  },
  provenance: { how: 'recorded', tool: 'worldswitch record' },
}

ort('what the recorder knows of the graph is taken from it and not inferred', async () => {
  const { ops, header } = await importText(ortDecoder(5, 2), { graph })
  assert.is(header.device, 'our board')
  assert.equal(header.models, graph.models)
  assert.equal(header.tensors, graph.tensors)
  assert.equal(header.requests, graph.requests)
  assert.equal(header.provenance, graph.provenance)
  assert.is(ops.tensor[2], 0)
  assert.is(ops.bytes[2], 5 * 256 + 5 * 512 + 5000)
  assert.is(dataTypes[ops.dataType[2]!], 'int8')
  assert.equal(Object.keys(header.ruleSets[ops.rules[2]!]!).sort(), ['flops', 'phase', 'request', 'step'])
  assert.is(ops.tensor[1], -1)
})

ort('a chunked prefill of a known prompt stays one request', async () => {
  const text = ortDecoder(5, 0).trim().slice(1, -1)
  const again = text.replace(/"ts" :(\d+)/g, (_, ts: string) => `"ts" :${Number(ts) + 5000}`)
  const known = { ...graph, requests: [{ ...graph.requests[0]!, promptTokens: 10 }] }
  const { ops } = await importText(`[${text},${again}]`, { graph: known })
  assert.equal([...ops.step], Array(8).fill(0))
  assert.equal([...ops.request], Array(8).fill(0))
})

ort('runs on other threads still follow each other', async () => {
  const run = (tid: number, ts: number) => [
    ortEvent({ name: 'a', type: 'Add', tid, ts, inputs: [{ float: [1, 1, 4] }], outputs: [{ float: [1, 1, 4] }] }),
    ortEvent({ name: 'b', type: 'Add', tid, ts: ts + 20 }),
    ortRun(ts - 1, 40),
  ]
  const { ops, after, header } = await importText(`[${[...run(1, 10), ...run(2, 100)].join(',')}]`)
  assert.equal(header.lanes, ['thread 1', 'thread 2'])
  assert.equal([...after.first], [0, 0, 0, 1, 1])
  assert.equal([...after.to], [1])
  assert.is(header.ruleSets[ops.rules[2]!]!['after'], 'runs-in-order')
})

ort('providers decide the processor; an unknown one is a guess', async () => {
  const providers = ['CPUExecutionProvider', 'DmlExecutionProvider', 'QNNExecutionProvider', 'FutureExecutionProvider', '']
  const { ops, header } = await importText(
    `[${providers.map((provider, i) => ortEvent({ name: `n${i}`, type: 'Add', ts: i * 10, provider })).join(',')}]`,
  )
  assert.equal(
    [...ops.processor].map((p) => processorNames[p]),
    ['cpu', 'gpu', 'npu', 'cpu', 'cpu'],
  )
  assert.equal(
    [...ops.rules].map((rules) => header.ruleSets[rules]!['processor']),
    [undefined, undefined, undefined, 'ort-no-provider', 'ort-no-provider'],
  )
})

ort('fragments, trailing commas and a file that stops in the middle are read, and counted', async () => {
  const event = ortEvent({ name: 'a', type: 'Add' })
  const skipped = async (text: string) => (await importText(text)).header.skipped
  assert.equal(await skipped(`${event},\n`), {})
  assert.equal(await skipped(`${event},\``), { 'stray backtick': 1 })
  assert.equal(await skipped(`[${event},${event.slice(0, 60)}`), { 'event cut off by the end of the file': 1 })
  assert.equal(await skipped(`[${event},`), { 'end of the file missing': 1 })
  assert.equal(
    await skipped(`[${event},{"cat":"Node","name":"a_fence_before","args":{}},{"cat":"Api","name":"x"},{"name":"y"}]`),
    {
      'Api event': 1,
      'Node event without work (fence)': 1,
      'event without a category': 1,
    },
  )
})

ort('what is wrong is refused with its place', async () => {
  const refused = async (text: string, message: RegExp, field?: string) => {
    try {
      await importText(text)
    } catch (error) {
      assert.instance(error, BadInput, String(error))
      assert.match((error as BadInput).message, message)
      assert.is((error as BadInput).place.field, field)
      return
    }
    assert.unreachable(text)
  }
  const good = ortEvent({ name: 'a', type: 'Add' })
  const at = new RegExp(`byte ${good.length + 2}: `)
  await refused(`[${good},${ortEvent({ name: 'b', type: 'Add', dur: -5 })}]`, at, 'dur')
  await refused(`[${good},${ortEvent({ name: 'b', type: 'Add', ts: '"soon"' })}]`, /expected microseconds, found "soon"/, 'ts')
  await refused(`[${good},${ortEvent({ name: 'b', type: 'Add', dur: 'null' })}]`, /found "null"/, 'dur')
  await refused(`[${good}}`, /expected a comma or \]/)
  await refused(
    '[{"cat":"Node","name":"a_fence_before","args":{"op_name":"Add"}}]',
    /node events that end in _kernel_time, found "1 × Node event without work/,
  )
})

for (const [path, type, durationUs] of [
  ['ort-profile/kokoro-bert-iphone15.jsonfrag', 'Add', 4],
  ['ort-profile/ort-0.4.0-conv.jsonfrag', 'Conv', 12_944],
] as const)
  ort(`${path}: the facts of its provenance`, async () => {
    const bytes = sharedTrace(path)
    if (bytes === undefined) return
    const trace = await importText(bytes)
    assert.equal(typesOf(trace), [type])
    assert.is(durations(trace), durationUs * 1000)
    assert.is(processorNames[trace.ops.processor[0]!], 'cpu')
    assert.is(lawBroken(trace), undefined)
    assert.is((await importText(bytes, {}, 'unknown')).hash, trace.hash)
  })

ort.run()
