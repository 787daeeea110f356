import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fixture, importText, lawBroken, memorySource, memoryTools } from '../testing/trace-source.js'
import { detectFormat, readRates } from './index.js'
import { perSecond, type RateReading } from './rates.js'

const test = suite('rates')
const read = (path: string): Promise<RateReading> => readRates(memorySource(fixture(path), path), memoryTools)
const phasesOf = ({ rates }: RateReading) => rates.map(({ subject, ns, sdNs }) => (subject.of === 'phase' ? [subject.phase, subject.tokens, subject.past, ns, sdNs] : [subject.name, ns]))

const benchTests = [
  ['prefill', 128, 0, 200_000_000, 1_000_000],
  ['decode', 32, 2048, 1_000_000_000, -1],
]

test('llama-bench: every output format gives the same tests', async () => {
  for (const path of ['llama-bench/tests.json', 'llama-bench/tests.csv', 'llama-bench/tests.sql']) assert.equal(phasesOf(await read(path)), benchTests, path)
  const lines = await read('llama-bench/tests.jsonl')
  assert.equal(phasesOf(lines), [...benchTests, ['mixed', 24, 0, 5000, -1]])
  assert.equal(lines.skipped, { 'entry that is no test': 1 })
  assert.equal(lines.rates[0]!.samplesNs, [199_000_000, 201_000_000])
  const [setting] = lines.settings
  assert.equal([setting!.model, setting!.quant, setting!.processor, setting!.modelBytes], ['qwen2 1.5B Q4_0, qwen2.5-1.5b-q4_0.gguf', 'Q4_0', 'gpu', 1e9])
})

test('a table of llama-bench is read back to times; folders of its user are not kept', async () => {
  const table = await read('llama-bench/table.md')
  assert.equal(phasesOf(table), [
    ['prefill', 128, 0, 200_000_000, 1_000_000],
    ['decode', 32, 2048, 1_000_000_000, -1],
    ['mixed', 640, 0, 6_400_000_000, -1],
  ])
  assert.is(table.rates[0]!.inferred['ns'], 'from-rate')
  assert.is(perSecond(table.rates[0]!), 640)
  assert.not.match(JSON.stringify(await read('llama-bench/tests.jsonl')), /somebody/)
})

test('llama.cpp: timings of each run with the buffers loaded before it; 0, inf and nan are none', async () => {
  const log = await read('llamacpp-log/two-runs.log')
  assert.equal(phasesOf(log), [
    ['load', 0, 0, 1_000_500_000, -1],
    ['prefill', 100, 0, 500_250_000, -1],
    ['decode', 63, 0, 2_000_000_000, -1],
    ['mixed', 163, 0, 2_600_000_000, -1],
    ['mixed', 0, 0, 10_000_000, -1],
  ])
  const [first, second] = [log.settings[log.rates[0]!.setting]!, log.settings[log.rates[4]!.setting]!]
  assert.equal([first.modelBytes, first.processor, first.model, first.quant], [Math.round(800.5 * 2 ** 20), 'npu', 'Qwen2.5 1.5B Instruct', 'Q4_0'])
  assert.equal([second.modelBytes, second.processor], [800 * 2 ** 20, 'cpu'])
  assert.equal(log.skipped, { 'timing that was not measured (0, inf or nan)': 2 })
})

test('rkllm: requests of a session, the vendor’s table, several platforms a row', async () => {
  const session = await read('rkllm-log/session.log')
  assert.equal(phasesOf(session), [
    ['load', 0, 0, 1_000_500_000, -1],
    ['prefill', 128, 0, 400_000_000, -1],
    ['decode', 63, 0, 6_300_000_000, -1],
    ['prefill', 13, 0, 40_000_000, -1],
  ])
  assert.not.match(JSON.stringify(session), /somebody/)
  const table = await read('rkllm-log/table.md')
  assert.equal(phasesOf(table).map(([phase, tokens, , ns]) => [phase, tokens, ns]), [
    ['prefill', 128, 150_000_000],
    ['decode', 63, 1_575_000_000],
    ['prefill', 128, 400_000_000],
    ['decode', 63, 3_937_500_000],
    ['prefill', 196, 1_500_000_000],
    ['prefill', 196, 900_000_000],
    ['decode', 1, 62_500_000],
    ['decode', 1, 125_000_000],
  ])
  assert.is(table.settings[table.rates[2]!.setting]!.model, 'Qwen2 1.5B')
})

test('llm_rs2: broken rows of two streams are put together; op tables are ops, timings rates', async () => {
  const trace = await importText(fixture('llmrs-profile/log.log'))
  assert.is(lawBroken(trace), undefined)
  const { ops, strings, header } = trace
  const sums: Record<string, number> = {}
  for (let i = 0; i < ops.length; i++) sums[strings[ops.name[i]!]!] = (sums[strings[ops.name[i]!]!] ?? 0) + ops.durationNs[i]!
  assert.equal(sums, { matmul_qkv: 1_601_000, ffn_up: 1_000_000, lm_head: 300_000, rope: 100_000 })
  assert.equal([header.models[0]!.id, header.requests[0]!.promptTokens, header.requests[0]!.outputTokens], ['llama-3.2-1b', 8, 3])
  assert.equal(header.skipped, {})
  const log = await read('llmrs-profile/log.log')
  assert.equal(phasesOf(log), [
    ['prefill', 8, 0, 20_500_000, -1],
    ['mixed', 8, 0, 30_250_000, -1],
    ['decode', 2, 0, 25_000_000, -1],
  ])
  assert.equal(phasesOf(await read('llmrs-profile/record.json')), [
    ['load', 0, 0, 2_250_000_000, -1],
    ['mixed', 0, 0, 200_500_000, -1],
    ['decode', 1, 0, 20_250_000, -1],
  ])
  assert.equal(phasesOf(await read('llmrs-profile/steps.json')), [['decode', 1, 10, 1_000_000, -1], ['sample', 5000], ['decode', 1, 11, 1_100_000, -1]])
})

test('ops asked for rates, and JSON that is cut, are refused in one line', async () => {
  assert.throws(() => detectFormat(memorySource(fixture('llamacpp-hexagon/old.log')), undefined, 'rates'), /expected rates, found "ops/)
  const refused = async (text: string, message: RegExp) => {
    try {
      await readRates(memorySource(text), memoryTools)
    } catch (error) {
      assert.instance(error, BadInput)
      return assert.match((error as Error).message, message)
    }
    assert.unreachable()
  }
  await refused(`[${fixture('llama-bench/tests.jsonl').slice(0, 300)}, "avg_ns": 1, "n_prompt": 1`, /is the file whole/)
  await refused('llama_print_timings: prompt eval time = 0.00 ms / 1 tokens (x)', /1 × timing that was not measured/)
})

test.run()
