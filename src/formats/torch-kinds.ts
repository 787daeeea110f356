import { kindIndex, type OpKind } from '../trace/words.js'

/** What a name may speak of, the heaviest first: where one op does several things (`fused_add_rms_norm`, `gemm_relu`), it is the
 *  heaviest of them. Names are in lower case, their words apart by `_`: see `wordsOf`. */
const parts: readonly (readonly [OpKind, RegExp])[] = [
  ['communication', /nccl|rccl|all_?reduce|all_?gather|reduce_?scatter|all_?(to|2)_?all|broadcast_oop|cross_device|multimem|record_param_comms|_send_?recv_/],
  ['attention', /attention|_attn|attn_|flash(?!_?infer)|fmha|_paged_|_sdpa_|_mla_|_mha_/],
  [
    'matmul',
    new RegExp(
      '_(mm|bmm|addmm|baddbmm|addbmm|addmv|addr|mv|dot|vdot|matmul|linear|einsum|tensordot|conv|convs|convolve|convolution|convnd|fprop|dgrad|wgrad|' +
        'wmma|nvjet|cijk|winograd|scudnn|outer|moe|experts|mlp|ffn|qmm|qmv)_|mat_?mul|(?<!fb)gemm|gemv|_conv(_transpose|_depthwise)?_?[123]d_|cublas|xmma|' +
        'qlinear|split_?k_?reduce|convolution|int_?mm_|scaled_mm',
    ),
  ],
  ['softmax', /soft_?max/],
  ['norm', /(layer|rms|batch|group|instance|local_response|vector|weight|renorm)_?norm|rmsnorm|layernorm|_norms?_|bn_(fw|bw)|gamma_beta|rowwise_moments|^_triton_\w*_mean_(\w+_)?rsqrt_/],
  ['rope', /rotary|_rope_|_mrope_/],
  ['embedding', /embedding|_emb_/],
  ['sample', /multinomial|arg_?max|arg_?min|top_?[kp]_|_sampl(e|ing)_|_sort_|radix_?sort|exponential_|_rand|_normal_(?!ize)|bernoulli|distribution_|_uniform_/],
  ['activation', /si_?lu|ge_?lu|re_?lu|_elu_|_selu_|_celu_|sigmoid|_tanh_|swi_?glu|_glu_|_geglu_|softplus|swish|_mish_|activation|_act_|_and_mul_|threshold/],
  ['quantise', /quant|_to_fp8|_to_hfp8|per_token_group|cvt_fp|scaled_fp8/],
  [
    'elementwise',
    new RegExp(
      '_(add|sub|rsub|mul|div|true_divide|pow|sqrt|rsqrt|neg|exp|exp2|expm1|log|log2|log1p|sin|cos|abs|sum|mean|max|min|clamp|clip|where|eq|ne|lt|le|gt|ge|maximum|minimum|' +
        'cumsum|cumprod|addcmul|addcdiv|lerp|floor|ceil|round|trunc|fmod|remainder|reciprocal|amax|amin|all|any|var|std|dropout|square|sign|erf|prod|softcap|' +
        'nan|isnan|isinf|loss|entropy|pool|pool2d|foreach|logical|bitwise|cross|interpolate|upsample|bilinear2d|nearest2d|bicubic2d|adam|adamw|sgd|adagrad|lamb|' +
        'reduce|reduction|scan|align|histogram|bincount)_|optimizer|routing',
    ),
  ],
  [
    'copy',
    new RegExp(
      'copy|_(to|cat|clone|contiguous|fill|zero|zeros|ones|full|index|put|gather|scatter|stack|repeat|roll|masked|arange|pad|nonzero|item|tile|flip|tril|triu|' +
        'cache|transpose|permute|reshape|cast|memcpy|memset|move|set)_|cat_?array|_local_scalar|pin_memory|index_?select|fill_?functor|linspace|one_?hot|dense_tensors|tensor_from|repeat_interleave|gather|scatter|finalize',
    ),
  ],
]

/** Frames that kernels of many kinds are written in. */
const frames = /elementwise|^_triton_|pointwise|multi_tensor|reduce_kernel/
/** Kernels that a compiler made of what stands around products and attention: their names keep the words of both. */
const around = /^_triton_(poi|red|per)_/
/** Of a mixture of experts, what is around its products. */
const besideExperts = /_moe_(\w+_)?(align|sum|routing|finalize|permute|unpermute|topk|gating|expand|reduce|prepare)/

/** Operators that give the same elements another shape, or room for new ones: nothing is computed, nothing moves. */
const views = new RegExp(
  '^_?_?(view(_as(_real|_complex|_complex_copy)?)?|reshape(_as|_alias)?|unsafe_view|t|mt|mh|h|adjoint|numpy_t|matrix_h|transpose|permute|movedim|moveaxis|swapaxes|swapdims|expand(_as)?|broadcast_to|' +
    'broadcast_tensors|slice|select|narrow|unbind|(unsafe_|tensor_|h|v|d)?split(_with_sizes)?|(unsafe_)?chunk|unsqueeze|squeeze|atleast_[123]d|flatten|unflatten|ravel|diagonal|linalg_diagonal|unfold|' +
    'detach|alias|as_strided|lift|lift_fresh|resolve_(conj|neg)|conj|conj_physical_view|neg_view|real|imag|empty(_like|_strided|_permuted|_quantized|_affine_quantized)?|' +
    'new_empty(_strided)?|resize(_as)?|resize_output|set|set_data|result_type|can_cast|record_stream|is_(pinned|same_size|nonzero_view|complex|floating_point|contiguous)|' +
    'sym_(size|stride|numel|storage_offset)|size|stride|numel|dim|storage_offset|values|indices|crow_indices|col_indices|nested_view\\w*|' +
    'has_compatible_shallow_copy_type|version|output_nr|requires_grad|retain_grad|is_leaf|fw_primal|make_dual|to|type_as|data)_?$',
)

/** What only calls others: autograd's nodes, compiled regions, steps of an optimizer or a loader. */
const callers = new RegExp(
  '^(autograd::engine::|torch::autograd::|TorchDynamo|Torch-Compiled Region|Pregraph bytecode|AOTDispatcher|CompiledFunction|## |Optimizer\\.|enumerate\\(|ProfilerStep|' +
    'DistributedDataParallel\\.|FullyShardedDataParallel\\.|FSDP::|nn\\.Module: |Trace$|<(forward|backward) op>|torch::jit::|_compile_|dynamo)|^\\w+Backward\\d*$|^detach$',
)

/** Writes of new keys and values into a cache; what stands around these words says what else it does. */
const cacheWrite = new RegExp(
  'reshape_and_cache(_flash|_shuffle)?|concat_and_cache(_mla|_ds_mla)?|(quant_)?and_(quant_)?cache(?!d)|(unified_)?(kv_?|k_?|v_?)?cache_(update|write|store|append|scatter|insert)|' +
    '(update|write|store|set|append|insert|fill)_(the_)?(paged_|to_)?(kv|k|v|mla_kv|mla)?_?(cache|buffer)s?|slot_mapping|reshape_?cache',
)

/** Lower case, every word apart and between two `_`: `CatArrayBatchedCopy` → `_cat_array_batched_copy_`. */
export const wordsOf = (name: string): string =>
  `_${name
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3_$2$4')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()}_`

/** Whether an operator or kernel writes new rows into a cache. */
export const isCacheWrite = (name: string): boolean => cacheWrite.test(wordsOf(name))

/** Index into `opKinds`; 0 when the name says nothing. Names of PyTorch operators (`aten::addmm`, `vllm::rms_norm`). */
export function kindOfTorchOp(name: string): number {
  if (callers.test(name)) return kindIndex.dispatch
  if (/^(c10d|_c10d_functional)::/.test(name)) return kindIndex.communication
  const words = wordsOf(name.replace(/^.*::/, ''))
  if (/^(aten|prims?)::/.test(name) && views.test(words.slice(1, -1))) return kindIndex.view
  return heaviest(words) || frame(words)
}

/** Kernel names: mangled templates, cuBLAS, cutlass, rocBLAS/Tensile (`Cijk_`), triton. What stands in the template counts where the
 *  function itself says nothing, or is only a frame for it (`elementwise_kernel<…, SiluFunctor>`). */
export function kindOfKernel(name: string): number {
  const own = wordsOf(functionOf(name))
  const whole = wordsOf(name.replace(/\b(cutlass|cute|cuda|std)::\w*(float|half|int|uint|tuple|integral|array|enable_if)\w*/g, ''))
  return heaviest(own) || heaviest(whole) || frame(own) || (whole.includes('cutlass') ? kindIndex.matmul : 0)
}

function heaviest(words: string): number {
  const rest = words.replace(cacheWrite, '_')
  const isAround = around.test(rest)
  const isBeside = isAround || besideExperts.test(rest)
  const found = parts.find(([kind, pattern]) => !(isBeside && kind === 'matmul') && !(isAround && kind === 'attention') && pattern.test(rest))
  if (found !== undefined) return kindIndex[found[0]]
  return rest === words ? 0 : kindIndex.copy
}

const frame = (words: string): number => (frames.test(words) ? kindIndex.elementwise : 0)

/** A kernel's name without its template and arguments: `void a::b<float, 4>(…)` → `a::b`; at most 80 characters. */
export function kernelFunction(name: string): string {
  const bare = name.replace(/^void\s+/, '').replace(/\(anonymous namespace\)|<unnamed>/g, 'anonymous')
  const end = bare.search(/[<(]/)
  return (end > 0 ? bare.slice(0, end) : bare).slice(0, 80)
}

/** What a frame of cutlass is filled with, where that is named like a kernel: `cutlass::Kernel2<cutlass_80_tensorop_bf16_s16816gemm…>`. */
export const describedKernel = (name: string): string | undefined => /^void cutlass::Kernel\d?<(\w+)>/.exec(name)?.[1]

/** The same for a kernel whose result type is a template of its own (`std::enable_if<…>::type vllm::f<…>(…)`). */
function functionOf(name: string): string {
  const typed = /^(?:std::)?enable_if<.*>::type\s+([\w:]+)/.exec(name)?.[1] ?? describedKernel(name)
  return typed ?? kernelFunction(name)
}
