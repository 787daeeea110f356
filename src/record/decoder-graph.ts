import { projections, type Architecture, type Projection } from '../model/architecture.js'
import { BLOCK, NORM_EPSILON, ROPE_BASE } from './decoder.js'
import type { Graph, Node, Port, Weight } from './graph.js'

/** Spread of 4-bit values drawn evenly from −8 … 7. */
const INT4_SD = Math.sqrt((16 * 16 - 1) / 12)

/** Operators of ONNX Runtime's own set. */
const contrib = new Set(['MatMulNBits', 'GroupQueryAttention', 'GatherBlockQuantized', 'SkipSimplifiedLayerNormalization'])

interface MatmulOptions {
  readonly bias?: boolean
  /** The path of the weights that it shares. */
  readonly tiedTo?: string
  /** Its output's name. */
  readonly to?: string
}

/**
 * A Llama-shaped decoder as an ONNX graph: 4-bit embedding lookup, per layer RMS norm, 4-bit Q, K, V, grouped-query
 * attention with rotary inside and its KV cache as graph inputs and outputs, 4-bit O, RMS norm with the residual sum,
 * SwiGLU of 4-bit gate, up, down; final norm; last token only; 4-bit head. `positions` rows of rotary tables.
 * Sigmoid and Mul stay apart and node names hold at the optimisation level `basic`. Sources: ONNX Runtime's contrib
 * operators (MatMulNBits, GroupQueryAttention, GatherBlockQuantized, SkipSimplifiedLayerNormalization).
 */
export function decoderGraph(a: Architecture, positions: number): Graph {
  const nodes: Node[] = []
  const weights: Weight[] = []
  const inputs: Port[] = [
    { name: 'input_ids', type: 'int64', shape: [1, 'sequence'] },
    { name: 'seqlens_k', type: 'int32', shape: [1] },
    { name: 'total_sequence_length', type: 'int32', shape: [1] },
  ]
  const outputs: Port[] = [{ name: 'logits', type: 'f32', shape: [1, a.vocab] }]
  const p = projections(a)

  function node(name: string, type: string, from: string[], to: string[], attributes: Node['attributes'] = {}): void {
    nodes.push({ name, type, domain: contrib.has(type) ? 'com.microsoft' : '', inputs: from, outputs: to, attributes })
  }

  function matmul(path: string, { n, k }: Projection, input: string, options: MatmulOptions = {}): string {
    const blocks = k / BLOCK
    const spread = 1 / (INT4_SD * Math.sqrt(k))
    const scales = { kind: 'uniform', mean: spread, spread: spread / 2 } as const
    const parts: Weight[] = [
      { name: 'weight_q4', type: 'uint8', shape: [n, blocks, BLOCK / 2], fill: { kind: 'packed-int4' } },
      { name: 'weight_scales', type: 'f32', shape: [n, blocks], fill: scales },
    ]
    for (const part of parts) {
      const shared = options.tiedTo === undefined ? {} : { sameBytesAs: `${options.tiedTo}.${part.name}` }
      weights.push({ ...part, name: `${path}.${part.name}`, ...shared })
    }
    const from = [input, `${path}.weight_q4`, `${path}.weight_scales`]
    if (options.bias === true) {
      weights.push({ name: `${path}.bias`, type: 'f32', shape: [n], fill: { kind: 'uniform', mean: 0, spread: 0.1 } })
      from.push('', '', `${path}.bias`)
    }
    const name = `${path}/MatMulNBits`
    const to = options.to ?? `${name}:0`
    node(name, 'MatMulNBits', from, [to], { K: k, N: n, bits: 4, block_size: BLOCK, accuracy_level: 4 })
    return to
  }

  function norm(path: string, sum: string, added: string | undefined): { normed: string; sum: string } {
    weights.push({ name: `${path}.weight`, type: 'f32', shape: [a.hidden], fill: { kind: 'uniform', mean: 1, spread: 0.1 } })
    const epsilon = { float: NORM_EPSILON }
    if (added === undefined) {
      const name = `${path}/SimplifiedLayerNormalization`
      node(name, 'SimplifiedLayerNormalization', [sum, `${path}.weight`], [`${name}:0`], { axis: -1, epsilon })
      return { normed: `${name}:0`, sum }
    }
    const name = `${path}/SkipSimplifiedLayerNormalization`
    const out = [`${name}:0`, '', '', `${name}:sum`]
    node(name, 'SkipSimplifiedLayerNormalization', [sum, added, `${path}.weight`], out, { epsilon })
    return { normed: `${name}:0`, sum: `${name}:sum` }
  }

  const embedding = '/model/embed_tokens'
  const scales = { kind: 'uniform', mean: 1 / INT4_SD, spread: 0.5 / INT4_SD } as const
  weights.push(
    { name: `${embedding}.weight_q4`, type: 'uint8', shape: [a.vocab, a.hidden / 2], fill: { kind: 'packed-int4' } },
    { name: `${embedding}.weight_scales`, type: 'f32', shape: [a.vocab, a.hidden / BLOCK], fill: scales },
    { name: 'cos_cache', type: 'f32', shape: [positions, a.headDim / 2], fill: { kind: 'rotary', of: 'cos', base: ROPE_BASE } },
    { name: 'sin_cache', type: 'f32', shape: [positions, a.headDim / 2], fill: { kind: 'rotary', of: 'sin', base: ROPE_BASE } },
    { name: 'last_index', type: 'int64', shape: [], fill: { kind: 'constant', value: -1 } },
  )
  const lookup = { bits: 4, block_size: BLOCK, gather_axis: 0, quantize_axis: 1 }
  const table = [`${embedding}.weight_q4`, 'input_ids', `${embedding}.weight_scales`]
  let sum = `${embedding}/GatherBlockQuantized:0`
  node(`${embedding}/GatherBlockQuantized`, 'GatherBlockQuantized', table, [sum], lookup)

  const lengths = ['seqlens_k', 'total_sequence_length']
  let added: string | undefined
  for (let layer = 0; layer < a.layers; layer++) {
    const at = `/model/layers.${layer}`
    const input = norm(`${at}/input_layernorm`, sum, added)
    const [q, k, v] = p.before.map((projection) =>
      matmul(`${at}/${projection.name}`, projection, input.normed, { bias: a.qkvBias ?? false }),
    )
    const attention = `${at}/attn/GroupQueryAttention`
    const cache = (side: string, what: string): Port => ({
      name: `${side}.${layer}.${what}`,
      type: 'f32',
      shape: [1, a.kvHeads, `${side}_length`, a.headDim],
    })
    inputs.push(cache('past', 'key'), cache('past', 'value'))
    outputs.push(cache('present', 'key'), cache('present', 'value'))
    node(
      attention,
      'GroupQueryAttention',
      [q!, k!, v!, `past.${layer}.key`, `past.${layer}.value`, ...lengths, 'cos_cache', 'sin_cache'],
      [`${attention}:0`, `present.${layer}.key`, `present.${layer}.value`],
      { num_heads: a.heads, kv_num_heads: a.kvHeads, do_rotary: 1, rotary_interleaved: 0 },
    )
    const attended = matmul(`${at}/${p.output.name}`, p.output, `${attention}:0`)
    const between = norm(`${at}/post_attention_layernorm`, input.sum, attended)
    const [gate, up] = p.gateUp.map((projection) => matmul(`${at}/${projection.name}`, projection, between.normed))
    const act = `${at}/mlp/act_fn`
    node(`${act}/Sigmoid`, 'Sigmoid', [gate!], [`${act}/Sigmoid:0`])
    node(`${act}/Mul`, 'Mul', [gate!, `${act}/Sigmoid:0`], [`${act}/Mul:0`])
    node(`${at}/mlp/Mul`, 'Mul', [`${act}/Mul:0`, up!], [`${at}/mlp/Mul:0`])
    added = matmul(`${at}/${p.down.name}`, p.down, `${at}/mlp/Mul:0`)
    sum = between.sum
  }

  const final = norm('/model/norm', sum, added)
  node('/lm_head/last_token/Gather', 'Gather', [final.normed, 'last_index'], ['/lm_head/last_token/Gather:0'], { axis: 1 })
  const tied = a.tied ? { tiedTo: embedding } : {}
  matmul('/lm_head', { name: 'lm_head', n: a.vocab, k: a.hidden }, '/lm_head/last_token/Gather:0', { ...tied, to: 'logits' })
  return { name: a.id, nodes, weights, inputs, outputs }
}
