import { dataTypeIndex, kindIndex, type DataType, type OpKind } from '../trace/words.js'

/** First match wins; names of PyTorch operators (`aten::addmm`, `vllm::rms_norm`, autograd's included). */
const opPatterns: readonly (readonly [RegExp, OpKind])[] = [
  [/all_?reduce|all_?gather|reduce_scatter|all_?to_?all|broadcast_oop|nccl|c10d::|record_param_comms/i, 'communication'],
  [/attention|attn|flash|paged_|sdpa|mla_/i, 'attention'],
  [/embedding/i, 'embedding'],
  [/rotary|rope/i, 'rope'],
  [/layer_?norm|rms_?norm|batch_?norm|group_?norm|native_norm|linalg_vector_norm/i, 'norm'],
  [/silu|gelu|relu|sigmoid|tanh|swiglu|softplus|hardswish|activation|_and_mul/i, 'activation'],
  [/softmax/i, 'softmax'],
  [/quant|to_fp8|per_token_group/i, 'quantise'],
  [
    new RegExp(
      '::(_?addmm|mm|bmm|baddbmm|addmv|mv|dot|matmul|linear|_scaled_mm|einsum|_int_mm|_weight_int\\w+|' +
        '_grouped_mm)\\b|gemm|conv|moe|matmul|cublas|linear',
      'i',
    ),
    'matmul',
  ],
  [/multinomial|argmax|topk|top_k|top_p|sampl|sort|exponential_|rand|normal_|bernoulli/i, 'sample'],
  [
    new RegExp(
      'copy|::to\\b|_to_copy|::cat\\b|clone|contiguous|fill_|zero|ones|::empty|index|gather|scatter|slice|' +
        'select|view|reshape|transpose|permute|expand|stack|split|repeat|roll|masked|as_strided|resize|arange|' +
        'pad|unbind|narrow|flatten|squeeze|::t\\b|detach|nonzero|item|local_scalar',
      'i',
    ),
    'copy',
  ],
  [
    new RegExp(
      '::(add|sub|mul|div|pow|sqrt|rsqrt|neg|exp|log|sin|cos|abs|sum|mean|max|min|clamp|where|eq|ne|lt|le|' +
        'gt|ge|cumsum|addcmul|addcdiv|lerp|bitwise\\w*|logical\\w*|floor\\w*|remainder|reciprocal|_foreach\\w*|' +
        'amax|amin|all|any|var|std|dropout|native_dropout)_?\\b',
      'i',
    ),
    'elementwise',
  ],
]

/** GPU kernel names: mangled templates, cuBLAS, cutlass, rocBLAS/Tensile (`Cijk_`), triton. */
const kernelPatterns: readonly (readonly [RegExp, OpKind])[] = [
  [/nccl|rccl|all_?reduce|all_?gather|reduce_scatter|multimem|cross_device/i, 'communication'],
  [/fmha|attention|attn|flash|paged|mla_/i, 'attention'],
  [/rotary|rope/i, 'rope'],
  [/rms_?norm|layer_?norm|batch_?norm|group_?norm|bn_fw|bn_bw/i, 'norm'],
  [/softmax/i, 'softmax'],
  [/embedding/i, 'embedding'],
  [/quant|_to_fp8|cvt_fp|scaled_fp/i, 'quantise'],
  [
    /gemm|gemv|^Cijk_|cutlass|matmul|_mm_|bmm|wmma|xmma|fprop|dgrad|wgrad|convolve|scudnn|conv\d?d|winograd|nvjet|splitK/i,
    'matmul',
  ],
  [/silu|gelu|relu|sigmoid|tanh|swiglu|act_and_mul/i, 'activation'],
  [/topk|sample|sampling|multinomial|argmax|sort|distribution_/i, 'sample'],
  [
    new RegExp(
      'copy|memcpy|memset|cat_?array|catarray|index|gather|scatter|transpose|permute|reshape|fill_?functor|' +
        'cache_kernel|reshape_and_cache',
      'i',
    ),
    'copy',
  ],
  [/elementwise|reduce_kernel|^triton_|scan|pointwise|foreach|multi_tensor/i, 'elementwise'],
]

const kernelTypes: readonly (readonly [RegExp, DataType])[] = [
  [/mxfp4|e2m1|fp4/i, 'f4'],
  [/e4m3|e5m2|fp8/i, 'f8'],
  [/bf16|bfloat16|_BBS_/i, 'bf16'],
  [/fp16|half|hgemm|_HHS_|f16f16/i, 'f16'],
  [/sgemm|scudnn|f32f32|tf32|_SB_/i, 'f32'],
  [/int8|i8i8|imma/i, 'int8'],
]

const firstMatch = <T>(patterns: readonly (readonly [RegExp, T])[], name: string): T | undefined =>
  patterns.find(([pattern]) => pattern.test(name))?.[1]

/** Indices into `opKinds` and `dataTypes`; 0 when the name says nothing. */
export const kindOfTorchOp = (name: string): number => kindIndex[firstMatch(opPatterns, name) ?? 'other']
export const kindOfKernel = (name: string): number => kindIndex[firstMatch(kernelPatterns, name) ?? 'other']
export const dataTypeOfKernel = (name: string): number => dataTypeIndex[firstMatch(kernelTypes, name) ?? 'unknown']

/** A kernel's name without its template and arguments: `void a::b<float, 4>(…)` → `a::b`; at most 80 characters. */
export function kernelFunction(name: string): string {
  const bare = name.replace(/^void\s+/, '').replaceAll('(anonymous namespace)', 'anonymous')
  const end = bare.search(/[<(]/)
  return (end > 0 ? bare.slice(0, end) : bare).slice(0, 80)
}
