/** A decoder-only transformer, as its config.json states it. */
export interface Architecture {
  readonly id: string
  readonly title: string
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly ffn: number
  readonly vocab: number
  /** The vocabulary head shares the embedding's weights. */
  readonly tied: boolean
  /** Query, key and value projections carry a bias (Qwen2.5). */
  readonly qkvBias?: boolean
  /** Query and key are normalised per head (Qwen3). */
  readonly qkNorm?: boolean
  /** Norms a layer: 2, or 4 (Gemma-2). */
  readonly normsPerLayer?: number
  /** QKV, and gate with up, are one matmul each (Phi-3). */
  readonly fusedProjections?: boolean
}

/** A matmul of one layer: `n` output columns, `k` the inner dimension. */
export interface Projection {
  readonly name: string
  readonly n: number
  readonly k: number
}

/** Projections of one layer in order of execution; the first group precedes attention. */
export function projections(a: Architecture): { before: Projection[]; output: Projection; gateUp: Projection[]; down: Projection } {
  const q = a.heads * a.headDim
  const kv = a.kvHeads * a.headDim
  return {
    before: a.fusedProjections
      ? [{ name: 'attn/qkv_proj', n: q + 2 * kv, k: a.hidden }]
      : [
          { name: 'attn/q_proj', n: q, k: a.hidden },
          { name: 'attn/k_proj', n: kv, k: a.hidden },
          { name: 'attn/v_proj', n: kv, k: a.hidden },
        ],
    output: { name: 'attn/o_proj', n: a.hidden, k: q },
    gateUp: a.fusedProjections
      ? [{ name: 'mlp/gate_up_proj', n: 2 * a.ffn, k: a.hidden }]
      : [
          { name: 'mlp/gate_proj', n: a.ffn, k: a.hidden },
          { name: 'mlp/up_proj', n: a.ffn, k: a.hidden },
        ],
    down: { name: 'mlp/down_proj', n: a.hidden, k: a.ffn },
  }
}

/** Weights of one layer's matmuls. */
export function layerMatmulParameters(a: Architecture): number {
  const p = projections(a)
  return [...p.before, p.output, ...p.gateUp, p.down].reduce((sum, { n, k }) => sum + n * k, 0)
}

/** Parameters of one layer that are no matmul: norms and biases. */
export function layerOtherParameters(a: Architecture): number {
  const norms = (a.normsPerLayer ?? 2) * a.hidden + (a.qkNorm ? 2 * a.headDim : 0)
  return norms + (a.qkvBias ? (a.heads + 2 * a.kvHeads) * a.headDim : 0)
}

export const embeddingParameters = (a: Architecture): number => a.vocab * a.hidden
export const layerParameters = (a: Architecture): number => layerMatmulParameters(a) + layerOtherParameters(a)

/** All parameters; a tied head is counted once. */
export function parameters(a: Architecture): number {
  return embeddingParameters(a) * (a.tied ? 1 : 2) + a.layers * layerParameters(a) + a.hidden
}

/** Key and value rows of one token in fp16, all layers, in bytes. */
export const kvBytesPerToken = (a: Architecture): number => 2 * a.kvHeads * a.headDim * a.layers * 2
