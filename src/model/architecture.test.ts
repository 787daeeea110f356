import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kvBytesPerToken, layerParameters, parameters } from './architecture.js'
import { modelOf, models } from './models.js'
import { quantisationOf } from './quantisation.js'

const test = suite('model')

// Totals and KV rows as the configs imply them (published, rounded counts agree).
const published: Record<string, [total: number, perLayerM: number, kv: number]> = {
  'qwen2.5-0.5b': [494_032_768, 14.912, 12_288],
  'qwen2.5-1.5b': [1_543_714_304, 46.798, 28_672],
  'qwen2.5-3b': [3_085_938_688, 77.077, 36_864],
  'qwen2.5-7b': [7_615_616_512, 233.058, 57_344],
  'qwen3-0.6b': [596_049_920, 15.731, 114_688],
  'qwen3-1.7b': [1_720_574_976, 50.336, 114_688],
  'qwen3-4b': [4_022_468_096, 100.931, 147_456],
  'qwen3-8b': [8_190_735_360, 192.946, 147_456],
  'llama-3.2-1b': [1_235_814_400, 60.822, 32_768],
  'llama-3.2-3b': [3_212_749_824, 100.669, 114_688],
  'llama-3-8b': [8_030_261_248, 218.112, 131_072],
  'llama-3.1-8b': [8_030_261_248, 218.112, 131_072],
  'tinyllama-1.1b': [1_100_048_384, 44.044, 22_528],
  'gemma-2-2b': [2_614_341_888, 77.866, 106_496],
  'phi-3-mini': [3_821_079_552, 113.252, 393_216],
}

for (const model of models)
  test(`${model.id}: parameters, parameters a layer, KV bytes a token`, () => {
    const [total, perLayerM, kv] = published[model.id]!
    assert.is(parameters(model), total)
    assert.is((layerParameters(model) / 1e6).toFixed(3), perLayerM.toFixed(3))
    assert.is(kvBytesPerToken(model), kv)
  })

test('Llama-3-8B in Q8_0 is the 8137 MiB of the TZ-LLM paper, its KV of 512 tokens the 64 MiB', () => {
  const llama = modelOf('Llama-3-8B')!
  assert.is(Math.round((parameters(llama) * quantisationOf('q8_0')!.bytesPerWeight) / 2 ** 20), 8137)
  assert.is((512 * kvBytesPerToken(llama)) / 2 ** 20, 64)
})

test('a model is found however it is spelled', () => {
  assert.is(modelOf('LLAMA_3_1_8b')?.id, 'llama-3.1-8b')
  assert.is(modelOf('gpt-5'), undefined)
})

test.run()
