import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { modelOf } from '../model/models.js'
import { graphProfilerLog, hexagonLog, llama1b, llamaGraph, openclLog, vulkanLog } from '../testing/ggml-log.js'
import { fixture, importText, lawBroken, sharedTrace } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { kindIndex, opKinds, phases } from '../trace/words.js'

/** What profiles of language models mean, held against the arithmetic of published sizes: 2 m n k over the projections. */
const meaning = suite('meaning')

/** Weights of a layer's projections, and of the head, by hand from the config of Llama-3.2-1B. */
const { hidden, layers, kv, ffn, vocab, heads, headDim } = llama1b
const projections = layers * (2 * hidden * hidden + 2 * kv * hidden + 3 * ffn * hidden)
const head = vocab * hidden
const q4 = 18 / 32

interface Step {
  flops: number
  bytes: number
  matmulFlops: number
  matmulBytes: number
  attentionFlops: number
}

function stepsOf({ ops }: Trace): Map<string, Step> {
  const steps = new Map<string, Step>()
  for (let i = 0; i < ops.length; i++) {
    const key = `${ops.request[i]}/${ops.step[i]} ${phases[ops.phase[i]!]}`
    const step = steps.get(key) ?? { flops: 0, bytes: 0, matmulFlops: 0, matmulBytes: 0, attentionFlops: 0 }
    steps.set(key, step)
    step.flops += ops.flops[i]!
    step.bytes += ops.bytes[i]!
    if (ops.kind[i] === kindIndex.matmul) {
      step.matmulFlops += ops.flops[i]!
      step.matmulBytes += ops.bytes[i]!
    } else if (ops.kind[i] === kindIndex.attention) step.attentionFlops += ops.flops[i]!
  }
  return steps
}

function shareOf({ ops }: Trace, kind: (typeof opKinds)[number]): number {
  let [all, of] = [0, 0]
  for (let i = 0; i < ops.length; i++) {
    all += ops.durationNs[i]!
    if (ops.kind[i] === kindIndex[kind]) of += ops.durationNs[i]!
  }
  return of / all
}

/** The bytes of weights that ops of the first step name, against those of the header's model. */
function weightShare({ header, ops }: Trace, step = ops.step[0]!): number {
  const named = new Set<number>()
  for (let i = 0; i < ops.length; i++) if (ops.step[i] === step && ops.request[i] === ops.request[0] && ops.tensor[i]! >= 0) named.add(ops.tensor[i]!)
  return [...named].reduce((sum, tensor) => sum + header.tensors[tensor]!.bytes, 0) / header.models[0]!.weightBytes
}

function near(found: number, expected: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= 0.05 * expected, `${what}: expected ${expected} within 5 %, found ${found}`)
}

const PROMPT = 24
const CACHED = 256
const graphs = [llamaGraph(PROMPT, CACHED), llamaGraph(1, CACHED), llamaGraph(1, CACHED)]
const logs = {
  'graph profiler': graphProfilerLog(graphs),
  hexagon: hexagonLog(graphs),
  opencl: openclLog(graphs),
  'vulkan, a block a graph': graphs.map((graph) => vulkanLog([graph])).join(''),
  'vulkan, one block': vulkanLog(graphs),
}

for (const [name, log] of Object.entries(logs))
  meaning(`${name}: phases, steps, kinds, FLOPs, bytes and weights of a model that it does not name`, async () => {
    const trace = await importText(log)
    assert.is(lawBroken(trace), undefined)
    const { header, ops } = trace
    assert.equal(header.models.map(({ id, quant }) => [id, quant]), [['llama-3.2-1b', 'w4']])
    assert.equal(header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[PROMPT, 3]])
    const steps = stepsOf(trace)
    assert.equal([...steps.keys()], ['0/0 prefill', '0/1 decode', '0/2 decode'])
    for (const [key, { matmulFlops, matmulBytes, attentionFlops, bytes }] of steps) {
      const tokens = key.endsWith('prefill') ? PROMPT : 1
      near(matmulFlops, 2 * tokens * projections + 2 * head, `${key} FLOPs of matmuls`)
      // Weights once, activations in and out at up to four bytes: of 24 tokens they are 14 % of the weights.
      assert.ok(matmulBytes >= (projections + head) * q4 && matmulBytes <= (projections + head) * q4 * (1 + 0.01 * tokens), `${key} bytes ${matmulBytes}`)
      near(attentionFlops, 4 * tokens * CACHED * heads * headDim * layers, `${key} FLOPs of attention`)
      assert.ok(bytes < 1.5 * (projections + head) * q4, 'a cache is not moved')
    }
    assert.is(shareOf(trace, 'other'), 0)
    assert.ok(shareOf(trace, 'matmul') > 0.9)
    near(weightShare(trace), 1, 'weights that ops name')
    for (let i = 0; i < ops.length; i++) if (opKinds[ops.kind[i]!] === 'view') assert.is(ops.flops[i]! + ops.bytes[i]!, 0)
  })

meaning('pieces of a prompt are one prompt, prompts behind each other are requests, and so are recordings', async () => {
  // A piece of a prompt has no head but for the last one, and the cache grows.
  const piece = (cached: number, tokens: number) => llamaGraph(tokens, cached).filter(({ name }) => !name.startsWith('result'))
  const prompts = async (log: string) => (await importText(log)).header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens])
  assert.equal(await prompts(openclLog([piece(256, 64), piece(256, 64), llamaGraph(40, 256), llamaGraph(1, 256)])), [[168, 2]])
  assert.equal(await prompts(openclLog([llamaGraph(64, 256), llamaGraph(64, 256), llamaGraph(1, 256)])), [[64, 1], [64, 2]])
  assert.equal(await prompts(openclLog([llamaGraph(64, 256), llamaGraph(1, 256)]).repeat(2)), [[64, 2], [64, 2]])
  assert.equal(await prompts(openclLog([llamaGraph(1, 256)]).repeat(2)), [[0, 1], [0, 1]])
})

meaning('several sequences at once are a batch, not one prompt of their sum', async () => {
  const streams = llamaGraph(24, 256).map((op) => (/^kq/.test(op.name) && op.dims.length === 3 ? { ...op, dims: [op.dims[0]!, op.dims[1]! / 4, op.dims[2]!, 4], sources: op.sources } : op))
  const [request] = (await importText(openclLog([streams]))).header.requests
  assert.equal([request!.promptTokens, request!.batch], [6, 4])
})

meaning('graphs of a draft and its target are requests of their own; the larger one has the model', async () => {
  const draft = llamaGraph(24, 256, 2)
  const { header, ops } = await importText(openclLog([draft, llamaGraph(24, 256), draft, llamaGraph(1, 256)]))
  assert.equal(header.requests.map(({ model }) => model), [-1, 0, -1])
  assert.match(header.provenance.note!, /graphs of 2 models \(2 layers of 2048; 16 layers of 2048\)/)
  for (let i = 0; i < ops.length; i++) if (header.requests[ops.request[i]!]!.model === -1) assert.is(ops.tensor[i], -1)
})

meaning('a model that was named is held against what the file shows', async () => {
  const refused = async (log: string | Uint8Array, id: string): Promise<string> => {
    try {
      await importText(log, { model: modelOf(id)! }, 'a.csv')
      return ''
    } catch (error) {
      assert.instance(error, BadInput)
      return (error as Error).message
    }
  }
  assert.is(await refused(logs.opencl, 'llama-3.2-1b'), '')
  assert.match(await refused(logs.opencl, 'llama-3.1-8b'), /^a\.csv: model: expected a recording of Llama-3\.1-8B: 32 layers, hidden size 4096, feed-forward 14336, found "16 layers, n x k 8192 x 2048.*leave --model out/)
  // A draft head of the right sizes is still no model of 16 layers; a log that was cut within its first layers may be.
  assert.match(await refused(openclLog([llamaGraph(24, 256, 1), llamaGraph(1, 256, 1)]), 'llama-3.2-1b'), /found "1 layer in a whole pass/)
  assert.is(await refused(openclLog([llamaGraph(24, 256).slice(0, 60)]), 'llama-3.2-1b'), '')
  const eagle = sharedTrace('llamacpp-opencl-profile/eagle-draft-adreno-3graphs.csv')
  if (eagle !== undefined) assert.match(await refused(eagle, 'llama-3.1-8b'), /found "1 layer in a whole pass, n x k 128256 x/)
})

meaning('cycles need a clock: the log’s own, else the caller’s; without one the op is refused', async () => {
  const ticks = 'ggml-hex: HTP0 profile-op ADD|a x b -> ffn_inp-0|64:2 x 64:2 -> 64:2|f32 x f32 -> f32|s|k vtcm 0|cycles 1200 start 0\n'
  try {
    await importText(ticks)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /test:1: usec: expected a time, or a clock.*--clock 1\.2GHz/)
  }
  const { ops, header } = await importText(ticks, { clockHz: 1.2e9 })
  assert.equal([ops.durationNs[0], header.ruleSets[ops.rules[0]!]!['durationNs']], [1000, 'clock-given'])
})

meaning('llm_rs2: fused labels do the sum of their parts, in the prefill and in every step', async () => {
  const trace = await importText(fixture('llmrs-profile/counted.log'))
  assert.is(lawBroken(trace), undefined)
  const steps = stepsOf(trace)
  assert.equal([...steps.keys()], ['1/0 prefill', '0/0 prefill', '0/1 decode', '0/2 decode', '0/3 decode'])
  near(steps.get('1/0 prefill')!.matmulFlops, 2 * projections + 2 * head, 'the warm-up')
  near(steps.get('0/0 prefill')!.matmulFlops, 2 * 6 * projections + 2 * head, 'the prompt of 6')
  for (const step of [1, 2, 3]) {
    const { matmulFlops, matmulBytes } = steps.get(`0/${step} decode`)!
    near(matmulFlops, 2 * (projections + head), 'a step')
    near(matmulBytes, 2 * (projections + head), 'its weights in half precision')
  }
  assert.is(shareOf(trace, 'other'), 0)
  near(weightShare(trace), 1, 'weights that ops name')
})

const shared: readonly (readonly [file: string, parameters: number, tokens: number])[] = [
  // Qwen2.5-1.5B: hidden 1536, 28 layers, keys and values 256, feed-forward 8960; the prefill's table has no head.
  ['llmrs-profile/qwen2.5-1.5b-q4_0-s25-prefill456.log', 28 * (2 * 1536 * 1536 + 2 * 256 * 1536 + 3 * 8960 * 1536), 456],
]
for (const [file, parameters, tokens] of shared)
  meaning(`${file}: the matmuls' FLOPs are the model's`, async () => {
    const bytes = sharedTrace(file)
    if (bytes === undefined) return
    const trace = await importText(bytes)
    const step = stepsOf(trace).get('0/0 prefill')!
    near(step.matmulFlops, 2 * tokens * parameters, 'FLOPs')
    near(step.matmulBytes, parameters * q4 + 28 * tokens * 2 * (3 * (1536 + 8960) + (1536 + 2048) + 2 * 1536), 'bytes')
    assert.ok(shareOf(trace, 'other') < 0.3)
  })

for (const file of ['llmrs-profile/llama3.2-1b-orin-cuda-per-op.log', 'ggml-graph-profiler/pr9659-llama3-8b.md', 'llamacpp-vulkan-perf/llama2-7b-rx470-ms.log', 'llamacpp-vulkan-perf/qwen3-next-us.log', 'llamacpp-opencl-profile/eagle-draft-adreno-3graphs.csv'])
  meaning(`${file}: less than 30 % of the time is not understood`, async () => {
    const bytes = sharedTrace(file)
    if (bytes === undefined) return
    const trace = await importText(bytes)
    assert.ok(shareOf(trace, 'other') < 0.3)
    if (!file.includes('orin')) return
    const steps = stepsOf(trace)
    for (let step = 1; step <= 29; step++) near(steps.get(`0/${step} decode`)!.matmulFlops, 2 * (projections + head), `step ${step}`)
    near(steps.get('0/0 prefill')!.matmulFlops, 2 * 6 * projections + 2 * head, 'prompt')
  })

meaning.run()
