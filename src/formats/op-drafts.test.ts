import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { models, modelOf } from '../model/models.js'
import { projections } from '../model/architecture.js'
import { memorySource, memoryTools } from '../testing/trace-source.js'
import { collectTrace } from '../trace/collect.js'
import type { Trace } from '../trace/trace.js'
import { opKinds } from '../trace/words.js'
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

drafts('words of runtimes for quantisations, kinds, layers and roles', () => {
  for (const [word, id] of [['Q4_K - Medium', 'w4'], ['W8A8', 'int8'], ['q8_0', 'q8_0'], ['w4a16_g128', 'w4'], ['f16', 'f16']] as const) assert.is(quantOfWord(word)?.id, id)
  assert.is(quantOfWord('8B'), undefined)
  for (const [word, kind] of [['MUL_MAT', 'matmul'], ['aten::addmm', 'matmul'], ['FlashAttentionKernel', 'attention'], ['RMS_NORM', 'norm'], ['ROPE', 'rope'], ['SOFT_MAX', 'softmax'], ['GET_ROWS', 'embedding'], ['SILU', 'activation'], ['CPY', 'copy'], ['ADD', 'elementwise'], ['ConvLeakyRelu', 'matmul'], ['Fully Connected (NC, QD8)', 'matmul'], ['ncclAllReduce', 'communication'], ['Frobnicate', 'other']] as const)
    assert.is(kindOfOpWord(word), kind, word)
  assert.ok(opKinds.includes(kindOfOpWord('anything')))
  for (const [name, layer] of [['blk.12.ffn_up.weight', 12], ['/model/layers.3/mlp/up_proj', 3], ['Qcur-7', 7], ['cache_v_l4 (view)', 4], ['norm-2 (reshaped)', 2], ['result_output', -1], ['node_29', -1]] as const) assert.is(layerOfOpName(name), layer, name)
  for (const [name, role] of [['blk.0.ffn_gate', 'gate'], ['Qcur-0', 'q'], ['/x/o_proj', 'o'], ['lm_head', 'head'], ['matmul_qkv', 'qkv'], ['add', undefined]] as const) assert.is(roleOfName(name), role, name)
})

drafts.run()
