import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fixture, memorySource, memoryTools } from '../testing/trace-source.js'
import { detectFormat, readRates } from './index.js'
import type { RateReading } from './rates.js'

const test = suite('rates of llama.cpp')
const readText = (text: string): Promise<RateReading> => readRates(memorySource(text, 'x.log'), memoryTools)
const read = (path: string): Promise<RateReading> => readText(fixture(path))
/** Phase, tokens, tokens in the cache, ms. */
const phasesOf = ({ rates }: RateReading) => rates.map(({ subject, ns }) => (subject.of === 'phase' ? [subject.phase, subject.tokens, subject.past, ns / 1e6] : []))
const rulesOf = ({ rates }: RateReading) => rates.map(({ inferred }) => Object.entries(inferred).flat().join(' '))

const block = (load: number, prompt: number, tokens: number, decode: number, steps: number, total: number): string =>
  [
    `llama_perf_context_print:        load time = ${load.toFixed(2)} ms`,
    `llama_perf_context_print: prompt eval time = ${prompt.toFixed(2)} ms / ${tokens} tokens (${(prompt / tokens).toFixed(2)} ms per token, ${((tokens * 1000) / prompt).toFixed(2)} tokens per second)`,
    `llama_perf_context_print:        eval time = ${decode.toFixed(2)} ms / ${steps} runs (${(decode / steps).toFixed(2)} ms per token, ${((steps * 1000) / decode).toFixed(2)} tokens per second)`,
    `llama_perf_context_print:       total time = ${total.toFixed(2)} ms / ${tokens + steps} tokens`,
    '',
  ].join('\n')

test('one log with two models is two settings, each with its own weights; damaged lines are counted', async () => {
  const log = await read('llamacpp-log/two-models.log')
  assert.equal(phasesOf(log), [
    ['load', 0, 0, 580],
    ['prefill', 32, 0, 320],
    ['decode', 15, 0, 300],
    ['mixed', 47, 0, 1210],
    ['load', 0, 0, 1500.25],
    ['prefill', 32, 0, 160],
    ['decode', 15, 0, 600],
    ['mixed', 47, 0, 765],
  ])
  assert.equal(log.rates.map(({ setting }) => setting), [0, 0, 0, 0, 1, 1, 1, 1])
  assert.equal(
    log.settings.map(({ model, quant, processor, modelBytes, parameters, threads }) => [model, quant, processor, modelBytes / 2 ** 20, parameters, threads]),
    [
      ['Qwen2.5 0.5B Instruct', 'Q8_0', 'cpu', 500, 494_030_000, 4],
      ['Llama 3.2 3B Instruct', 'Q4_K - Medium', 'gpu', 1900.5, 0, 4],
    ],
  )
  assert.equal(log.skipped, { 'rate that contradicts its time': 1, 'timing that is cut': 1 })
  assert.not.match(JSON.stringify(log), /somebody/)
})

test('words of a load in 2023 and in ik_llama.cpp', async () => {
  const old = [
    'llm_load_print_meta: model ftype      = Q5_K - Medium',
    'llm_load_print_meta: model params     = 10.73 B',
    'llm_load_print_meta: model size       = 7.00 GiB (5.60 BPW)',
    'llm_load_print_meta: general.name     = LLaMA v2',
    'llm_load_tensors: ggml ctx size =    0.17 MiB',
    'llm_load_tensors:        CPU buffer size =   200.00 MiB',
    'llm_load_tensors:      CUDA0 buffer size =  6800.00 MiB',
    'llama_kv_cache_init:        CPU KV buffer size =   162.00 MiB',
    '',
  ].join('\n')
  const { settings } = await readText(old + block(1000, 400, 40, 600, 20, 1010))
  assert.equal(settings.map(({ model, quant, backend, processor, modelBytes, parameters }) => [model, quant, backend, processor, modelBytes / 2 ** 20, parameters]), [
    ['LLaMA v2', 'Q5_K - Medium', 'CPU, CUDA0', 'gpu', 7000, 10_730_000_000],
  ])
})

test('without buffers the processor is that of the devices a model was given, or of the table at the end', async () => {
  const where = async (ahead: string, behind = '') => {
    const { settings } = await readText(ahead + block(1000, 400, 40, 600, 20, 1010) + behind)
    return settings.map(({ backend, processor }) => `${backend}: ${processor}`)
  }
  const given = 'llama_model_load_from_file_impl: using device Vulkan0 (Adreno (TM) 740) (unknown id) - 11000 MiB free\n'
  const loaded = 'llama_model_loader: loaded meta data with 30 key-value pairs and 255 tensors from x-Q4_0.gguf (version GGUF V3 (latest))\n'
  assert.equal(await where(given + loaded), ['Vulkan0: gpu'])
  assert.equal(await where(`${given}${loaded}load_tensors: offloaded 0/29 layers to GPU\n`), ['CPU: cpu'])
  assert.equal(await where(given + loaded + block(1000, 400, 40, 600, 20, 1010) + given.replace('Vulkan0', 'HTP0') + loaded), ['Vulkan0: gpu', 'HTP0: npu'])
  const table = [
    'llama_memory_breakdown_print: | memory breakdown [MiB]  | total   free    self   model   context   compute    unaccounted |',
    'llama_memory_breakdown_print: |   - HTP0 (Hexagon)      |  2048 = 2048 + (   0 =     0 +       0 +       0) +           0 |',
    'llama_memory_breakdown_print: |   - Host                |                  439 =   225 +     136 +      77                |',
    'llama_memory_breakdown_print: |   - HTP0-REPACK         |                  504 =   504 +       0 +       0                |',
    '',
  ].join('\n')
  assert.equal(await where('', table), ['HTP0 (Hexagon), Host, HTP0-REPACK: npu'])
})

test('commands among the timings name the model of each run and how it began', async () => {
  const log = await readText(
    [
      '$ ./build/bin/llama-completion -m /home/somebody/small-Q8_0.gguf -p hi --no-warmup',
      block(1000, 400, 40, 600, 20, 1700),
      '$ llama-completion -hf somebody/big-GGUF:Q4_K_M -p hi',
      block(1000, 400, 40, 600, 20, 1010),
    ].join('\n'),
  )
  const loads = log.rates.filter(({ subject }) => subject.of === 'phase' && subject.phase === 'load')
  assert.equal(
    loads.map(({ ns, inferred, setting }) => [log.settings[setting]!.model, log.settings[setting]!.quant, ns / 1e6, inferred['ns']]),
    [
      ['small-Q8_0.gguf', 'Q8_0', 600, 'less-the-prompt'],
      ['big-GGUF:Q4_K_M', 'Q4_K_M', 1000, 'may-contain-the-prompt'],
    ],
  )
})

test('a load holds the prompt only where nothing warmed the model up', async () => {
  const loads = async (ahead: string, ...numbers: Parameters<typeof block>) => {
    const log = await readText(ahead + block(...numbers))
    return log.rates.flatMap(({ subject, ns, inferred }) => (subject.of === 'phase' && subject.phase === 'load' ? [[ns / 1e6, inferred['ns'] ?? '']] : []))
  }
  const warm = 'common_init_from_params: warming up the model with an empty run - please wait ... (--no-warmup to disable)\n'
  const cold = '$ llama-completion -m x.gguf --no-warmup\n'
  assert.equal(await loads(warm, 1000, 400, 40, 600, 20, 1010), [[1000, '']])
  assert.equal(await loads(cold, 1000, 400, 40, 600, 20, 1700), [[600, 'less-the-prompt']])
  // The clock runs since before the load: total = load + eval.
  assert.equal(await loads('', 3000, 900, 90, 500, 10, 3510), [[2100, 'less-the-prompt']])
  // It was set to 0 behind the load: total = prompt + eval.
  assert.equal(await loads('', 3000, 900, 90, 500, 10, 1410), [[3000, 'may-contain-the-prompt']])
  assert.equal(await loads('', 700, 900, 90, 500, 10, 1410), [[700, '']])
  // A prompt of several batches is in the load in part.
  const several = await readText(cold + block(700, 900, 90, 500, 10, 1610))
  assert.equal(several.skipped, { 'load time that holds a part of the prompt': 1 })
  assert.equal(phasesOf(several).map(([phase]) => phase), ['prefill', 'decode', 'mixed'])
})

test('a server’s slots: what was cached, what was drafted, who worked beside', async () => {
  const log = await read('llamacpp-log/server.log')
  assert.equal(phasesOf(log), [
    ['prefill', 128, 0, 400],
    ['mixed', 50, 128, 2000],
    ['mixed', 178, 0, 2400],
    ['prefill', 20, 120, 100],
    ['decode', 10, 140, 500],
    ['mixed', 30, 0, 600],
    ['mixed', 20, 0, 100],
    ['mixed', 10, 20, 900],
    ['mixed', 30, 0, 1000],
  ])
  assert.equal([rulesOf(log)[1], rulesOf(log)[4]], ['phase speculative-decoding', ''])
  assert.match(rulesOf(log)[7]!, /several-slots-at-once/)
  // The draft was loaded last, and nothing is timed of it.
  assert.equal(log.settings.map(({ model, quant, processor, modelBytes }) => [model, quant, processor, modelBytes / 2 ** 20]), [['Llama 3.2 3B Instruct', 'Q4_0', 'gpu', 1800]])
  assert.equal(phasesOf(await read('llamacpp-log/server-2024.log')), [
    ['prefill', 50, 0, 250],
    ['decode', 33, 0, 990],
    ['mixed', 0, 0, 1240],
  ])
})

test('lines of a server without its slots, and a run behind it', async () => {
  const lines = [
    'slot update_slots: id  0 | task 1 | n_tokens = 50, memory_seq_rm [50, end)',
    'slot print_timing: id  0 | task 1 | ',
    'prompt eval time =     100.00 ms /    20 tokens (    5.00 ms per token,   200.00 tokens per second)',
    '       eval time =     500.00 ms /    10 tokens (   50.00 ms per token,    20.00 tokens per second)',
    '      total time =     600.00 ms /    30 tokens',
  ]
  const pasted = await readText([...lines.slice(2), 'draft acceptance = 0.50000 (    5 accepted /    10 generated)', ''].join('\n'))
  assert.equal(phasesOf(pasted), [
    ['prefill', 20, 0, 100],
    ['mixed', 10, 0, 500],
    ['mixed', 30, 0, 600],
  ])
  const behind = await readText(`${lines.join('\n')}\n${block(1000, 400, 40, 600, 20, 1010)}`)
  assert.equal(phasesOf(behind).map(([phase, tokens, past]) => [phase, tokens, past]), [
    ['prefill', 20, 50],
    ['decode', 10, 70],
    ['mixed', 30, 0],
    ['load', 0, 0],
    ['prefill', 40, 0],
    ['decode', 20, 0],
    ['mixed', 60, 0],
  ])
})

test('speculative decoding: tokens are no passes, and its contexts’ timings are of several tokens a pass', async () => {
  const log = await read('llamacpp-log/speculative.log')
  assert.equal(phasesOf(log), [
    ['prefill', 24, 0, 240],
    ['mixed', 80, 0, 2000],
  ])
  assert.is(log.settings[log.rates[0]!.setting]!.model, 'Llama 3.2 3B Instruct')
  assert.equal(log.skipped, { 'timing of a context of speculative decoding': 8 })
})

test('llama-cli: rates without counts are times of one token; a run that failed has none', async () => {
  const log = await read('llamacpp-log/cli.txt')
  assert.equal(phasesOf(log), [
    ['prefill', 1, 0, 4],
    ['decode', 1, 0, 80],
  ])
  assert.is(log.rates[1]!.inferred['tokens'], 'count-not-told')
  assert.equal([log.settings[0]!.model, log.settings[0]!.quant], ['gemma-3-1b-it-Q4_K_M.gguf', 'Q4_K_M'])
  assert.equal(log.skipped, { 'timing that was not measured (0, inf or nan)': 2 })
})

test('batched-bench and sweep-bench: one stream’s rows, the depth of a sweep, and no sums of all rows', async () => {
  const table = await read('llama-batched-bench/table.log')
  assert.equal(table.format, 'llama-batched-bench')
  assert.equal(phasesOf(table).map(([phase, tokens, past, ms]) => [phase, tokens, past, Math.round((ms as number) * 10) / 10]), [
    ['prefill', 128, 0, 640],
    ['decode', 16, 128, 800],
    ['prefill', 8, 0, 12.3],
    ['decode', 16, 128, 800],
  ])
  assert.equal(table.skipped, { 'rate that contradicts its time': 1, 'row of several streams at once (B above 1)': 1, 'row that is cut': 1, 'timing of a whole benchmark': 4 })
  const { model, quant, processor, threads } = table.settings[0]!
  assert.equal([model, quant, processor, threads], ['Qwen2.5 1.5B Instruct', 'Q8_0', 'npu', 6])
  const rows = await read('llama-batched-bench/rows.jsonl')
  assert.equal(phasesOf(rows), [
    ['prefill', 128, 0, 640.25],
    ['decode', 16, 128, 800.125],
  ])
  assert.equal(rows.skipped, { 'JSON that is cut': 1, 'row of several streams at once (B above 1)': 1 })
  const sweep = await read('llama-sweep-bench/table.md')
  assert.equal(phasesOf(sweep), [
    ['prefill', 512, 0, 2560],
    ['decode', 128, 0, 6400],
    ['prefill', 512, 512, 3200],
    ['decode', 128, 512, 8000],
  ])
  assert.equal([sweep.format, sweep.settings[0]!.processor, sweep.settings[0]!.threads], ['llama-sweep-bench', 'cpu', 8])
  assert.equal(phasesOf(await read('llama-sweep-bench/rows.jsonl')), [
    ['prefill', 512, 1024, 3500],
    ['decode', 128, 1024, 9000],
  ])
})

test('a file with tables of two benchmarks is read as one', async () => {
  const both = await readText(`${fixture('llama-batched-bench/table.log')}\n${fixture('llama-bench/table.md')}`)
  assert.is(both.format, 'llama-batched-bench')
  assert.equal(phasesOf(both).slice(4), [
    ['prefill', 128, 0, 200],
    ['decode', 32, 2048, 1000],
    ['mixed', 640, 0, 6400],
  ])
})

test('a server’s JSON: the last of a stream’s timings, cached tokens, drafted ones', async () => {
  const whole = await read('llama-server-json/completion.json')
  assert.equal(phasesOf(whole), [
    ['prefill', 32, 16, 640.5],
    ['decode', 64, 48, 3200.25],
  ])
  assert.equal([whole.format, whole.settings[0]!.model, whole.settings[0]!.quant], ['llama-server-json', 'Llama-3.2-1B-Instruct-Q4_0.gguf', 'Q4_0'])
  const stream = await read('llama-server-json/stream.txt')
  assert.equal(phasesOf(stream), [
    ['prefill', 10, 0, 100],
    ['decode', 20, 10, 1000],
    ['prefill', 2, 8, 30],
    ['mixed', 40, 10, 1000],
  ])
  assert.equal(stream.skipped, { 'JSON that is cut': 1 })
  // Of jq, one behind the other, with the whole prompt's length where the cache is not told.
  const two = await readText('{\n "timings": {"prompt_n": 8, "prompt_ms": 80, "predicted_n": 4, "predicted_ms": 200},\n "usage": {"prompt_tokens": 20}\n}\n{\n "prompt_n": 9, "prompt_ms": 90.5,\n "predicted_n": 0, "predicted_ms": 0\n}\n')
  assert.equal(phasesOf(two), [
    ['prefill', 8, 12, 80],
    ['decode', 4, 20, 200],
    ['prefill', 9, 0, 90.5],
  ])
})

test('words of other programs are no timings, and a log without a measured one is refused', async () => {
  assert.throws(() => detectFormat(memorySource('the total time = 5 ms / 3 tokens was fine\n'), undefined, 'rates'), /no line of the \d+ formats/)
  const log = await readText(`${block(1000, 400, 40, 600, 20, 1010)}its total time = 7.00 ms\nper-op eval time = 3.00 ms / 3 tokens\n`)
  assert.is(log.rates.length, 4)
  for (const text of ['common_perf_print:        eval time =     nan ms /    10 runs   (     nan ms per token,      nan tokens per second)', 'common_perf_print: prompt eval time = -5.00 ms / 10 tokens (-0.50 ms per token, -2000.00 tokens per second)'])
    try {
      await readText(text)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, BadInput)
      assert.match((error as Error).message, /1 × timing that was not measured/)
    }
})

test.run()
