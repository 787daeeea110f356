import type { Quantisation } from './quantisation.js'
import { embeddingParameters, layerOtherParameters, projections, type Architecture } from './architecture.js'

/** One operator of a forward pass, as arithmetic knows it: no times. */
export interface Operator {
  readonly kind: 'embedding' | 'norm' | 'matmul' | 'attention' | 'activation' | 'sample'
  readonly name: string
  /** -1: embedding, head, sampling. */
  readonly layer: number
  /** Rows, columns and inner dimension of a matmul; 0 otherwise. */
  readonly m: number
  readonly n: number
  readonly k: number
  readonly flops: number
  /** Read + written, weights included. */
  readonly bytes: number
  readonly weightBytes: number
  /** Which restoration unit holds its weights: -1 embedding, a layer, `layers` the final norm and head. */
  readonly unit: number
}

/** Activations are kept in half precision. */
const ACTIVATION_BYTES = 2

/**
 * The operators of one forward pass over `tokens` new tokens behind `past` cached ones, in order. Residual adds
 * belong to the norm after them, rotary embedding to attention, as runtimes fuse them. Attention is the full
 * rectangle `tokens × (past + tokens)`: no kernel of these stacks skips the masked half. Only the last token's
 * logits are computed. `withHead` false: a chunk of a prefill that is not its last.
 */
export function operators(a: Architecture, quant: Quantisation, tokens: number, past: number, withHead = true): Operator[] {
  const ops: Operator[] = []
  const weight = (count: number): number => Math.round(count * quant.bytesPerWeight)
  const row = (columns: number): number => tokens * columns * ACTIVATION_BYTES
  const op = (kind: Operator['kind'], name: string, layer: number, unit: number, flops: number, activationBytes: number, weightBytes = 0, m = 0, n = 0, k = 0): void => {
    ops.push({ kind, name, layer, unit, m, n, k, flops, bytes: activationBytes + weightBytes, weightBytes })
  }
  const matmul = (name: string, layer: number, unit: number, n: number, k: number, m = tokens): void =>
    op('matmul', name, layer, unit, 2 * m * n * k, m * (n + k) * ACTIVATION_BYTES, weight(n * k), m, n, k)
  const q = a.heads * a.headDim
  const kv = a.kvHeads * a.headDim
  const p = projections(a)

  op('embedding', '/model/embed_tokens/Gather', -1, -1, 0, row(a.hidden) + tokens * a.hidden * quant.bytesPerWeight)
  for (let layer = 0; layer < a.layers; layer++) {
    const at = `/model/layers.${layer}`
    const norm = (name: string, columns = a.hidden, weights = a.hidden): void =>
      op('norm', `${at}/${name}`, layer, layer, 5 * tokens * columns, 2 * row(columns), weight(weights))
    norm('input_layernorm')
    for (const { name, n, k } of p.before) matmul(`${at}/${name}`, layer, layer, n, k)
    if (a.qkNorm) norm('attn/qk_norm', q + kv, 2 * a.headDim)
    op('attention', `${at}/attn/attention`, layer, layer, 4 * tokens * (past + tokens) * q, row(2 * q) + (past + tokens) * 2 * kv * ACTIVATION_BYTES)
    matmul(`${at}/${p.output.name}`, layer, layer, p.output.n, p.output.k)
    norm('post_attention_layernorm')
    for (const { name, n, k } of p.gateUp) matmul(`${at}/${name}`, layer, layer, n, k)
    op('activation', `${at}/mlp/act`, layer, layer, 4 * tokens * a.ffn, 3 * row(a.ffn))
    matmul(`${at}/${p.down.name}`, layer, layer, p.down.n, p.down.k)
    for (let extra = 2; extra < (a.normsPerLayer ?? 2); extra++) norm(`extra_layernorm_${extra - 1}`)
  }
  if (withHead) {
    op('norm', '/model/norm', -1, a.layers, 5 * a.hidden, 2 * a.hidden * ACTIVATION_BYTES, weight(a.hidden))
    matmul('/lm_head/MatMul', -1, a.tied ? -1 : a.layers, a.vocab, a.hidden, 1)
    op('sample', '/sample', -1, a.layers, a.vocab, a.vocab * ACTIVATION_BYTES)
  }
  return ops
}

/** Bytes of each restoration unit, embedding first (index 0), layers 1 … L, final norm and head last. They sum to
 *  all parameters times the bytes a weight takes. */
export function unitBytes(a: Architecture, quant: Quantisation): number[] {
  const bytes = (count: number): number => Math.round(count * quant.bytesPerWeight)
  const p = projections(a)
  const layer = [...p.before, p.output, ...p.gateUp, p.down].reduce((sum, { n, k }) => sum + n * k, layerOtherParameters(a))
  return [
    bytes(embeddingParameters(a)),
    ...Array.from({ length: a.layers }, () => bytes(layer)),
    bytes(a.hidden + (a.tied ? 0 : embeddingParameters(a))),
  ]
}
