import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decoderOf } from './decoder.js'
import { decoderGraph } from './decoder-graph.js'
import { pieces, weightBytes } from './fill.js'
import type { Weight } from './graph.js'
import { layoutOf, modelBytes, writeOnnx } from './onnx-file.js'
import { modelProto } from './onnx-schema.js'

interface ReadModel {
  opsetImport: { domain: string; version: number }[]
  graph: {
    node: { name: string; opType: string; attribute: { name: string; i?: number; f?: number }[] }[]
    initializer: { name: string; externalData: { key: string; value: string }[] }[]
    input: { name: string; type: { tensorType: { shape: { dim: { dimValue?: number; dimParam?: string }[] } } } }[]
  }
}

/** What another reader of the format sees. */
function readBack(bytes: Uint8Array): ReadModel {
  const type = modelProto()
  return type.toObject(type.decode(bytes), { longs: Number, arrays: true }) as ReadModel
}

const small = decoderOf({ layers: 2, hidden: 64, heads: 4, kvHeads: 2, ffn: 96, vocab: 50 })
const graph = decoderGraph(small, 16)
const onnx = suite('onnx file')

onnx('decodes back to the graph it was made of: nodes in order, attributes, shapes, ports', () => {
  const read = readBack(modelBytes(graph, layoutOf(graph), 1))
  assert.equal(read.opsetImport, [{ domain: '', version: 21 }, { domain: 'com.microsoft', version: 1 }])
  assert.equal(read.graph.node.map(({ name }) => name), graph.nodes.map(({ name }) => name))
  assert.is(read.graph.node.length, 2 * 13 + 4)
  const query = read.graph.node.find(({ name }) => name === '/model/layers.1/attn/q_proj/MatMulNBits')!
  const attributes = Object.fromEntries(query.attribute.map(({ name, i }) => [name, i]))
  assert.equal(attributes, { K: 64, N: 64, bits: 4, block_size: 32, accuracy_level: 4 })
  const norm = read.graph.node.find(({ opType }) => opType === 'SimplifiedLayerNormalization')!
  assert.ok(Math.abs(norm.attribute.find(({ name }) => name === 'epsilon')!.f! - 1e-6) < 1e-9)
  assert.is(norm.attribute.find(({ name }) => name === 'axis')!.i, -1)
  const past = read.graph.input.find(({ name }) => name === 'past.1.key')!
  assert.equal(past.type.tensorType.shape.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam), [1, 2, 'past_length', 16])
})

onnx('every name that a node reads is a weight, an input or an earlier output', () => {
  const known = new Set([...graph.weights, ...graph.inputs].map(({ name }) => name))
  for (const node of graph.nodes) {
    for (const name of node.inputs) assert.ok(name === '' || known.has(name), `${node.name} reads ${name}`)
    for (const name of node.outputs) {
      assert.not(name !== '' && known.has(name), `${name} is made twice`)
      known.add(name)
    }
  }
  for (const { name } of graph.outputs) assert.ok(known.has(name))
})

onnx('weights stand in the data file without overlap, a tied head on the embedding’s bytes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'worldswitch-onnx-'))
  try {
    let told = 0
    const path = await writeOnnx(folder, graph, 1, (done) => (told = done))
    const read = readBack(await readFile(path))
    const outside = read.graph.initializer.filter(({ externalData }) => externalData.length > 0)
    const places = outside.map(({ name, externalData }) => {
      const entries = Object.fromEntries(externalData.map(({ key, value }) => [key, value]))
      return { name, location: entries['location'], offset: Number(entries['offset']), length: Number(entries['length']) }
    })
    assert.equal([...new Set(places.map(({ location }) => location))], ['model.onnx.data'])
    const at = (name: string) => places.find((place) => place.name === name)!
    assert.is(at('/lm_head.weight_q4').offset, at('/model/embed_tokens.weight_q4').offset)
    assert.is(at('/lm_head.weight_q4').length, at('/model/embed_tokens.weight_q4').length)
    const own = places.filter(({ name }) => !name.startsWith('/lm_head')).sort((a, b) => a.offset - b.offset)
    for (let i = 1; i < own.length; i++) assert.ok(own[i - 1]!.offset + own[i - 1]!.length <= own[i]!.offset)
    const { size } = await stat(join(folder, 'model.onnx.data'))
    assert.is(size, layoutOf(graph).dataBytes)
    assert.ok(told > 0 && told <= size)
    const norm = at('/model/norm.weight')
    const data = Uint8Array.from(await readFile(join(folder, 'model.onnx.data')))
    const values = new Float32Array(data.buffer, norm.offset, norm.length / 4)
    assert.ok(values.every((value) => value >= 0.9 && value <= 1.1))
  } finally {
    await rm(folder, { recursive: true })
  }
})

const fill = suite('fill')
const bytesOf = (weight: Weight, seed: number): Uint8Array => {
  const parts = [...pieces(weight, seed)].map((piece) => piece.slice())
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

fill('the same seed and name give the same bytes, another of either other ones', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 8, max: 300 }), (seed, length) => {
      const weight: Weight = { name: 'w', type: 'uint8', shape: [length], fill: { kind: 'packed-int4' } }
      assert.is(bytesOf(weight, seed).length, length)
      assert.equal(bytesOf(weight, seed), bytesOf(weight, seed))
      assert.not.equal(bytesOf(weight, seed), bytesOf(weight, seed ^ 1))
      assert.not.equal(bytesOf(weight, seed), bytesOf({ ...weight, name: 'v' }, seed))
    }),
  )
})

fill('a weight over several pieces is whole, and its halves of a byte are evenly spread', () => {
  const weight: Weight = { name: 'w', type: 'uint8', shape: [9_000_001], fill: { kind: 'packed-int4' } }
  const seen = new Uint32Array(16)
  let bytes = 0
  for (const piece of pieces(weight, 1)) {
    bytes += piece.length
    for (const byte of piece) {
      seen[byte & 15]!++
      seen[byte >> 4]!++
    }
  }
  assert.is(bytes, weightBytes(weight))
  for (const count of seen) assert.ok(Math.abs(count / ((2 * bytes) / 16) - 1) < 0.01)
})

fill('rotary tables hold cosine and sine of position × base^(−i/half)', () => {
  const table = (of: 'cos' | 'sin') => {
    const bytes = bytesOf({ name: of, type: 'f32', shape: [5, 4], fill: { kind: 'rotary', of, base: 10_000 } }, 1)
    return new Float32Array(bytes.buffer)
  }
  const [cos, sin] = [table('cos'), table('sin')]
  assert.equal([...cos.subarray(0, 4)], [1, 1, 1, 1])
  for (let i = 0; i < 20; i++) assert.ok(Math.abs(cos[i]! ** 2 + sin[i]! ** 2 - 1) < 1e-6)
  assert.ok(Math.abs(sin[3 * 4 + 2]! - Math.sin(3 * 10_000 ** -0.5)) < 1e-6)
})

onnx.run()
fill.run()
