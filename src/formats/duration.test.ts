import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { durationNs } from './duration.js'
import { quantInName } from './model-words.js'
import { ratesAgree } from './rate-check.js'

const test = suite('durations and rates in text')

test('durations of Go, of Abseil and with a unit are whole ns', () => {
  const expected: Readonly<Record<string, number>> = {
    '12.5s': 12_500_000_000,
    '500ms': 500_000_000,
    '35.6µs': 35_600,
    '35.6μs': 35_600,
    '891.933us': 891_933,
    '7ns': 7,
    '1m2.345s': 62_345_000_000,
    '1h2m3.5s': 3_723_500_000_000,
    '2h0m0s': 7_200_000_000_000,
    '1m2s': 62_000_000_000,
    '5.000000s': 5_000_000_000,
    '819.9514ms': 819_951_400,
    '8.7038005s': 8_703_800_500,
    '1000.00 ms': 1_000_000_000,
    '0.55 s': 550_000_000,
    '2 seconds': 2_000_000_000,
    '0s': 0,
    '0': 0,
    '.5s': 500_000_000,
  }
  for (const [text, ns] of Object.entries(expected)) assert.is(durationNs(text), ns, text)
})

test('what is no duration is none', () => {
  for (const text of ['', '12', '-5s', 'inf', '-inf', 'nan', '5 parsecs', '1m2', 's', '5s of it', '99999999999999999s', '1e3s', '1h1h1h1h1h1h1h'])
    assert.ok(Number.isNaN(durationNs(text)), text)
})

test('a rate contradicts its time only beyond what both were rounded by', () => {
  assert.ok(ratesAgree(64, '640.00', 'ms', '100.00'))
  assert.not(ratesAgree(64, '640.00', 'ms', '50.00'))
  assert.not(ratesAgree(64, '640.00', 'ms', '104.00'))
  // 0.012 s may be 11.5 to 12.5 ms.
  assert.ok(ratesAgree(128, '0.012', 's', '10500.00'))
  assert.ok(ratesAgree(128, '0.000', 's', '400000.00'))
  assert.ok(ratesAgree(64, '640.00', 'ms', 'inf'))
})

test('names of models say how weights are stored', () => {
  const expected: Readonly<Record<string, string>> = {
    'gemma-3-1b-it-Q4_K_M.gguf': 'Q4_K_M',
    '1b-instruct-q4_K_M': 'q4_K_M',
    'llama3.2:1b-instruct-fp16': 'fp16',
    'Qwen3-4B-IQ4_XS': 'IQ4_XS',
    'gpt-oss-20b-mxfp4.gguf': 'mxfp4',
    'model_int4.litertlm': 'int4',
    'Qwen2.5-1.5B-Instruct_multi-prefill-seq_q8_ekv4096.litertlm': 'q8',
    'x-Q4_0_4_8.gguf': 'Q4_0_4_8',
    'llama3.2:1b': '',
    'Qwen2.5': '',
  }
  for (const [name, quant] of Object.entries(expected)) assert.is(quantInName(name), quant, name)
})

test.run()
