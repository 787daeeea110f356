import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fixture, memorySource, memoryTools } from '../testing/trace-source.js'
import { detectFormat, formats, readRates } from './index.js'
import type { RateReading } from './rates.js'

const test = suite('rates of runtimes')

const NOT_MEASURED = 'timing that was not measured (0, inf or nan)'
const CONTRADICTS = 'row whose rate contradicts its time'
const BATCHED = 'several sequences at once: their tokens are no steps of one'

const readText = (text: string, name = 'test', chunkBytes = 1 << 16): Promise<RateReading> => readRates(memorySource(text, name, chunkBytes), memoryTools)
const msOf = ({ rates }: RateReading) => rates.map(({ subject, ns }) => (subject.of === 'phase' ? [subject.phase, subject.tokens, ns / 1e6] : []))
const refused = async (text: string, message: RegExp): Promise<void> => {
  try {
    await readText(text)
  } catch (error) {
    assert.instance(error, BadInput)
    return assert.match((error as BadInput).message, message)
  }
  assert.unreachable()
}

interface Expected {
  readonly file: string
  /** Phase, tokens, ms. */
  readonly rates: readonly (readonly [string, number, number])[]
  /** Of every setting: model, quantisation, processor. */
  readonly settings: readonly (readonly [string, string, string])[]
  readonly skipped?: Readonly<Record<string, number>>
}

/** Fixtures with what a reader of the file works out by hand. */
const files: readonly Expected[] = [
  {
    file: 'executorch-llm-stats/session.log',
    rates: [
      ['load', 0, 700],
      ['prefill', 48, 80],
      ['decode', 96, 2400],
      ['mixed', 48, 81],
      ['mixed', 144, 2480],
      ['prefill', 12, 30],
      ['decode', 30, 750],
      ['mixed', 12, 30],
      ['mixed', 42, 780],
    ],
    settings: [['llama3_2_1b_int8.pte', 'int8', 'npu']],
  },
  {
    file: 'executorch-llm-stats/reports.log',
    rates: [['load', 0, 1250], ['prefill', 64, 500], ['decode', 20, 1000], ['mixed', 64, 500], ['mixed', 84, 1500], ['prefill', 32, 250]],
    settings: [['', '', 'cpu']],
    skipped: { 'line of PyTorchObserver that is cut': 1, [CONTRADICTS]: 1, [NOT_MEASURED]: 2 },
  },
  {
    file: 'genie-profile/dialogs.json',
    rates: [['load', 0, 1250], ['prefill', 128, 200], ['decode', 32, 1000], ['mixed', 128, 203], ['prefill', 10, 50], ['mixed', 10, 50]],
    settings: [['', '', 'npu']],
    skipped: { 'embedding (no part of a dialog)': 1, 'query that generated no token': 1, [CONTRADICTS]: 1, [NOT_MEASURED]: 2 },
  },
  {
    file: 'genie-profile/kpis.txt',
    rates: [['load', 0, 2500], ['prefill', 18, 200], ['decode', 38, 3000]],
    settings: [['', '', 'npu']],
    skipped: { [CONTRADICTS]: 1, [NOT_MEASURED]: 1 },
  },
  {
    file: 'mnn-log/demo.log',
    rates: [['prefill', 96, 400], ['decode', 64, 3200], ['prefill', 10, 16], ['decode', 20, 1000]],
    settings: [['Qwen2.5-1.5B-Instruct-MNN', '', 'gpu']],
    skipped: { [NOT_MEASURED]: 2 },
  },
  {
    file: 'mnn-log/bench.md',
    rates: [['prefill', 256, 2000], ['decode', 64, 4000], ['mixed', 320, 6000.375023], ['prefill', 100, 500], ['decode', 50, 2000], ['load', 0, 750], ['load', 0, 750]],
    settings: [['Qwen2.5-1.5B-Instruct-MNN', '', 'cpu'], ['Qwen2.5-1.5B-Instruct-MNN', '', 'gpu']],
    skipped: { 'row that is cut': 1, [NOT_MEASURED]: 2 },
  },
  {
    file: 'mlc-log/chat.log',
    rates: [['prefill', 1, 4], ['decode', 1, 25], ['prefill', 50, 250], ['decode', 10, 500], ['decode', 1, 25.5], ['decode', 1, 26.5], ['prefill', 32, 200], ['decode', 16, 500]],
    settings: [['Llama-3.2-1B-Instruct-q4f16_1-MLC', 'q4f16_1', 'gpu']],
    skipped: { [NOT_MEASURED]: 2 },
  },
  {
    file: 'mlc-log/usage.jsonl',
    rates: [['prefill', 100, 250], ['decode', 64, 2000], ['mixed', 128, 260], ['prefill', 30, 500], ['decode', 20, 2000], ['mixed', 30, 500]],
    settings: [['Llama-3.2-1B-Instruct-q4f16_1-MLC', 'q4f16_1', 'cpu']],
  },
  {
    file: 'mllm-log/summary.log',
    rates: [['prefill', 32, 500], ['decode', 40, 4000], ['mixed', 32, 510], ['prefill', 100, 250], ['mixed', 100, 1010], ['load', 0, 461.8], ['prefill', 1, 125], ['decode', 1, 200]],
    settings: [['qwen3-0.6B-w4a32kai.mllm', '', 'cpu']],
    skipped: { [NOT_MEASURED]: 1 },
  },
  { file: 'mllm-log/npu.log', rates: [['prefill', 1022, 2044]], settings: [['', '', 'npu']], skipped: { [CONTRADICTS]: 1 } },
  {
    file: 'mllm-log/benchmark.log',
    rates: [['prefill', 128, 800], ['decode', 64, 4000], ['mixed', 128, 800.5], ['prefill', 128, 1000], ['decode', 64, 5000], ['mixed', 128, 1000.5]],
    settings: [['qwen3-w4a32-kai', 'w4a32', 'cpu']],
    skipped: { 'average of runs that are read one by one': 3 },
  },
  { file: 'ort-genai-bench/e2e.log', rates: [['prefill', 128, 320], ['decode', 64, 3200]], settings: [['', '', 'cpu']], skipped: { [BATCHED]: 1 } },
  { file: 'ort-genai-bench/table.md', rates: [['prefill', 256, 32], ['decode', 1, 5]], settings: [['', '', 'cpu']] },
  {
    file: 'ort-genai-bench/records.csv',
    rates: [['prefill', 64, 100], ['decode', 32, 2000], ['decode', 32, 2000]],
    settings: [['qwen2.5-1.5b', 'int4', 'npu']],
    skipped: { 'row that is cut': 1, [CONTRADICTS]: 1, [BATCHED]: 1 },
  },
  { file: 'ort-genai-bench/records.json', rates: [['prefill', 512, 4000], ['decode', 128, 16_000]], settings: [['qwen2.5-1.5b', 'int4', 'cpu']], skipped: { [BATCHED]: 1 } },
  { file: 'ort-genai-bench/model_benchmark.txt', rates: [['prefill', 16, 50], ['decode', 1, 25]], settings: [['', '', 'cpu']] },
  {
    file: 'rkllm-log/rows.txt',
    rates: [['prefill', 16, 50], ['decode', 24, 3000]],
    settings: [['', '', 'npu']],
    skipped: { 'row that is cut': 1, [CONTRADICTS]: 1, [NOT_MEASURED]: 1 },
  },
]

for (const { file, rates, settings, skipped = {} } of files)
  test(file, async () => {
    const format = file.split('/')[0]!
    const text = fixture(file)
    const reading = await readText(text, file)
    assert.is(reading.format, format)
    assert.equal(msOf(reading), rates)
    assert.equal(reading.settings.map(({ model, quant, processor }) => [model, quant, processor]), settings)
    assert.equal(reading.skipped, skipped)
    assert.equal(await readText(text, file, 7), reading, 'wherever the file is cut into chunks')
    assert.not.match(JSON.stringify(reading), /somebody/, 'no folder of a user')
    const bytes = new TextEncoder().encode(text)
    assert.equal(formats.filter((one) => one.detect({ name: file, bytes, text }).answer === 'yes').map(({ id }) => id), [format])
  })

test('what was worked out is said: counts and times from rates, the first token', async () => {
  const inferred = async (file: string) => (await readText(fixture(file))).rates.map((rate) => rate.inferred)
  assert.equal((await inferred('mlc-log/chat.log')).slice(0, 3), [{ tokens: 'count-not-told', ns: 'from-rate' }, { tokens: 'count-not-told', ns: 'from-rate' }, { ns: 'from-rate' }])
  assert.equal((await inferred('genie-profile/dialogs.json')).slice(1, 4), [{ ns: 'from-rate' }, { tokens: 'rate-times-time' }, { phase: 'time-to-first-token' }])
  // 0.02 s may be 0.015 or 0.025: its rate of five digits gives 16.00 ms. A time of three digits and more stays as it is.
  assert.equal((await inferred('mnn-log/demo.log'))[2], { ns: 'from-rate' })
  assert.equal((await inferred('executorch-llm-stats/session.log'))[1], {})
})

test('spreads, runs, sizes, threads and memory are those of the file', async () => {
  const bench = await readText(fixture('mnn-log/bench.md'))
  assert.equal(bench.settings.map(({ modelBytes, threads, backend }) => [modelBytes, threads, backend]), [[2 ** 30, 4, 'MNN CPU'], [2 ** 29, 68, 'MNN OPENCL']])
  // 1.28 of 128 token/s is a hundredth: of 2 s, 20 ms.
  assert.equal(bench.rates.slice(0, 2).map(({ sdNs }) => sdNs), [20_000_000, 40_000_000])
  const native = await readText(fixture('ort-genai-bench/model_benchmark.txt'))
  assert.equal(native.rates.map(({ sdNs, runs }) => [sdNs, runs]), [[500_000, 5], [250_500, 635]])
  const rows = await readText(fixture('rkllm-log/rows.txt'))
  assert.is(rows.settings[0]!.peakBytes, 1500.5 * 2 ** 20)
  assert.is((await readText(fixture('executorch-llm-stats/session.log'))).settings[0]!.threads, 6)
})

test('executorch: a JSON line and a report of equal counts are one request, two requests of equal counts are two', async () => {
  const json = (line: string): string => line.split('\n').find((one) => one.startsWith('PyTorchObserver'))!
  const line = json(fixture('executorch-llm-stats/session.log'))
  const twice = await readText(`${line}\n${line.replaceAll('17600000', '17600009')}\n`)
  assert.equal(msOf(twice).filter(([phase]) => phase === 'decode'), [['decode', 96, 2400], ['decode', 96, 2400]])
  assert.equal(msOf(twice).filter(([phase]) => phase === 'load').length, 2, 'each process loads')
  const contradicted = await readText(`${line}\nI 00:00:03 executorch:stats.h:147] \tPrompt Tokens: 48    Generated Tokens: 96\nI 00:00:03 executorch:stats.h:182] \t\tGenerated 96 tokens:\t9.600000 (seconds)\t\t Rate: \t10.000000 (tokens/second)\n`)
  assert.equal(msOf(contradicted).filter(([phase]) => phase === 'decode'), [['decode', 96, 2400]])
  assert.equal(contradicted.skipped, { 'report that contradicts the JSON line of its request': 1 })
})

test('executorch: damaged stamps are counted, not read', async () => {
  const line = (text: string): string => `PyTorchObserver {"prompt_tokens":8,"generated_tokens":4,"model_load_start_ms":1000,"model_load_end_ms":1100,"inference_start_ms":1100,"inference_end_ms":${text},"prompt_eval_end_ms":1200,"first_token_ms":1200,"SCALING_FACTOR_UNITS_PER_SECOND":1000}`
  assert.equal(msOf(await readText(line('1600'))), [['load', 0, 100], ['prefill', 8, 100], ['decode', 4, 400], ['mixed', 8, 100], ['mixed', 12, 500]])
  const backwards = await readText(line('900'))
  assert.equal(msOf(backwards), [['load', 0, 100], ['prefill', 8, 100], ['mixed', 8, 100]])
  assert.equal(backwards.skipped, { [NOT_MEASURED]: 2 })
  const told = await readText(line('1600').replace('PyTorchObserver ', 'onStats: ').replace('"SCALING', '"prefill_token_per_sec":80,"decode_token_per_sec":99,"SCALING'))
  assert.equal(msOf(told), [['load', 0, 100], ['prefill', 8, 100], ['mixed', 8, 100], ['mixed', 12, 500]])
  assert.equal(told.skipped, { [CONTRADICTS]: 1 })
  await refused('PyTorchObserver {"prompt_tokens":8,"generated_tokens":4,"inference_start_ms":0', /1 × line of PyTorchObserver that is cut/)
})

test('genie: batches, speculative decoding and units', async () => {
  const query = (more: string, type = 'GenieDialog_query'): string => `{"components":[{"events":[{"type":"${type}","num-prompt-tokens":{"value":10,"unit":""},"prompt-processing-rate":{"value":100,"unit":"toks/sec"},"num-generated-tokens":{"value":5,"unit":""},${more}}]}]}`
  assert.equal(msOf(await readText(query('"token-generation-time":{"value":0.5,"unit":"s"},"token-generation-rate":{"value":10}'))), [['prefill', 10, 100], ['decode', 5, 500]])
  const speculative = await readText(query('"token-generation-time":{"value":500000,"unit":"us"},"token-generation-rate":{"value":10},"token-acceptance-rate":{"value":1.8}'))
  assert.equal(msOf(speculative), [['prefill', 10, 100]])
  assert.equal(speculative.skipped, { 'speculative decoding: its tokens are no passes': 1 })
  await refused(query('"x":1', 'GenieDialog_batchQuery'), /1 × several sequences at once/)
  await refused('{"components":[{"events":[{"type":"GenieDialog_query","num-prompt-tokens":{"value":-3,"unit":""}', /is cut/)
})

test('the generate() benchmark: tables of either direction, one behind the other; latencies without rates are not believed', async () => {
  const wide = '| Batch Size | Prompt Length | Tokens Generated | Prompt Processing Throughput (tps) | Token Generation Throughput (tps) |\n|--|--|--|--|--|\n| 1 | 128 | 129 | 400 | 25 |\n| 4 | 128 | 129 | 400 | 25 |\n| 1 | 128 | 129 | inf | nan |\n'
  const rows = await readText(wide)
  assert.equal(msOf(rows), [['prefill', 128, 320], ['decode', 128, 5120]])
  assert.equal(rows.skipped, { [BATCHED]: 1, [NOT_MEASURED]: 2 })
  const two =
    '| Metric | Value | Unit |\n|---|---:|---|\n| Average Prompt Processing Throughput (per token) | 50.0 | tps |\n| Average Token Generation Latency (per token) | 125.0 | ms |\n| Average Token Generation Throughput (per token) | 8.0 | tps |\n\n' +
    '- **Average Prompt Processing Throughput (per token):** 100.0 tps\n- **Average Token Generation Throughput (per token):** 16.0 tps\n'
  assert.equal((await readText(two)).rates.map(({ ns, line }) => [ns / 1e6, line]), [[20, 3], [125, 3], [10, 7], [62.5, 7]])
  const onItsSide = 'Batch Size,1,1\nPrompt Length,16,32\nPrompt Processing Throughput (tps),100.0,200.0\nPrompt Processing Latency (ms),10.0,5.0\n'
  assert.equal(msOf(await readText(onItsSide)), [['prefill', 16, 160], ['prefill', 32, 160]])
  await refused('Average Prompt Processing Latency (per token): 2.5 ms\n', /1 × latency without a throughput/)
})

test('two tables that look alike are told apart', () => {
  const llamaBench = '| model | size | params | backend | threads | test | t/s |\n| - | - | - | - | - | - | - |\n| qwen2 1B Q4_0 | 1 GiB | 1.5 B | CPU | 4 | pp512 | 20.00 ± 0.1 |\n'
  assert.is(detectFormat(memorySource(llamaBench), undefined, 'rates').id, 'llama-bench')
  assert.is(detectFormat(memorySource(fixture('mnn-log/bench.md')), undefined, 'rates').id, 'mnn-log')
})

test.run()
