import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dataTypes, opKinds } from '../trace/words.js'
import { kernelType } from './kernel-types.js'
import { Shapes } from './shapes.js'
import { torchCost, type TorchCost } from './torch-cost.js'
import { kindOfKernel, kindOfTorchOp } from './torch-kinds.js'
import { torchOp } from './torch-op.js'

const meaning = suite('what names and shapes of PyTorch mean')

function costOf(name: string, dims: unknown, types: readonly string[]): TorchCost {
  const ins = new Shapes()
  const bytes = new TextEncoder().encode(JSON.stringify(dims))
  ins.readTorch(bytes, 0, bytes.length)
  const words = new TextEncoder().encode(JSON.stringify(types))
  ins.readTorchTypes(words, 0, words.length)
  const cost: TorchCost = { dataType: 0, m: 0, n: 0, k: 0, flops: 0, bytes: 0, tokens: 0, batch: 0 }
  torchCost(cost, torchOp(name), ins)
  return cost
}
const bf16 = 'c10::BFloat16'
const bytesOf = (name: string, dims: unknown, types: readonly string[]) => costOf(name, dims, types).bytes

meaning('views, reshapes and allocations move nothing, whatever their inputs', () => {
  for (const name of 'view as_strided reshape t transpose permute expand slice select unsqueeze squeeze_ detach alias empty empty_like empty_strided new_empty resize_ narrow unbind split chunk split_with_sizes _unsafe_view lift_fresh _reshape_alias flatten movedim'.split(' ')) {
    assert.is(opKinds[kindOfTorchOp(`aten::${name}`)], 'view', name)
    const cost = costOf(`aten::${name}`, [[1000, 1000], []], ['float', 'Scalar'])
    assert.equal([cost.flops, cost.bytes], [0, 0], name)
  }
  for (const name of ['copy_', 'clone', 'cat', 'index_select', 'gather', '_to_copy', 'view_copy', 'contiguous']) assert.is(opKinds[kindOfTorchOp(`aten::${name}`)], 'copy', name)
})

meaning('what copies moves what it reads and writes', () => {
  assert.is(bytesOf('aten::copy_', [[100, 10], [100, 10], []], ['float', bf16, 'Scalar']), 100 * 10 * (4 + 2))
  assert.is(bytesOf('aten::clone', [[100, 10], []], [bf16, 'Scalar']), 2 * 100 * 10 * 2)
  assert.is(bytesOf('aten::fill_', [[100, 10], []], ['float', 'Scalar']), 100 * 10 * 4)
  // 888 rows of 2880 out of a table of 25136; an index of 8 bytes for each element.
  assert.is(bytesOf('aten::gather', [[25136, 2880], [], [888, 2880], []], [bf16, 'Scalar', 'long int', 'Scalar']), 888 * 2880 * (2 + 2 + 8))
  assert.is(bytesOf('aten::index_select', [[25136, 2880], [], [7]], [bf16, 'Scalar', 'long int']), 7 * (2 * 2880 * 2 + 8))
  assert.is(bytesOf('aten::embedding', [[25136, 2880], [4, 12]], [bf16, 'long int']), 2 * 4 * 12 * 2880 * 2)
})

meaning('a write into a cache moves its new rows, never the pool', () => {
  const pool = [4213816, 16, 1, 64]
  const rows = 2 * (2 * 888 * 64 * 2)
  assert.is(bytesOf('_C_cache_ops::reshape_and_cache_flash', [[888, 1, 64], [888, 1, 64], pool, pool, [888], [], [], []], [bf16, bf16, 'unsigned char', 'unsigned char', 'long int', '', 'float', 'float']), rows)
  assert.is(bytesOf('vllm::unified_kv_cache_update', [[888, 1, 64], [888, 1, 64], []], [bf16, bf16, '']), rows)
  assert.is(bytesOf('_C_cache_ops::concat_and_cache_mla', [[32, 512], [32, 64], [10000, 64, 576], [32], [], []], [bf16, bf16, bf16, 'long int', '', 'float']), 2 * 32 * (512 + 64) * 2)
  assert.is(bytesOf('aten::index_put_', [[10000, 16, 8, 64], [], [1, 5, 8, 64], []], [bf16, '', bf16, 'Scalar']), 2 * 5 * 8 * 64 * 2)
  assert.is(bytesOf('aten::index_copy_', [[1, 8, 4096, 128], [], [1], [1, 8, 1, 128]], [bf16, 'Scalar', 'long int', bf16]), 2 * 8 * 128 * 2)
  assert.is(bytesOf('aten::scatter_', [[8, 4096], [], [8, 3], [8, 3]], ['float', 'Scalar', 'long int', 'float']), 2 * 8 * 3 * 4)
  assert.is(bytesOf('custom::_cache_update', [[1, 8, 4096, 128], [1, 8, 2, 128], [1, 8, 2, 128], [2]], [bf16, bf16, bf16, 'long int']), 2 * 2 * (8 * 2 * 128) * 2)
  for (const name of ['_C_cache_ops::reshape_and_cache', 'llama::update_cache', 'sgl_kernel::set_kv_buffer', 'vllm::concat_and_cache_mla']) {
    const op = torchOp(name)
    assert.equal([opKinds[op.kind], op.layout], ['copy', 'cache-write'], name)
  }
  // Reading a paged cache: how much of it, no shape tells.
  const read = costOf('vllm::paged_attention_v1', [[4, 8, 64], [4, 8, 64], [50000, 8, 8, 16, 8], [50000, 8, 64, 16]], [bf16, bf16, bf16, bf16])
  assert.equal([read.flops, read.bytes], [0, 0])
})

meaning('a fused name is the heaviest of its parts', () => {
  const operators = {
    'vllm::fused_add_rms_norm': 'norm',
    '_C::silu_and_mul_quant': 'activation',
    'my::_fused_mm_relu': 'matmul',
    'ext::gemm_relu': 'matmul',
    'ext::attention_add_norm': 'attention',
    'vllm::rms_norm_static_fp8_quant': 'norm',
    'ext::add_mul_copy': 'elementwise',
    'ext::fused_rope_and_reshape_cache': 'rope',
    'aten::upsample_bilinear2d': 'elementwise',
    'flashinfer::rmsnorm': 'norm',
    'c10d::allreduce_': 'communication',
    'autograd::engine::evaluate_function: MmBackward0': 'dispatch',
  }
  for (const [name, kind] of Object.entries(operators)) assert.is(opKinds[kindOfTorchOp(name)], kind, name)
  const kernels = {
    'triton_red_fused_native_layer_norm_add_0': 'norm',
    'triton_poi_fused_mul_silu_2': 'activation',
    'triton_poi_fused__to_copy_1': 'copy',
    'triton_per_fused_add_mean_mul_pow_rsqrt_0': 'norm',
    'triton_tem_fused_addmm_relu_1': 'matmul',
    'triton_poi_fused_addmm_relu_1': 'activation', // the product is a kernel of its own
    'void at::native::vectorized_elementwise_kernel<4, at::native::SiluFunctor<float>>(int)': 'activation',
    'void at::native::elementwise_kernel<128, 4, direct_copy_kernel_cuda(at::TensorIteratorBase&)>(int)': 'copy',
    'void cutlass::device_kernel<flash::FlashAttnFwdSm90<int> >(p)': 'attention',
    'void cutlass::Kernel2<cutlass_80_tensorop_bf16_s16816gemm_relu_bf16>(p)': 'matmul',
    'void moe::dev::finalize::finalizeKernel<cutlass::bfloat16_t>(p)': 'copy',
    'void vllm::reshape_and_cache_flash_kernel<__nv_bfloat16, unsigned char>(p)': 'copy',
    'void fbgemm_gpu::permute_2D_lengths_kernel<int>(int)': 'copy',
  }
  for (const [name, kind] of Object.entries(kernels)) assert.is(opKinds[kindOfKernel(name)], kind, name)
})

meaning('a data type comes from the kernel’s own name, or from the only floating type of its template', () => {
  const types = {
    'ampere_bf16_s16816gemm_bf16_128x64': ['bf16', 'kernel-name'],
    'void vllm::rms_norm_kernel<c10::BFloat16, 8, 2>(c10::BFloat16*)': ['bf16', 'kernel-template'],
    'void (anonymous namespace)::softmax_warp_forward<float, float, float, 10, false>(float*)': ['f32', 'kernel-template'],
    'void at::native::<unnamed>::vectorized_layer_norm_kernel<c10::Half, float, (bool)0>(int)': ['unknown', ''], // the float accumulates
    'void at::native::elementwise_kernel<128, 4, at::native::CUDAFunctor_add<float> >(int)': ['unknown', ''], // a functor's
    'void index_kernel<long, unsigned int>(int)': ['unknown', ''],
    'void vllm::cache_kernel<__nv_bfloat16, unsigned char, (vllm::Fp8KVCacheDataType)1>(p)': ['bf16', 'kernel-template'],
    'void flash::flash_fwd_kernel<Flash_fwd_kernel_traits<(int)128, (bool)0, cutlass::bfloat16_t, Flash_kernel_traits<(int)128, cutlass::bfloat16_t> >, (bool)1>(p)': ['bf16', 'kernel-template'],
    'void cutlass::Kernel2<cutlass_80_tensorop_bf16_s16816gemm_relu_bf16>(p)': ['bf16', 'kernel-name'],
    'void gemm<cutlass::half_t, float>(p)': ['unknown', ''],
  }
  for (const [name, [type, rule]] of Object.entries(types)) {
    const found = kernelType(name)
    assert.equal([dataTypes[found.dataType], found.dataType === 0 ? '' : found.rule], [type, rule], name)
  }
  // Of an operator: the first input that floats, not a mask or positions before it.
  assert.is(dataTypes[costOf('_C::rotary_embedding', [[8], [8, 64], [8, 64], [], [131072, 64]], ['long int', bf16, bf16, 'Scalar', bf16]).dataType], 'bf16')
  assert.is(costOf('_C::rotary_embedding', [[8], [8, 64], [8, 64], [], [131072, 64]], ['long int', bf16, bf16, 'Scalar', bf16]).bytes, 2 * (2 * 8 * 64) * 2)
  assert.is(dataTypes[costOf('aten::where', [[8], [8], [8]], ['bool', 'float', 'float']).dataType], 'f32')
})

meaning.run()
