import { kindIndex, movesNothing } from '../trace/words.js'
import { isCacheWrite, kindOfTorchOp } from './torch-kinds.js'

/** How an operator's inputs tell what it costs. `nothing`: it computes and moves nothing; `unknown`: they do not tell. */
export type Layout =
  | 'mm'
  | 'addmm'
  | 'bmm'
  | 'baddbmm'
  | 'linear'
  | 'attention' // [batch, heads, tokens, dim]
  | 'attention-by-token' // [batch, tokens, heads, dim]
  | 'embedding'
  | 'rope' // in place, by a table of angles
  | 'cache-write' // new rows into a cache
  | 'put' // values into some rows of a tensor
  | 'put-add'
  | 'take' // some rows of a tensor
  | 'copy' // from the second input to the first
  | 'fill'
  | 'nothing'
  | 'unknown'
  | 'other'

const layouts = new Map<string, Layout>([
  ['aten::mm', 'mm'],
  ['aten::_scaled_mm', 'mm'],
  ['aten::_int_mm', 'mm'],
  ['aten::matmul', 'mm'],
  ['aten::addmm', 'addmm'],
  ['aten::_addmm_activation', 'addmm'],
  ['aten::bmm', 'bmm'],
  ['aten::baddbmm', 'baddbmm'],
  ['aten::linear', 'linear'],
  ['aten::mkldnn_linear', 'linear'],
  ['aten::_mkldnn_linear', 'linear'],
  ['mkldnn::_linear_pointwise', 'linear'],
  ['aten::embedding', 'embedding'],
  ['aten::copy_', 'copy'],
  ['aten::fill_', 'fill'],
  ['aten::zero_', 'fill'],
  ['aten::index', 'unknown'], // its indices are a list, of which no shape is told
])

/** By the operator's own name. */
const patterns: readonly (readonly [RegExp, Layout])[] = [
  [/::(_unsafe_index_put|_?index_put(_impl)?_|index_copy_|scatter_|masked_scatter_|put_)$/, 'put'],
  [/::(index_add_|scatter_add_|scatter_reduce_|index_reduce_)$/, 'put-add'],
  [/::(index_select|gather|take|take_along_dim)$/, 'take'],
  [/^aten::_?scaled_dot_product\w*$/, 'attention'],
  [/::(_flash_attention_forward|_efficient_attention_forward|_flash_attn_forward)$/, 'attention-by-token'],
]

/** What is known of an operator by its name, once a name. */
export interface TorchOp {
  readonly kind: number
  readonly layout: Layout
  /** Does the work itself: what runs inside (expand, copies of the bias) is part of it. */
  readonly isWhole: boolean
  /** Only training runs it. */
  readonly isTraining: boolean
  readonly isConvolution: boolean
  /** Looks up the many short lists of a recommender. */
  readonly isRecommender: boolean
}

const wholeOps = new RegExp(
  '^(aten|mkldnn|onednn)::(mm|addmm|bmm|baddbmm|addmv|mv|dot|_scaled_mm|_int_mm|mkldnn_convolution|thnn_conv2d|' +
    '_slow_conv2d_forward|_?mkldnn_linear|_scaled_dot_product_flash_attention_for_cpu)$',
)
const trainingOps = /(Backward\d*|_backward)$|^autograd::engine::evaluate_function|AccumulateGrad|^Optimizer\.|^## (backward|optimizer)|::_fused_(adam|adamw|sgd|adagrad)_?$/
const recommenderOps = /::_?embedding_bag|^fbgemm::(split_embedding|permute_(2D_)?sparse|bounds_check_indices|jagged|block_bucketize)/
/** A name is looked at no further. */
const MAX_NAME = 1024

export function torchOp(name: string): TorchOp {
  const text = name.slice(0, MAX_NAME)
  const kind = kindOfTorchOp(text)
  return { kind, layout: layoutOf(text, kind), isWhole: wholeOps.test(text), isTraining: trainingOps.test(text), isConvolution: /::_?(\w+_)?conv(olution|[123]d)/.test(text), isRecommender: recommenderOps.test(text) }
}

function layoutOf(name: string, kind: number): Layout {
  if (movesNothing(kind)) return 'nothing'
  const known = layouts.get(name) ?? patterns.find(([pattern]) => pattern.test(name))?.[1]
  if (known !== undefined) return known
  if (isCacheWrite(name)) return 'cache-write'
  if (kind === kindIndex.rope) return 'rope'
  // Their cost is in what they read, and that is not the size of their inputs: weights of experts, pools of a cache, tables.
  return kind === kindIndex.matmul || kind === kindIndex.attention || kind === kindIndex.embedding ? 'unknown' : 'other'
}
