import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../base/errors.js'
import { layerMatmulParameters, type Architecture } from '../model/architecture.js'
import { modelOf, models } from '../model/models.js'
import { decoderOf, leftOut } from './decoder.js'
import { decoderGraph } from './decoder-graph.js'
import { graphFacts } from './facts.js'

const run = { promptTokens: 8, outputTokens: 4, device: 'here', provenance: { how: 'recorded', tool: 'test' } } as const
const factsOf = (a: Architecture) => graphFacts(a, decoderGraph(a, 12), run)
/** Half a byte a weight, and an f32 scale for 32 of them. */
const q4 = (count: number): number => count / 2 + (count / 32) * 4

const facts = suite('graph facts')

for (const id of ['qwen2.5-0.5b', 'llama-3.2-1b', 'tinyllama-1.1b', 'llama-3.1-8b'])
  facts(`${id}: weight bytes of every layer by the shape's own arithmetic`, () => {
    const a = decoderOf({ model: id })
    const { tensors, models: [model] } = factsOf(a)
    const bias = a.qkvBias ? (a.heads + 2 * a.kvHeads) * a.headDim * 4 : 0
    const ofLayer = (layer: number) => tensors.reduce((sum, tensor) => sum + (tensor.layer === layer ? tensor.bytes : 0), 0)
    const each = q4(layerMatmulParameters(a)) + 2 * a.hidden * 4 + bias
    assert.is(ofLayer(-1), q4(a.vocab * a.hidden))
    for (let layer = 0; layer < a.layers; layer++) assert.is(ofLayer(layer), each)
    assert.is(ofLayer(a.layers), a.hidden * 4 + (a.tied ? 0 : q4(a.vocab * a.hidden)))
    assert.is(model!.weightBytes, tensors.reduce((sum, { bytes }) => sum + bytes, 0))
  })

facts('a tied head reads the embedding’s tensor, an own head has one', () => {
  const tied = factsOf(decoderOf({}))
  assert.is(tied.nodes['/lm_head/MatMulNBits']!.tensor, tied.nodes['/model/embed_tokens/GatherBlockQuantized']!.tensor)
  const own = factsOf({ ...decoderOf({}), tied: false })
  assert.is(own.tensors[own.nodes['/lm_head/MatMulNBits']!.tensor!]!.layer, 4)
})

facts('every matmul has its shape, its layer and the bytes of its tensor', () => {
  const { nodes, tensors } = factsOf(decoderOf({}))
  const matmuls = Object.entries(nodes).filter(([, node]) => node.kind === 'matmul')
  assert.is(matmuls.length, 4 * 7 + 1)
  for (const [name, node] of matmuls) {
    assert.is(node.weightBytes, q4(node.n! * node.k!), name)
    assert.is(node.weightBytes, tensors[node.tensor!]!.bytes, name)
    assert.is(node.layer, name.startsWith('/lm_head') ? undefined : Number(/layers\.(\d+)/.exec(name)![1]))
  }
})

const decoders = suite('decoder')

decoders('numbers that do not fit each other are usage faults that name the flag', () => {
  for (const [request, said] of [
    [{ hidden: 100, heads: 8 }, /--hidden 100 is no multiple of --heads 8/],
    [{ hidden: 256, heads: 8, kvHeads: 3 }, /--kv-heads 3/],
    [{ hidden: 192, heads: 8 }, /multiple of 16/],
    [{ hidden: 48, heads: 1, ffn: 64 }, /--hidden 48 is no multiple of 32/],
    [{ ffn: 100 }, /--ffn 100/],
    [{ layers: 0 }, /--layers/],
    [{ vocab: 1 }, /--vocab/],
    [{ model: 'gpt-5' }, /no model "gpt-5"; known: qwen/],
    [{ model: 'llama-3.2-1b', layers: 4 }, /already says/],
  ] as const) {
    assert.throws(() => decoderOf(request), (error: unknown) => error instanceof UsageFault && said.test(error.message))
  }
})

decoders('every model of the table can be built, and what is left out of it is said', () => {
  for (const { id } of models) assert.ok(decoderGraph(decoderOf({ model: id }), 8).nodes.length > 0)
  assert.equal(leftOut(modelOf('llama-3.1-8b')!), [])
  assert.is(leftOut(modelOf('qwen3-0.6b')!).length, 1)
  assert.is(leftOut(decoderOf({ model: 'phi-3-mini' })).length, 1)
})

facts.run()
decoders.run()
