export { kindOfOpWord } from './op-kinds.js'

/** What an op is in a decoder layer, whoever named it. */
export type OpRole =
  | 'q' | 'k' | 'v' | 'qkv' | 'o' | 'gate' | 'up' | 'gate-up' | 'down' | 'head' | 'embedding' | 'attention' | 'norm' | 'activation' | 'sample'
  | 'ffn' //      gate, up and down
  | 'layer' //    all projections of a layer
  | 'norms' //    all norms of a layer
  | 'rope' | 'residual' | 'kv-write'

const MAX_KNOWN = 1 << 16

const patterns: readonly (readonly [RegExp, OpRole])[] = [
  [/(^|[^a-z])(qkv_proj|attn_qkv|wqkv|qkv|matmul_qkv|query_key_value|c_attn)([^a-z]|$)/, 'qkv'],
  [/(^|[^a-z])(gate_up(_proj)?|ffn_gate_up)([^a-z]|$)/, 'gate-up'],
  [/(^|[^a-z])(q_proj|attn_q|qcur|wq)([^a-z]|$)/, 'q'],
  [/(^|[^a-z])(k_proj|attn_k|kcur|wk)([^a-z]|$)/, 'k'],
  [/(^|[^a-z])(v_proj|attn_v|vcur|wv)([^a-z]|$)/, 'v'],
  [/(^|[^a-z])(o_proj|attn_output|attn_out|kqv_out|wo|matmul_wo|out_proj)([^a-z]|$)/, 'o'],
  [/(^|[^a-z])(gate_proj|ffn_gate|w1)([^a-z]|$)/, 'gate'],
  [/(^|[^a-z])(up_proj|ffn_up|w3)([^a-z]|$)/, 'up'],
  [/(^|[^a-z])(down_proj|ffn_down|ffn_out|w2)([^a-z]|$)/, 'down'],
  [/(^|[^a-z])((matmul|fused|mul_mat)_)?(ffn|mlp|feed_forward)((_(fused|block|cpu|gpu|npu))*)$/, 'ffn'],
  [/(^|[^a-z])(lm_head|result_output|output\.weight|logits)([^a-z]|$)/, 'head'],
  [/(^|[^a-z])(embed_tokens|token_embd|inp_embd|tok_embeddings)([^a-z]|$)/, 'embedding'],
]

/** The role that a name gives away; undefined where it gives none. */
export function roleOfName(name: string): OpRole | undefined {
  const text = name.toLowerCase()
  return patterns.find(([pattern]) => pattern.test(text))?.[1]
}

/** Roles of names that come again and again. */
export class Roles {
  private readonly known = new Map<string, OpRole | undefined>()

  of(name: string): OpRole | undefined {
    if (this.known.has(name)) return this.known.get(name)
    if (this.known.size === MAX_KNOWN) this.known.clear()
    const role = roleOfName(name)
    this.known.set(name, role)
    return role
  }
}

/** The layer in a name: `blk.3.`, `layers.3/`, `ffn_up-3`, `cache_k_l3`; -1: none. */
export function layerOfOpName(name: string): number {
  const found = /(?:^|[/._])(?:layers?|blocks?|blk|h)[._](\d{1,5})(?=$|[/._ ])|(?:[a-z_]-|_l)(\d{1,5})(?=$|[ (.,])/i.exec(name)
  return found === null ? -1 : Number(found[1] ?? found[2])
}
