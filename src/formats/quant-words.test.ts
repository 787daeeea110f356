import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quantisations } from '../model/quantisation.js'
import { quantOfWord } from './quant-words.js'

const quants = suite('words for quantisations')

/** Bytes a weight by the field widths of GGML's structs and of the vendors' descriptions, added up by hand. */
quants('GGUF types by their blocks', () => {
  const fp16 = 2
  for (const [word, bytes] of [
    ['Q4_0', (fp16 + 16) / 32],
    ['q4_1', (2 * fp16 + 16) / 32],
    ['Q5_0', (fp16 + 4 + 16) / 32],
    ['Q5_1', (2 * fp16 + 4 + 16) / 32],
    ['Q8_0', (fp16 + 32) / 32],
    ['q2_K', (16 + 64 + 2 * fp16) / 256],
    ['q3_K', (32 + 64 + 12 + fp16) / 256],
    ['q4_K', (2 * fp16 + 12 + 128) / 256],
    ['q5_K', (2 * fp16 + 12 + 32 + 128) / 256],
    ['Q6_K', (128 + 64 + 16 + fp16) / 256],
    ['IQ4_NL', (fp16 + 16) / 32],
    ['IQ4_XS', (fp16 + 2 + 4 + 128) / 256],
    ['IQ4_XS - 4.25 bpw', (fp16 + 2 + 4 + 128) / 256],
    ['IQ2_XXS - 2.0625 bpw', 2.0625 / 8],
    ['IQ3_XXS', 3.0625 / 8],
    ['MXFP4 MoE', (1 + 16) / 32],
    ['nvfp4', (4 + 32) / 64],
    ['TQ1_0 - 1.69 bpw ternary', 1.6875 / 8],
    ['TQ2_0', 2.0625 / 8],
    ['F16', 2],
    ['BF16', 2],
    ['all F32', 4],
  ] as const)
    assert.ok(Math.abs(quantOfWord(word)!.bytesPerWeight / bytes - 1) < 1e-9, `${word}: ${quantOfWord(word)?.bytesPerWeight}`)
})

quants('mixtures lie between the blocks that they mix', () => {
  for (const [word, low, high] of [
    ['Q4_K - Medium', 4.5, 6.5625],
    ['qwen2.5-1.5b-instruct-q4_k_m.gguf', 4.5, 6.5625],
    ['Q4_K_S', 4.5, 5.5],
    ['Q5_K_S', 5.5, 6.5625],
    ['Q5_K - Small', 5.5, 6.5625],
    ['Q5_K_M', 5.5, 6.5625],
    ['Q3_K_M', 3.4375, 5.5],
    ['Q2_K - Medium', 2.625, 3.5],
    ['UD-Q4_K_XL', 4.5, 6.5625],
    ['Q6_K_L', 6.5, 8.5],
  ] as const) {
    const bits = quantOfWord(word)!.bytesPerWeight * 8
    assert.ok(bits >= low && bits <= high, `${word}: ${bits}`)
  }
})

quants('vendors, MLC, ExecuTorch, Python toolkits', () => {
  for (const [word, bytes] of [
    ['w4a16', 0.5],
    ['W8A8', 1],
    ['w8a8_g128', 1 + 2 / 128],
    ['w4a16_g128', 0.5 + 2 / 128],
    ['w4a16_g64', 0.5 + 2 / 64],
    ['w4a16_g32', 0.5 + 2 / 32],
    ['Qwen2.5-1.5B_W8A8_RK3588.rkllm', 1],
    ['Llama-3.2-1B-w4a16-qnn', 0.5],
    ['A8W8', 1],
    ['INT4', 0.5625],
    ['int8', 1],
    ['4bit', 0.5625],
    ['4-bit', 0.5625],
    ['Q4', 0.5625],
    ['Q8', 1.0625],
    ['q4f16_1', 0.5625],
    ['Llama-3-8B-Instruct-q4f16_1-MLC', 0.5625],
    ['q4f32_1', 0.625],
    ['q3f16_1', 0.45],
    ['q0f16', 2],
    ['q0f32', 4],
    ['8da4w', 0.5 + 2 / 128],
    ['Qwen2.5-7B-Instruct-AWQ', 0.5 + 2.5 / 128],
    ['GPTQ-Int4', 0.5 + 2.5 / 128],
    ['nf4', 0.5625],
    ['FP8', 1],
    ['qd8-f32-qc8w', 1],
    ['float16', 2],
    ['bfloat16', 2],
    ['fp32', 4],
  ] as const)
    assert.ok(Math.abs((quantOfWord(word)?.bytesPerWeight ?? 0) / bytes - 1) < 1e-9, `${word}: ${quantOfWord(word)?.id}`)
})

quants('sizes of models, versions and lengths are no quantisation', () => {
  for (const word of ['', '8B', 'Qwen3-4B', 'Qwen2.5 7B', 'llama 3.2 1B', 'phi-4', 'pp512', 'int32', 'int64', 'RK3588', 'seq4096', 'model-4-of-8', 'v0.4.8', 'gemma-2-2b'])
    assert.is(quantOfWord(word)?.id, undefined, word)
})

quants('every id of a quantisation is a word for itself', () => {
  for (const { id, bytesPerWeight } of quantisations) assert.ok(Math.abs((quantOfWord(id)?.bytesPerWeight ?? 0) / bytesPerWeight - 1) < 1e-9, `${id}: ${quantOfWord(id)?.id}`)
  assert.is(new Set(quantisations.map(({ id }) => id)).size, quantisations.length)
})

quants.run()
