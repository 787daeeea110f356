import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ortDecoder, ortEvent, ortRun, type OrtNode } from '../testing/trace-events.js'
import { importText, lawBroken, sharedTrace } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { dataTypes, opKinds, phases } from '../trace/words.js'

const ort = suite('what an ONNX Runtime profile means')

type Shape = Record<string, readonly number[]>
const f = (...dims: number[]): Shape => ({ float: dims })
const events = (list: readonly (OrtNode | string)[]): string => `[${list.map((one) => (typeof one === 'string' ? one : ortEvent(one))).join(',\n')}]`
const rowsOf = ({ ops, strings }: Trace) => Array.from(ops.kind, (kind, i) => [opKinds[kind]!, strings[ops.name[i]!]!, ops.startNs[i]! / 1000, ops.durationNs[i]! / 1000] as const)
const phasesOf = ({ ops }: Trace) => [...new Set(Array.from(ops.phase, (phase) => phases[phase]!))]

/** One operator's kind, FLOPs, bytes and data type. */
async function costOf(node: Omit<OrtNode, 'name'>): Promise<{ kind: string; flops: number; bytes: number; dataType: string; mnk: number[] }> {
  const { ops } = await importText(events([{ name: 'x', ...node }]))
  return { kind: opKinds[ops.kind[0]!]!, flops: ops.flops[0]!, bytes: ops.bytes[0]!, dataType: dataTypes[ops.dataType[0]!]!, mnk: [ops.m[0]!, ops.n[0]!, ops.k[0]!] }
}

ort('FLOPs of convolutions are two for each output element and what it sums over, however they are written', async () => {
  const macs = 64 * 112 * 112 * 3 * 49
  for (const type of ['Conv', 'FusedConv', 'NhwcFusedConv'])
    assert.is((await costOf({ type, inputs: [f(1, 3, 224, 224), f(64, 3, 7, 7), f(64)], outputs: [f(1, 64, 112, 112)] })).flops, 2 * macs, type)
  const scale = [f(), { uint8: [] }] as const
  const quantised = await costOf({ type: 'QLinearConv', inputs: [{ uint8: [1, 3, 224, 224] }, ...scale, { int8: [64, 3, 7, 7] }, ...scale, ...scale], outputs: [{ uint8: [1, 64, 112, 112] }] })
  assert.equal([quantised.flops, quantised.dataType], [2 * macs, 'int8'])
  const depthwise = await costOf({ type: 'Conv', inputs: [f(1, 32, 56, 56), f(32, 1, 3, 3)], outputs: [f(1, 32, 56, 56)] })
  assert.is(depthwise.flops, 2 * 32 * 56 * 56 * 9)
  const transposed = await costOf({ type: 'ConvTranspose', inputs: [f(1, 128, 20, 20), f(128, 64, 2, 2)], outputs: [f(1, 64, 40, 40)] })
  assert.is(transposed.flops, 2 * (128 * 20 * 20) * 64 * 4, 'every input element meets the kernel of every output channel')
})

ort('FLOPs and bytes of matmuls: the packed bytes of four bits, the shown ones of eight, both quantised operands', async () => {
  const gemm = await costOf({ type: 'Gemm', inputs: [f(4, 256), f(512, 256), f(512)], outputs: [f(4, 512)] })
  assert.equal([gemm.flops, gemm.bytes, gemm.mnk], [2 * 4 * 512 * 256, 4 * (4 * 256 + 512 * 256 + 512 + 4 * 512), [4, 512, 256]])
  const quantised = await costOf({ type: 'QLinearMatMul', inputs: [{ uint8: [8, 256] }, f(), { uint8: [] }, { int8: [256, 512] }, f(), { int8: [] }, f(), { uint8: [] }], outputs: [{ uint8: [8, 512] }] })
  assert.equal([quantised.flops, quantised.dataType], [2 * 8 * 512 * 256, 'int8'])
  // 4096 x 4096 in blocks of 32: 16 bytes a block, an f32 scale each.
  const packed = { uint8: [4096, 128, 16] }
  const four = await costOf({ type: 'MatMulNBits', inputs: [f(1, 1, 4096), packed, f(4096 * 128)], outputs: [f(1, 1, 4096)] })
  assert.equal([four.dataType, four.bytes], ['int4', 4 * 4096 * 2 + (4096 * 4096) / 2 + 4 * 4096 * 128])
  const eight = await costOf({ type: 'MatMulNBits', inputs: [f(1, 1, 4096), { uint8: [4096, 128, 32] }, f(4096 * 128)], outputs: [f(1, 1, 4096)] })
  assert.is(eight.dataType, 'int8')
  const sized = await costOf({ type: 'MatMulNBits', inputs: [f(1, 1, 4096)], outputs: [f(1, 1, 4096)], sizes: [(4096 * 4096) / 2 + 4 * 4096 * 128, 16_384, 16_384] })
  assert.is(sized.bytes, (4096 * 4096) / 2 + 4 * 4096 * 128 + 2 * 16_384, 'parameters that hold the packed weights are not counted twice')
})

ort('the type is that of what computes, not of a mask, an index or a scale', async () => {
  const typeOf = async (type: string, inputs: readonly Shape[]) => (await costOf({ type, inputs, outputs: [{ float16: [1, 8] }] })).dataType
  assert.is(await typeOf('Where', [{ bool: [1, 8] }, { float16: [1, 8] }, { float16: [1, 8] }]), 'f16')
  assert.is(await typeOf('Gather', [{ float16: [100, 8] }, { int64: [1, 1] }]), 'f16')
  assert.is(await typeOf('DequantizeLinear', [{ uint8: [1, 8] }, { float: [] }]), 'int8')
  assert.is(await typeOf('MatMulInteger', [{ uint8: [1, 8] }, { int8: [8, 8] }]), 'int8')
})

ort('attention: both products against the context; of a cache that is a buffer only what is filled', async () => {
  const query = { float16: [1, 1, 2048] }
  const kv = (positions: number): Shape => ({ float16: [1, 8, positions, 64] })
  const grown = await costOf({ type: 'GroupQueryAttention', inputs: [query, { float16: [1, 1, 512] }, { float16: [1, 1, 512] }, kv(99), kv(99)], outputs: [query, kv(100), kv(100)] })
  assert.is(grown.flops, 2 * (2 * 2048 * 100))
  const pass = (rows: number, ts: number): (OrtNode | string)[] => {
    const hidden = { float16: [1, rows, 2048] }
    return [
      { name: 'embed', type: 'Gather', ts, dur: 1, inputs: [{ float16: [500, 2048] }, { int64: [1, rows] }], outputs: [hidden] },
      { name: 'attn', type: 'GroupQueryAttention', ts: ts + 2, dur: 5, inputs: [hidden, { float16: [1, rows, 512] }, { float16: [1, rows, 512] }, kv(4096), kv(4096)], outputs: [hidden, kv(4096), kv(4096)] },
      ortRun(ts, 20),
    ]
  }
  const { ops, header } = await importText(events([...pass(50, 100), ...pass(1, 200), ...pass(1, 300)]))
  assert.equal(header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[50, 3]])
  const position = 2 * 2 * 8 * 64 // keys and values of 8 heads of 64, two bytes each
  const cost = (i: number) => [ops.flops[i]!, ops.bytes[i]!]
  const around = (rows: number): number => 2 * (2 * rows * 2048 + 2 * rows * 512)
  assert.equal(cost(1), [4 * 50 * 2048 * 50, around(50) + (50 + 50) * position])
  assert.equal(cost(3), [4 * 2048 * 51, around(1) + (51 + 1) * position])
  assert.equal(cost(5), [4 * 2048 * 52, around(1) + (52 + 1) * position])
})

ort('views move nothing and hold no weights; pools, custom operators and what a provider fuses have kinds', async () => {
  const view = await costOf({ type: 'Reshape', inputs: [f(1, 8, 64), { int64: [2] }], outputs: [f(8, 64)], sizes: [16, 2048, 2048] })
  assert.equal([view.kind, view.flops, view.bytes], ['view', 0, 0])
  const kindOf = async (type: string) => (await costOf({ type, inputs: [f(1, 8)], outputs: [f(1, 8)] })).kind
  assert.equal(await Promise.all(['MaxPool', 'Transpose', 'MyFusedMatMul', 'TRTKernel_graph_conv_12_0', 'LSTM'].map(kindOf)), ['elementwise', 'copy', 'matmul', 'other', 'matmul'])
})

const cnn = (ts: number): OrtNode[] => [
  { name: 'conv', type: 'Conv', ts, dur: 50, inputs: [f(1, 3, 32, 32), f(8, 3, 3, 3)], outputs: [f(1, 8, 32, 32)], sizes: [864, 12_288, 32_768] },
  { name: 'fc', type: 'Gemm', ts: ts + 60, dur: 10, inputs: [f(1, 8192), f(10, 8192)], outputs: [f(1, 10)], sizes: [327_680, 32_768, 40] },
]

ort('a detector has no prefill and no tokens; each of its runs is a step, the first too', async () => {
  for (const runs of [true, false]) {
    const trace = await importText(events([100, 300, 500].flatMap((ts) => [...cnn(ts), ...(runs ? [ortRun(ts - 1, 80)] : [])])))
    assert.is(lawBroken(trace), undefined)
    assert.equal(phasesOf(trace), ['other'])
    assert.equal([...trace.ops.step], [0, 0, 1, 1, 2, 2])
    assert.equal(trace.header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[0, 0]])
    assert.is(trace.header.ruleSets[trace.ops.rules[0]!]!['phase'], undefined)
  }
})

ort('steps without their prefill are decode; a batch is told as one', async () => {
  const whole = ortDecoder(5, 2)
  const steps = JSON.parse(whole) as { ts: number }[]
  const alone = await importText(JSON.stringify(steps.slice(5)))
  assert.equal([phasesOf(alone), [...alone.ops.step]], [['decode'], [1, 1, 1, 1, 2, 2, 2, 2]])
  const batched = await importText(whole.replaceAll('[1,5', '[4,5').replaceAll('[1,1', '[4,1'))
  assert.equal(batched.header.requests.map(({ promptTokens, outputTokens, batch }) => [promptTokens, outputTokens, batch]), [[5, 3, 4]])
})

ort('two sessions of a file are two requests, the later one behind the earlier, wherever its clock begins', async () => {
  const load = (ts: number): string => `{"cat" : "Session","pid" :4,"tid" :7,"dur" :5,"ts" :${ts},"ph" : "X","name" :"session_initialization","args" : {}}`
  const apart = await importText(events([load(1), ...cnn(100), load(300), ...cnn(400)]))
  assert.equal([[...apart.ops.request], [...apart.ops.startNs]], [[0, 0, 1, 1], [0, 60_000, 300_000, 360_000]])
  const anew = await importText(events([load(1), ...cnn(100), load(1), ...cnn(100)]))
  assert.equal([[...anew.ops.request], [...anew.ops.step]], [[0, 0, 1, 1], [0, 0, 0, 0]])
  assert.ok(anew.ops.startNs[2]! >= 70_000, 'not interleaved')
  const pasted = await importText([...cnn(100), ...cnn(100)].map((node) => ortEvent(node)).join(',\n'))
  assert.equal([[...pasted.ops.request], [...pasted.ops.startNs]], [[0, 0, 1, 1], [0, 60_000, 70_000, 130_000]])
  assert.is(Object.entries(pasted.header.skipped).find(([reason]) => reason.includes('clock begins anew'))?.[1], 1)
})

ort('control flow keeps its own time around its body, which comes again within one run', async () => {
  const body = (ts: number): OrtNode => ({ name: 'body/Add', type: 'Add', ts, dur: 10, inputs: [f(4)], outputs: [f(4)] })
  const trace = await importText(
    events([{ name: 'before', type: 'Mul', ts: 0, dur: 5 }, body(12), body(30), { name: 'inner', type: 'If', ts: 30, dur: 12 }, body(50), { name: 'loop', type: 'Loop', ts: 10, dur: 60 }, { name: 'after', type: 'Mul', ts: 80, dur: 5 }]),
  )
  assert.is(lawBroken(trace), undefined)
  assert.equal(rowsOf(trace), [
    ['elementwise', 'before', 0, 5],
    ['dispatch', 'loop', 10, 2],
    ['elementwise', 'body/Add', 12, 10],
    ['dispatch', 'loop', 22, 8],
    ['elementwise', 'body/Add', 30, 10],
    ['dispatch', 'inner', 40, 2],
    ['dispatch', 'loop', 42, 8],
    ['elementwise', 'body/Add', 50, 10],
    ['dispatch', 'loop', 60, 10],
    ['elementwise', 'after', 80, 5],
  ])
  assert.equal([...trace.ops.step], Array(10).fill(0))
  const caller = trace.header.ruleSets[trace.ops.rules[1]!]!
  assert.equal([caller['kind'], caller['durationNs']], ['own-time-of-a-caller', 'own-time-of-a-caller'])
})

ort('a fragment of an encoder: no model, no prefill', async () => {
  const bytes = sharedTrace('ort-profile/kokoro-bert-iphone15.jsonfrag')
  if (bytes === undefined) return
  const { ops, header } = await importText(bytes)
  assert.equal([header.models, header.requests[0]!.model, header.requests[0]!.promptTokens, phases[ops.phase[0]!]], [[], -1, 0, 'other'])
  assert.equal([ops.flops[0], ops.bytes[0]], [8 * 128, 8192 + 4096], 'an addition an element; two tensors in, one out')
})

ort.run()
