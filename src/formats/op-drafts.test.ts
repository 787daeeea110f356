import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { models, modelOf } from '../model/models.js'
import { projections } from '../model/architecture.js'
import { memorySource, memoryTools } from '../testing/trace-source.js'
import { collectTrace } from '../trace/collect.js'
import type { Trace } from '../trace/trace.js'
import { opKinds } from '../trace/words.js'
import { DeviceWords } from './device-words.js'
import type { ImportTools } from './format.js'
import { Evidence, matchModel, modelOfText, quantOfWord } from './model-match.js'
import type { DraftFacts, OpDraft } from './op-draft.js'
import { OpDrafts } from './op-drafts.js'
import { kindOfOpWord, layerOfOpName, roleOfName } from './op-roles.js'
import { Skipped } from './skipped.js'

const drafts = suite('ops on their way into a trace')
const place = { file: 'f', line: 1 }

async function written(ops: readonly OpDraft[], facts: Partial<DraftFacts> = {}, tools: Partial<ImportTools> = {}, edges: readonly (readonly [number, number])[] = []): Promise<Trace> {
  const { writer, finish } = collectTrace()
  writer.refuses = false // times are drawn small, so that they can be read
  const made = new OpDrafts(memorySource('', 'f'), writer, { ...memoryTools, ...tools })
  for (const op of ops) made.add(op, place)
  for (const [later, earlier] of edges) made.waits(later, earlier)
  return finish(await made.finish({ device: 'd', tool: 't', format: 'f', skipped: new Skipped(), ...facts }))
}

drafts('ops without starts are laid out behind each other, ones with starts are sorted; the first starts at 0', async () => {
  const laid = await written([{ name: 'a', durationNs: 5 }, { name: 'b', durationNs: 7 }])
  assert.equal([...laid.ops.startNs], [0, 5])
  assert.equal(laid.header.ruleSets[laid.ops.rules[1]!], { startNs: 'file-order' })
  const given = await written([{ name: 'late', durationNs: 5, startNs: 1000 }, { name: 'early', durationNs: 5, startNs: -200 }])
  assert.equal(Array.from(given.ops.name, (name) => given.strings[name]), ['early', 'late'])
  assert.equal([...given.ops.startNs], [0, 1200])
})

drafts('steps of a request never go back, dependencies follow the order of starts', async () => {
  const skipped = new Skipped()
  const trace = await written([{ name: 'a', durationNs: 1, startNs: 0, step: 2 }, { name: 'b', durationNs: 1, startNs: 5, step: 1, lane: 'x' }, { name: 'c', durationNs: 1, startNs: 9, step: 2 }], { skipped }, {}, [[2, 0], [0, 1]])
  assert.equal([...trace.ops.step], [2, 2, 2])
  assert.is(trace.header.ruleSets[trace.ops.rules[1]!]!['step'], 'step-had-begun')
  assert.equal([...trace.after.to], [0])
  assert.equal(trace.header.skipped, { 'dependency on an op that starts later': 1 })
})

drafts('numbers out of range are refused with their place; no op at all says why', async () => {
  for (const bad of [{ durationNs: -1 }, { durationNs: 1.5 }, { durationNs: 2 ** 53 }, { durationNs: 1, m: 2 ** 32 }, { durationNs: 1, startNs: NaN }, { durationNs: 2 ** 52, startNs: 2 ** 52 + 2 ** 51 }])
    try {
      await written([{ name: 'x', ...bad }])
      assert.unreachable(JSON.stringify(bad))
    } catch (error) {
      assert.instance(error, BadInput)
      assert.match((error as Error).message, /^f:1: /)
    }
  const skipped = new Skipped()
  skipped.count('line of words', 3)
  try {
    await written([], { skipped })
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /at least one op with a duration, found "3 × line of words"/)
  }
})

drafts('a matched model gives shapes by role, bytes by arithmetic and the weights that a replay restores', async () => {
  const model = modelOf('qwen2.5-1.5b')!
  const trace = await written(
    [
      { name: 'blk.27.attn_q', kind: 'matmul', phase: 'prefill', layer: 27, m: 8, durationNs: 5e6 },
      { name: 'norm-27', kind: 'norm', phase: 'prefill', layer: 27, durationNs: 1e6 },
      { name: 'result_output', kind: 'matmul', phase: 'decode', step: 1, durationNs: 5e6 },
    ],
    { hints: { name: 'Qwen2.5 1.5B Instruct Q4_0' } },
  )
  assert.equal([trace.header.models[0]!.id, trace.header.models[0]!.quant, trace.header.requests[0]!.model], ['qwen2.5-1.5b', 'w4', 0])
  const q = projections(model).before[0]!
  assert.equal([trace.ops.m[0], trace.ops.n[0], trace.ops.k[0], trace.ops.flops[0]], [8, q.n, q.k, 2 * 8 * q.n * q.k])
  assert.is(trace.header.tensors[trace.ops.tensor[0]!]!.name, 'layers.27')
  assert.is(trace.header.ruleSets[trace.ops.rules[0]!]!['n'], 'model-name')
  assert.ok(trace.ops.bytes[1]! > 0 && trace.ops.flops[1]! > 0)
  assert.is(trace.ops.n[2], model.vocab)
  assert.is(trace.header.tensors[trace.ops.tensor[2]!]!.name, 'embed_tokens') // a tied head
})

drafts('models are known by name in any spelling, else by their shapes; unlike shapes match none', () => {
  assert.is(modelOfText('models/Meta-Llama-3.1-8B-Instruct.Q4_0.gguf')?.id, 'llama-3.1-8b')
  assert.is(modelOfText('qwen2.5_1.5b')?.id, 'qwen2.5-1.5b')
  assert.is(modelOfText('11.5b of something'), undefined)
  for (const model of models) {
    const evidence = new Evidence()
    const p = projections(model)
    for (const { n, k } of [...p.before, p.output, ...p.gateUp, p.down, { n: model.vocab, k: model.hidden }]) evidence.matmul(n, k)
    evidence.layer(model.layers - 1)
    const found = matchModel(evidence, { layers: model.layers }, {})
    assert.ok(found !== undefined, model.id)
    assert.equal([found.model.hidden, found.model.ffn, found.model.layers, found.rule], [model.hidden, model.ffn, model.layers, 'model-shapes'])
    assert.is(matchModel(evidence, { layers: model.layers + 1 }, {}), undefined)
  }
  const alien = new Evidence()
  for (let i = 1; i < 6; i++) alien.matmul(64 * i, 32)
  assert.is(matchModel(alien, {}, {}), undefined)
  assert.is(matchModel(new Evidence(), {}, { model: modelOf('qwen3-4b')! })?.rule, 'model-given')
  assert.throws(() => matchModel(alien, {}, { model: modelOf('qwen3-4b')! }, 'cnn.csv'), /cnn.csv: model: expected a recording of Qwen3-4B: 36 layers.*320 x 32/)
})

drafts('a model’s name without dots is its name, where something stands for them', () => {
  for (const [text, id] of [['llama3_2_1b_int8.pte', 'llama-3.2-1b'], ['qwen2_5-1_5b.pte', 'qwen2.5-1.5b'], ['/data/Llama-3-1-8B', 'llama-3.1-8b'], ['Qwen2-57B-A14B', undefined], ['qwen2_5-11_5b', undefined], ['qwen3_0_6b_w4a16', 'qwen3-0.6b']] as const)
    assert.is(modelOfText(text)?.id, id, text)
})

drafts('words of runtimes for quantisations, kinds, layers and roles', () => {
  for (const [word, id] of [['W8A8', 'int8'], ['q8_0', 'q8_0'], ['f16', 'f16']] as const) assert.is(quantOfWord(word)?.id, id)
  assert.is(quantOfWord('8B'), undefined)
  for (const [word, kind] of [['MUL_MAT', 'matmul'], ['aten::addmm', 'matmul'], ['FlashAttentionKernel', 'attention'], ['RMS_NORM', 'norm'], ['ROPE', 'rope'], ['SOFT_MAX', 'softmax'], ['GET_ROWS', 'embedding'], ['SILU', 'activation'], ['CPY', 'copy'], ['ADD', 'elementwise'], ['ConvLeakyRelu', 'matmul'], ['Fully Connected (NC, QD8)', 'matmul'], ['ncclAllReduce', 'communication'], ['Frobnicate', 'other'],
    // A fused op is the heaviest of its parts, in whatever order they are named.
    ['RMS_NORM+MUL', 'norm'], ['ADD+MUL_MAT', 'matmul'], ['MUL_MAT+ADD+GLU', 'matmul'], ['ROPE+SET_ROWS', 'rope'], ['add_rms_norm', 'norm'], ['fused_mul_mat_silu', 'matmul'], ['ConvRelu', 'matmul'], ['Conv+Add+Relu', 'matmul'], ['MULTI_ADD ADD', 'elementwise'], ['RMS_NORM_MUL_ROPE', 'norm'], ['silu_mul', 'activation'], ['add_softmax', 'softmax'], ['rope_norm_f32', 'rope'],
    // Labels of an engine's own table, and names that hold a word of another kind.
    ['flash_prefill_gpu', 'attention'], ['matmul_qkv', 'matmul'], ['ffn_up', 'matmul'], ['ffn', 'matmul'], ['lm_head', 'matmul'], ['ffn_norm', 'norm'], ['kv_update', 'copy'], ['copy_residual', 'copy'], ['post_attention_layernorm', 'norm'], ['/model/layers.0/self_attn/q_proj/MatMul', 'matmul'], ['/model/layers.0/self_attn/Reshape', 'view'], ['UpSample', 'copy'], ['Convert', 'copy'], ['GatherND', 'copy'], ['DequantizeLinear', 'quantise'],
    ['Reshape', 'view'], ['Squeeze', 'view'], ['Flatten', 'view'], ['Identity', 'view'], ['Transpose', 'copy'], ['Concat', 'copy'], ['Split', 'copy'], ['Slice', 'copy'], ['Pad', 'copy']] as const)
    assert.is(kindOfOpWord(word), kind, word)
  for (const word of ['VIEW', 'RESHAPE', 'PERMUTE', 'TRANSPOSE', 'NONE', 'aten::expand', 'aten::slice', 'aten::t']) assert.is(kindOfOpWord(word, 'strided'), 'view', word)
  for (const word of ['CONT', 'CPY', 'DUP', 'SET_ROWS', 'aten::cat', 'aten::contiguous']) assert.is.not(kindOfOpWord(word, 'strided'), 'view', word)
  assert.ok(opKinds.includes(kindOfOpWord('anything')))
  for (const [name, layer] of [['blk.12.ffn_up.weight', 12], ['/model/layers.3/mlp/up_proj', 3], ['Qcur-7', 7], ['cache_v_l4 (view)', 4], ['norm-2 (reshaped)', 2], ['result_output', -1], ['node_29', -1]] as const) assert.is(layerOfOpName(name), layer, name)
  for (const [name, role] of [['blk.0.ffn_gate', 'gate'], ['Qcur-0', 'q'], ['/x/o_proj', 'o'], ['lm_head', 'head'], ['matmul_qkv', 'qkv'], ['add', undefined]] as const) assert.is(roleOfName(name), role, name)
})

drafts('weights are found by the order of matmuls where no name has a layer, and by that of ops where no shape is known', async () => {
  const model = modelOf('qwen2.5-0.5b')!
  const p = projections(model)
  const all = [...p.before, p.output, ...p.gateUp, p.down]
  const head = { n: model.vocab, k: model.hidden }
  const pass = (step: number, isShaped: boolean): OpDraft[] => [
    { name: 'embedding', kind: 'embedding', phase: step === 0 ? 'prefill' : 'decode', step, durationNs: 1 },
    ...[...Array.from({ length: model.layers }, () => all).flat(), head].map(({ n, k }): OpDraft => ({ name: 'mm', kind: 'matmul', phase: step === 0 ? 'prefill' : 'decode', step, durationNs: 10, m: step === 0 ? 9 : 1, ...(isShaped ? { n, k } : {}) })),
  ]
  for (const isShaped of [true, false]) {
    const requests = [{ id: 'r', arrivalNs: 0, promptTokens: 9, outputTokens: 2 }]
    const trace = await written([...pass(0, isShaped), ...pass(1, isShaped)], { requests }, isShaped ? {} : { model })
    const { ops, header } = trace
    assert.is(header.models[0]!.id, model.id)
    for (const step of [0, 1]) {
      const matmuls = Array.from(ops.kind, (_, i) => i).filter((i) => ops.step[i] === step && opKinds[ops.kind[i]!] === 'matmul')
      assert.equal(matmuls.map((i) => ops.layer[i]), [...Array.from({ length: model.layers * all.length }, (_, j) => Math.floor(j / all.length)), -1])
      assert.is(header.ruleSets[ops.rules[matmuls[0]!]!]!['tensor'], isShaped ? 'matmul-order' : 'op-order')
      // 2 m n k of the published sizes; a runtime that tells no shapes has the head over one row.
      const rows = step === 0 ? 9 : 1
      const flops = 2 * rows * all.reduce((sum, { n, k }) => sum + n * k, 0) * model.layers
      assert.is(matmuls.slice(0, -1).reduce((sum, i) => sum + ops.flops[i]!, 0), flops)
    }
    const named = new Set(Array.from(ops.tensor).filter((tensor) => tensor >= 0))
    const bytes = [...named].reduce((sum, tensor) => sum + header.tensors[tensor]!.bytes, 0)
    assert.ok(Math.abs(bytes / header.models[0]!.weightBytes - 1) < 0.05)
  }
})

drafts('a text encoder beside a diffusion model does not make a language model of it', async () => {
  const model = modelOf('qwen3-4b')!
  const p = projections(model)
  const encoder = Array.from({ length: model.layers }, (_, layer) => [...p.before, p.output, ...p.gateUp, p.down].map(({ n, k }): OpDraft => ({ name: `blk.${layer}`, kind: 'matmul', layer, m: 77, n, k, durationNs: 10 }))).flat()
  const noise = Array.from({ length: 300 }, (): OpDraft => ({ name: 'dit', kind: 'matmul', m: 4096, n: 3072, k: 3072, durationNs: 1000 }))
  assert.equal((await written(encoder)).header.models.map(({ id }) => id), ['qwen3-4b'])
  assert.equal((await written([...encoder, ...noise])).header.models, [])
  assert.equal((await written([...encoder, ...noise], { hints: { name: 'z-image with qwen3-4b.gguf' } })).header.models, [])
  // Half of the layers, whatever their shapes: not the model.
  assert.equal((await written(encoder.filter(({ layer }) => layer! < 18))).header.models, [])
})

drafts('ops of a stream that reach into the next one are cut, small overlaps and nested calls of a thread are kept, all counted', async () => {
  const op = (startNs: number, durationNs: number, processor: 'cpu' | 'gpu', name = 'x'): OpDraft => ({ name, startNs, durationNs, processor, lane: processor })
  const skipped = new Skipped()
  const { ops, header } = await written([op(0, 100, 'gpu'), op(10, 20, 'gpu'), op(25, 20, 'gpu'), op(0, 100, 'cpu'), op(10, 20, 'cpu')], { skipped })
  assert.equal(Array.from(ops.durationNs, (ns, i) => [ops.processor[i], ns]).sort((a, b) => a[0]! - b[0]!).map(([, ns]) => ns), [100, 20, 10, 20, 20])
  assert.equal(header.skipped, {
    'op inside another one of its thread: kept': 1,
    'op that overlaps the next one of its lane by less than half: kept': 1,
    'op that reached into the next one of its lane: cut where that begins': 1,
  })
})

drafts('the machine is what the most telling line says, printable and short', () => {
  const said = (lines: readonly string[]): string => {
    const words = new DeviceWords()
    for (const line of lines) words.see(line)
    return words.or('unknown')
  }
  for (const [line, device] of [
    ['ggml_vulkan: 0 = NVIDIA GeForce RTX 5090 (NVIDIA) | uma: 0 | fp16: 1', 'NVIDIA GeForce RTX 5090 (NVIDIA)'],
    ["ggml_opencl: selected device: 'QUALCOMM Adreno(TM) 830 (OpenCL 3.0 Adreno(TM) 830)'", 'QUALCOMM Adreno(TM) 830 (OpenCL 3.0 Adreno(TM) 830)'],
    ['  Device 0: NVIDIA A100-SXM4-80GB, compute capability 8.0, VMM: yes', 'NVIDIA A100-SXM4-80GB'],
    ['[CUDA] Device: Xavier (sm_72, UMA=true)', 'Xavier (sm_72, UMA=true)'],
    ['llama_model_load_from_file_impl: using device GPUOpenCL (QUALCOMM Adreno(TM) 750) - 0 MiB free', 'QUALCOMM Adreno(TM) 750'],
    ['ggml-hex: Hexagon Arch version v79', 'Hexagon Arch version v79'],
    ['target_platform: RK3588', 'RK3588'],
    ['Hardware\t: Qualcomm Technologies, Inc SM8750', 'Qualcomm Technologies, Inc SM8750'],
    ['the quick brown fox', 'unknown'],
  ] as const)
    assert.is(said([line]), device)
  assert.is(said(['on a Snapdragon 8 Elite', 'ggml_vulkan: 0 = Adreno (TM) 830 (Qualcomm) | uma: 1']), 'Adreno (TM) 830 (Qualcomm)')
  assert.ok(said([`ggml_vulkan: 0 = ${'\u0000'.repeat(150)} | x`]).length <= 120)
})

drafts.run()
