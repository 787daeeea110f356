import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fixture, memorySource, memoryTools } from '../testing/trace-source.js'
import { readRates } from './index.js'
import type { RateReading } from './rates.js'

const test = suite('rates of Ollama and LiteRT-LM')
const readText = (text: string): Promise<RateReading> => readRates(memorySource(text, 'x.txt'), memoryTools)
const read = (path: string): Promise<RateReading> => readText(fixture(path))
const phasesOf = ({ rates }: RateReading) => rates.map(({ subject, ns }) => (subject.of === 'phase' ? [subject.phase, subject.tokens, subject.past, ns / 1e6] : []))

test('ollama run --verbose: answers of a session, each of the model that was asked', async () => {
  const session = await read('ollama-verbose/session.txt')
  assert.equal(phasesOf(session), [
    ['load', 0, 0, 1500],
    ['prefill', 30, 0, 250.5],
    ['decode', 610, 30, 61_000],
    ['load', 0, 0, 0.0356],
    ['decode', 20, 0, 2000],
    ['load', 0, 0, 4000],
    ['prefill', 10, 0, 1000],
  ])
  assert.is(session.rates[3]!.inferred['phase'], 'may-be-loaded-already')
  assert.equal(session.skipped, { 'prompt that was in the cache': 1, 'rate that contradicts its time': 1, 'request that is cut': 1 })
  assert.equal(
    session.rates.map(({ setting }) => session.settings[setting]!).map(({ model, quant, processor }) => [model, quant, processor].join(' ')).filter((word, i, all) => all.indexOf(word) === i),
    ['llama3.2:1b-instruct-q4_K_M q4_K_M cpu', 'big:7b-q8_0 q8_0 gpu'],
  )
})

test('Ollama’s API: the last object of a stream; cached tokens are no work; times of another unit are none', async () => {
  const stream = await read('ollama-api/stream.jsonl')
  assert.equal(phasesOf(stream), [
    ['load', 0, 0, 1500],
    ['prefill', 26, 0, 520],
    ['decode', 60, 26, 6000],
    ['load', 0, 0, 20],
    ['prefill', 10, 40, 80],
    ['decode', 30, 50, 2900],
    ['load', 0, 0, 20],
    ['decode', 20, 0, 2000],
  ])
  assert.equal(stream.skipped, { 'JSON that is cut': 1, 'prompt that was in the cache': 1, 'request whose parts are longer than its total': 1, 'request whose times are not in ns': 1 })
  assert.equal([stream.format, stream.settings[0]!.model, stream.settings[0]!.quant], ['ollama-api', 'llama3.2:1b-instruct-q4_K_M', 'q4_K_M'])
  const results = await read('ollama-api/results.json')
  assert.equal(phasesOf(results), [
    ['load', 0, 0, 500],
    ['prefill', 12, 0, 60],
    ['decode', 40, 12, 2000],
  ])
  assert.equal(results.settings.map(({ model, quant }) => [model, quant]), [['qwen2.5:0.5b-instruct-fp16', 'fp16']])
})

test('LiteRT-LM: turns of a conversation lie behind each other in the cache; phases of init are one load', async () => {
  const turns = await read('litert-lm/conversation.log')
  assert.equal(phasesOf(turns), [
    ['load', 0, 0, 1620.75],
    ['prefill', 100, 0, 249.9514],
    ['decode', 50, 100, 1000],
    ['prefill', 30, 150, 100],
    ['decode', 2400, 180, 60_500],
    ['mixed', 100, 0, 270],
  ])
  assert.equal(turns.skipped, { 'rate that contradicts its time': 1 })
  const { model, quant, processor } = turns.settings[0]!
  assert.equal([model, quant, processor], ['gemma3-1b-it-int4.litertlm', 'int4', 'gpu'])
  assert.not.match(JSON.stringify(turns), /somebody/)
})

test('LiteRT-LM’s command: rates of the tokens that were asked for; drafted ones are no steps', async () => {
  const cli = await read('litert-lm/cli.txt')
  assert.equal(phasesOf(cli), [
    ['prefill', 256, 0, 250],
    ['decode', 64, 256, 2000],
    ['load', 0, 0, 750],
    ['mixed', 256, 0, 281.3],
    ['prefill', 256, 0, 2000],
    ['mixed', 64, 256, 4000],
    ['load', 0, 0, 750],
    ['mixed', 256, 0, 2062.5],
  ])
  assert.equal([...new Set(cli.rates.map(({ setting }) => cli.settings[setting]!.processor))], ['npu', 'cpu'])
  assert.is(cli.rates[0]!.inferred['ns'], 'from-rate')
})

test('LiteRT’s benchmark of a signature: a step, or a prompt of the tokens in its name', async () => {
  const runs = await read('litert-lm/signatures.log')
  assert.equal(phasesOf(runs), [
    ['load', 0, 0, 2000.5],
    ['decode', 1, 0, 50.25],
    ['prefill', 128, 0, 640],
  ])
  assert.equal(runs.rates.map((rate) => rate.runs), [1, 10, 5])
  assert.equal([runs.settings[0]!.model, runs.settings[0]!.quant, runs.settings[0]!.processor], ['gemma3-1b-it-int4.tflite', 'int4', 'gpu'])
  assert.equal(runs.skipped, { 'runs of a signature that is neither prefill nor decode': 1 })
})

test.run()
