import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memorySource, memoryTools } from '../testing/trace-source.js'
import { readRates } from './index.js'
import { perSecond, type RateSetting } from './rates.js'

/** Small texts of our own in the forms that people post, with what must come out of each. */
interface RateCase {
  readonly file: string
  readonly format: string
  /** Phase, tokens, ms. */
  readonly rates: readonly (readonly [phase: string, tokens: number, ms: number])[]
  /** Tokens a second of rates told without counts. */
  readonly perSecond?: readonly number[]
  readonly setting?: Partial<RateSetting>
  readonly skipped?: Readonly<Record<string, number>>
}

const cases: readonly RateCase[] = [
  {
    file: 'cases/llamacpp-common-perf.txt',
    format: 'llamacpp-log',
    rates: [['load', 0, 702.1], ['prefill', 64, 640], ['decode', 63, 3150], ['mixed', 127, 3900]],
    setting: { model: 'Llama 3.2 1B Instruct', quant: 'Q4_0', processor: 'npu', modelBytes: 504 * 2 ** 20 },
  },
  { file: 'cases/llamacpp-server-slot.txt', format: 'llamacpp-log', rates: [['prefill', 40, 800], ['decode', 100, 4000], ['mixed', 140, 4800]] },
  { file: 'cases/llama-cli-footer.txt', format: 'llamacpp-log', rates: [['prefill', 1, 25], ['decode', 1, 100]], perSecond: [40, 10] },
  { file: 'cases/llama-batched-bench.txt', format: 'llama-batched-bench', rates: [['prefill', 256, 512], ['decode', 32, 1600]], skipped: { 'row of several streams at once (B above 1)': 1 } },
  { file: 'cases/ollama-verbose.txt', format: 'ollama-verbose', rates: [['load', 0, 500], ['prefill', 20, 2000], ['decode', 50, 10_000]] },
  { file: 'cases/litert-lm-benchmark-info.txt', format: 'litert-lm', rates: [['load', 0, 1000], ['prefill', 256, 512], ['decode', 100, 5000], ['mixed', 256, 550]] },
  {
    file: 'cases/executorch-llm-stats.txt',
    format: 'executorch-llm-stats',
    // The JSON line and the lines behind it are one request; the first mixed time is that to the first token, the other one the whole.
    rates: [['load', 0, 1500], ['prefill', 20, 100], ['decode', 40, 1000], ['mixed', 20, 100], ['mixed', 60, 1100]],
  },
  { file: 'cases/mnn-print-speed.txt', format: 'mnn-log', rates: [['prefill', 20, 500], ['decode', 40, 4000]] },
  {
    file: 'cases/genie-profile.json',
    format: 'genie-profile',
    rates: [['load', 0, 900.1], ['prefill', 250, 500], ['decode', 41, 2000], ['mixed', 250, 500]],
    setting: { processor: 'npu' },
  },
  {
    file: 'cases/rkllm-rows-without-header.txt',
    format: 'rkllm-log',
    rates: [['prefill', 10, 100], ['decode', 19, 2000]],
    setting: { processor: 'npu', peakBytes: 900.5 * 2 ** 20 },
  },
]

const read = suite('small logs of rates')

for (const { file, format, rates: expected, ...more } of cases)
  read(file, async () => {
    const bytes = readFileSync(new URL(`../testing/${file}`, import.meta.url))
    const reading = await readRates(memorySource(bytes, file), memoryTools)
    const { rates, settings, skipped } = reading
    assert.is(reading.format, format)
    assert.equal(rates.map(({ subject, ns }) => (subject.of === 'phase' ? [subject.phase, subject.tokens, ns / 1e6] : [])), expected)
    if (more.perSecond !== undefined) assert.equal(rates.map((rate) => Math.round(perSecond(rate) * 100) / 100), more.perSecond)
    const setting = settings[rates[0]!.setting]!
    for (const [key, value] of Object.entries(more.setting ?? {})) assert.is(setting[key as keyof RateSetting], value, key)
    assert.equal(skipped, more.skipped ?? {})
    for (const chunkBytes of [1, 7, 100]) assert.equal(await readRates(memorySource(bytes, file, chunkBytes), memoryTools), reading)
  })

read.run()
