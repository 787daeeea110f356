import type { OpKind } from '../trace/words.js'

/** Kinds by their words, the heaviest first: a fused op (`add_rms_norm`, `Conv+Add+Relu`) is the heaviest of its parts. */
const byWeight: readonly (readonly [OpKind, RegExp])[] = [
  ['softmax', /topk_?moe/],
  [
    'attention',
    /flash_?(att|prefill|decod|mla)|(^|[^a-z])(attention|attn)(?!_?(post_|pre_)?(rms_?|layer_?)?norm|_(q|k|v|qkv|o|out\w*|proj|masks?|bias|inp\w*|gate|add|res\w*)([^a-z]|$))|(^|[^a-z])(sdpa|fmha|mha|mqa|gqa|mla|delta_net|ssm_scan|wkv\d?)([^a-z]|$)|kqv?$/,
  ],
  [
    'matmul',
    /mul_?mat|mat_?mul|mul_mm|mul_mv|gemm|gemv|fully[_ ]?connected|out_prod|(?<!quanti[sz]e_)(?<![a-z])(linear|conv(?!ert)\w*|mm|bmm|addmm|fc|dense|innerproduct|(q|k|v|o|qkv|out|gate|up|down|gate_up)_proj|lm_head|w?qkv|w[qkvo]|gate_up)([^a-z]|$)|conv(2d|_2d|leaky|add|relu|sig|clip|\.)|(^|[^a-z])(ffn|mlp|feed_?forward)(_(up|gate|down|out|proj|fused|block|cpu|gpu|npu))*$/,
  ],
  ['softmax', /soft_?max/],
  ['norm', /rms_?norm|layer_?norm|group_?norm|instance_?norm|batch_?norm|(?<!rope_)(?<![a-z])norm(alization)?([^a-z]|$)/],
  ['rope', /(^|[^a-z])(rope|rotary\w*)/],
  ['embedding', /get_?rows|embedding|gather(?!_?nd)/],
  ['activation', /silu|gelu|(^|[^a-z])(swi|ge|re)?glu([^a-z]|$)|(^|[^a-z])(relu\d?|sigmoid|tanh|swish|mish|elu|leaky_?relu|hard_?swish|logistic|p_?relu|act|unary)([^a-z]|$)/],
  ['sample', /arg_?max|arg_?sort|top_?k|(?<!(?:up|down|re|grid)_?)sampl(e|ing)/],
  ['quantise', /quanti[sz]e/],
  ['communication', /all_?reduce|all_?gather|reduce_?scatter|nccl|rccl|send_?recv|broadcast_/],
  [
    'elementwise',
    /(^|[^a-z])(add\w*|sub|mul\w*|div|scale|sqrt|sqr|exp|log|pow|neg|abs|(cum_?)?sum\w*|mean|max|min|where|clamp|clip|reduce\w*|eltwise\w*|cos|sin|rsqrt|acc|erf|equal|greater\w*|less\w*|not|floor|round|diag|(solve_)?tri|pool\w*)([^a-z]|$)/,
  ],
  [
    'copy',
    /(^|[^a-z])(cpy|copy\w*|cont|contiguous|dup|concat\w*|pad|set_rows|set|tile|memcpy|memset|to_copy|clone|resize|up_?sample\w*|gather_?nd|cast|convert\w*|repeat\w*|input\w*|output\w*|pack|unpack|fill|roll|im2col\w*|scatter\w*|kv_?(cache_)?(write|update|store|append|scatter))([^a-z]|$)/,
  ],
]
/** What only gives other names to the same bytes. */
const isView = /(^|[^a-z])(view|reshape\w*|flatten|squeeze\w*|unsqueeze\w*|identity|alias|expand_dims|as_strided|detach|no_?op|none|shape|empty\w*|alloc\w*|bitcast)([^a-z]|$)/
/** Where tensors have strides these are views too, elsewhere they move what they name. */
const movesUnlessStrided = /(^|[^a-z])(transpose|permute\w*|expand|slice\w*|strided_?slice\w*|split\w*|chunk|unbind|narrow|select|t)([^a-z]|$)/

/** The kind that a runtime's word for an operator means; `other` where it is none we know. Of a path (`/layers.0/attn/Add`) the last
 *  word counts. `layout`: whether a transpose, a slice or an expand moves data (`moved`: RKNN, TFLite, ONNX Runtime and all device
 *  kernels) or is a view (`strided`: graphs of ggml and PyTorch). */
export function kindOfOpWord(word: string, layout: 'moved' | 'strided' = 'moved'): OpKind {
  const last = word.slice(word.lastIndexOf('/') + 1)
  const kind = kindOf(last, layout)
  return kind === 'other' && last !== word ? kindOf(word, layout) : kind
}

function kindOf(word: string, layout: 'moved' | 'strided'): OpKind {
  const text = word.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
  const found = byWeight.find(([, pattern]) => pattern.test(text))?.[0]
  if (found !== undefined) return found
  if (movesUnlessStrided.test(text)) return layout === 'moved' ? 'copy' : 'view'
  return isView.test(text) ? 'view' : 'other'
}
