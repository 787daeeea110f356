import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { modelOf } from '../model/models.js'
import { kinetoEvent as event, kinetoFile } from '../testing/trace-events.js'
import { importText } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { kindIndex } from '../trace/words.js'

const profiles = suite('the model of a PyTorch profile')
const model = modelOf('qwen2.5-0.5b')!
const { hidden, ffn, vocab, layers } = model
const q = model.heads * model.headDim
const kv = model.kvHeads * model.headDim

interface Asked {
  readonly layers?: number
  readonly isFused?: boolean
  readonly type?: string
  /** How long a convolution beside the decoder takes, µs. */
  readonly besideUs?: number
}

/** A prefill and a decode step of a decoder run eagerly: each operator with its shapes, its launch and its kernel. */
function decoder({ layers: count = layers, isFused = false, type = 'c10::BFloat16', besideUs = 0 }: Asked = {}): string {
  const events: string[] = []
  let at = 1000
  let id = 1
  const call = (name: string, dims: number[][], kernel: string, us = 4): void => {
    events.push(
      event('cpu_op', name, at, 8, { 'External id': id, 'Input Dims': dims, 'Input type': dims.map(() => type) }),
      event('cuda_runtime', 'cudaLaunchKernel', at + 2, 2, { correlation: id }),
      event('kernel', kernel, at + 5, us, { device: 0, stream: 7, correlation: id, 'External id': id }, { pid: 0, tid: 7 }),
    )
    id++
    at += us + 6
  }
  for (const tokens of [12, 1]) {
    const beganAt = at
    const mm = (n: number, k: number): void => call('aten::mm', [[tokens, k], [k, n]], 'gemm')
    call('aten::embedding', [[vocab, hidden], [1, tokens]], 'indexSelect')
    for (let layer = 0; layer < count; layer++) {
      call('aten::rms_norm', [[tokens, hidden], [hidden]], 'rms_norm_kernel')
      for (const n of isFused ? [q + 2 * kv] : [q, kv, kv]) mm(n, hidden)
      call('aten::scaled_dot_product_attention', [[1, model.heads, tokens, model.headDim]], 'flash_fwd_kernel')
      mm(hidden, q)
      for (const n of isFused ? [2 * ffn] : [ffn, ffn]) mm(n, hidden)
      mm(hidden, ffn)
    }
    mm(vocab, hidden)
    if (besideUs > 0) call('aten::cudnn_convolution', [[2, 320, 64, 64], [320, 320, 3, 3]], 'implicit_convolve_sgemm', besideUs)
    events.push(event('user_annotation', `ProfilerStep#${tokens}`, beganAt, at - beganAt, {}))
  }
  return kinetoFile(events)
}

const rule = ({ ops, header }: Trace, i: number, field: string) => header.ruleSets[ops.rules[i]!]![field]

for (const isFused of [false, true])
  profiles(`shapes tell the model, the order of ${isFused ? 'fused ' : ''}matmuls the layers, and both the weights`, async () => {
    const trace = await importText(decoder({ isFused }))
    const { header, ops } = trace
    assert.is(header.models[0]!.id, 'qwen2.5-0.5b')
    assert.is(header.models[0]!.quant, 'f16')
    assert.is(header.requests[0]!.model, 0)
    assert.is(header.tensors.length, layers + 2)
    const matmuls = [...ops.kind.keys()].filter((i) => ops.kind[i] === kindIndex.matmul)
    const perPass = matmuls.length / 2
    const perLayer = (perPass - 1) / layers
    matmuls.forEach((i, count) => {
      const within = count % perPass
      const isHead = within === perPass - 1
      assert.is(ops.layer[i], isHead ? -1 : Math.floor(within / perLayer))
      assert.is(ops.tensor[i], isHead ? 0 : Math.floor(within / perLayer) + 1) // tied: the head reads the embedding
      assert.is(rule(trace, i, 'tensor'), 'model-shapes')
      assert.is(rule(trace, i, 'layer'), isHead ? undefined : 'matmul-order')
    })
    const attention = [...ops.kind.keys()].filter((i) => ops.kind[i] === kindIndex.attention)
    assert.equal([...new Set(attention.map((i) => ops.layer[i]))], Array.from({ length: layers }, (_, layer) => layer))
    assert.ok(attention.every((i) => ops.tensor[i] === -1))
  })

profiles('passes with another number of layers are of no known model', async () => {
  for (const count of [layers - 1, layers + 1]) {
    const { header, ops } = await importText(decoder({ layers: count }))
    assert.equal([header.models, header.tensors], [[], []])
    assert.is(header.requests[0]!.model, -1)
    assert.ok([...ops.tensor, ...ops.layer].every((index) => index === -1))
  }
})

profiles('a text encoder of pictures is not their model: the model’s shapes have to hold nine tenths of the time', async () => {
  const matmuls = (layers * 7 + 1) * 4 // µs a pass
  assert.equal((await importText(decoder({ besideUs: Math.floor(matmuls / 10) }))).header.models.map(({ id }) => id), ['qwen2.5-0.5b'])
  assert.equal((await importText(decoder({ besideUs: Math.ceil(matmuls / 8) }))).header.models, [])
})

profiles("the caller's word for the model and its weights counts, and is refused where no size of it occurs", async () => {
  try {
    await importText(decoder(), { model: modelOf('qwen2.5-1.5b')! })
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /expected a recording of Qwen2\.5-1\.5B: 28 layers, hidden size 1536.*n x k 4864 x 896/)
  }
  assert.equal((await importText(decoder({ type: 'float' }))).header.models, [])
  const right = await importText(decoder({ type: 'float' }), { model })
  assert.is(rule(right, [...right.ops.kind].indexOf(kindIndex.matmul), 'tensor'), 'model-given')
})

profiles.run()
