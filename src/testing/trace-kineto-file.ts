import { uniformStream } from '../base/random.js'

const DECODER_LAYERS = 32
export const BASE_US = 6_520_488_433_299

export const kernelNames = [
  'void at::native::vectorized_elementwise_kernel<4, at::native::BinaryFunctor<c10::BFloat16, ' +
    'c10::BFloat16, c10::BFloat16, at::native::binary_internal::MulFunctor<float> >, std::array<char*, 3ul> ' +
    '>(int, at::native::BinaryFunctor<c10::BFloat16, c10::BFloat16, c10::BFloat16, ' +
    'at::native::binary_internal::MulFunctor<float> >, std::array<char*, 3ul>)',
  'sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize64x64x64_warpgroupsize1x1x1_execute_segment_k_off_kernel__5x_cublas',
  'void flash_fwd_splitkv_kernel<Flash_fwd_kernel_traits<128, 64, 128, 4, false, false, ' +
    'cutlass::bfloat16_t, Flash_kernel_traits<128, 64, 128, 4, cutlass::bfloat16_t> >, false, false, false, ' +
    'false, true, false, false>(Flash_fwd_params)',
  'void vllm::rms_norm_kernel<c10::BFloat16>(c10::BFloat16*, c10::BFloat16 const*, c10::BFloat16 const*, float, int, int)',
]
const operators = [
  ['aten::mul', '[[%, 4096], [%, 4096]]', '["c10::BFloat16", "c10::BFloat16"]', 0],
  ['aten::mm', '[[%, 4096], [4096, 14336]]', '["c10::BFloat16", "c10::BFloat16"]', 1],
  [
    'flash_attn::_flash_attn_forward',
    '[[%, 32, 128], [%, 8, 128], [%, 8, 128], []]',
    '["c10::BFloat16", "c10::BFloat16", "c10::BFloat16", "Scalar"]',
    2,
  ],
  ['_C::rms_norm', '[[%, 4096], [%, 4096], [4096], []]', '["c10::BFloat16", "c10::BFloat16", "c10::BFloat16", "Scalar"]', 3],
] as const
const views = ['aten::view', 'aten::as_strided', 'aten::empty', 'aten::slice', 'aten::transpose']
const frames = [
  'forward',
  '_call_impl',
  '_wrapped_call_impl',
  'decorate_context',
  'wrapper',
  'inner',
  '__call__',
  'execute_model',
  'apply',
]
const files = [
  'torch/nn/modules/module.py',
  'torch/utils/_contextlib.py',
  'vllm/model_executor/models/llama.py',
  'vllm/model_executor/layers/linear.py',
  'torch/_ops.py',
]

/** Text of a PyTorch profiler trace of one prefill and many decode steps, about `bytes` long, in pieces. Events are
 *  mixed as in a real eager recording with stacks (62 % Python frames, 20 % operators with shapes, 9 % flows, 6 % runtime
 *  calls, 3 % kernels). The same seed, the same text. */
export function* kinetoText(bytes: number, seed = 1): Generator<string> {
  const draw = uniformStream(seed, 'kineto')
  const whole = (below: number) => Math.floor(draw() * below)
  let written = 0
  let text =
    '{"schemaVersion": 1, "deviceProperties": [{"id": 0, "name": "NVIDIA H100 80GB HBM3", "totalGlobalMem": 84929019904}], ' +
    '"record_shapes": 1, "with_stack": 1, "displayTimeUnit": "ms", "baseTimeNanoseconds": ' +
    '1767189312000000000, "traceEvents": [\n'
  let nowNs = 0
  let gpuNs = 0
  let id = 1
  let index = 1
  const at = (ns: number) => `${BASE_US + Math.floor(ns / 1000)}.${String(ns % 1000).padStart(3, '0')}`
  const us = (ns: number) => `${Math.floor(ns / 1000)}.${String(ns % 1000).padStart(3, '0')}`
  const host = '"pid": 851, "tid": 851'
  for (let step = 0; written + text.length < bytes; step++) {
    const tokens = step === 0 ? 512 : 1
    const stepText: string[] = []
    const stepFromNs = nowNs
    for (let layer = 0; layer < DECODER_LAYERS; layer++) {
      for (const [name, dims, types, kernel] of operators) {
        const opNs = 20_000 + whole(30_000)
        for (let frame = 16 + whole(8); frame > 0; frame--)
          stepText.push(
            `{"ph": "X", "cat": "python_function", "name": "${files[whole(files.length)]!}(${100 + whole(1900)}): ` +
              `${frames[whole(frames.length)]!}", ${host}, ` +
              `"ts": ${at(nowNs + 10)}, "dur": ${us(opNs + 2000)}, "args": {"Python parent id": ${index}, "Python id": ` +
              `${index + 1}, "Ev Idx": ${index++}}}`,
          )
        stepText.push(
          `{"ph": "X", "cat": "cpu_op", "name": "${name}", ${host}, "ts": ${at(nowNs + 500)}, "dur": ${us(opNs)}, ` +
            `"args": {"External id": ${id}, "Record function id": 0, "Concrete Inputs": ["", ""], "Input type": ${types}, ` +
            `"Input Strides": [[4096, 1], [4096, 1]], "Input Dims": ${dims.replaceAll('%', String(tokens))}, "Ev ` +
            `Idx": ${index++}}}`,
        )
        for (let view = 0; view < 5; view++)
          stepText.push(
            `{"ph": "X", "cat": "cpu_op", "name": "${views[whole(views.length)]!}", ${host}, "ts": ` +
              `${at(nowNs + 700 + view * 200)}, "dur": ${us(180)}, ` +
              `"args": {"External id": ${id + 1_000_000}, "Record function id": 0, "Concrete Inputs": ["", ` +
              `"[${tokens}, 4096]", "[4096, 1]", "0"], ` +
              `"Input type": ["c10::BFloat16", "ScalarList", "ScalarList", "Scalar"], "Input Strides": [[4096, 1], [], ` +
              `[], []], ` +
              `"Input Dims": [[${tokens}, 4096], [], [], []], "Ev Idx": ${index++}}}`,
          )
        if (whole(5) < 4)
          stepText.push(
            `{"ph": "X", "cat": "cuda_runtime", "name": "cudaStreamIsCapturing", ${host}, "ts": ${at(nowNs + 3000)}, ` +
              `"dur": ${us(900)}, ` +
              `"args": {"External id": ${id}, "cbid": 317, "correlation": ${id + 1_000_000}}}`,
          )
        stepText.push(
          `{"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", ${host}, "ts": ${at(nowNs + 4000)}, ` +
            `"dur": ${us(5000 + whole(3000))}, ` +
            `"args": {"External id": ${id}, "cbid": 211, "correlation": ${id}}}`,
          `{"ph": "s", "id": ${id}, ${host}, "ts": ${at(nowNs + 4000)}, "cat": "ac2g", "name": "ac2g"}`,
        )
        gpuNs = Math.max(gpuNs, nowNs + 9000)
        const kernelNs = 3000 + whole(60_000)
        stepText.push(
          `{"ph": "X", "cat": "kernel", "name": "${kernelNames[kernel]!}", "pid": 0, "tid": 7, "ts": ${at(gpuNs)}, ` +
            `"dur": ${us(kernelNs)}, ` +
            `"args": {"External id": ${id}, "queued": 0, "device": 0, "context": 1, "stream": 7, "correlation": ` +
            `${id}, "registers per thread": ${32 + whole(200)}, ` +
            `"shared memory": ${whole(64) * 1024}, "blocks per SM": ${draw().toFixed(6)}, "warps per SM": ` +
            `${(draw() * 16).toFixed(6)}, "grid": [${1 + whole(4096)}, 1, 1], ` +
            `"block": [128, 1, 1], "est. achieved occupancy %": ${whole(100)}}}`,
          `{"ph": "f", "id": ${id}, "pid": 0, "tid": 7, "ts": ${at(gpuNs)}, "cat": "ac2g", "name": "ac2g", "bp": "e"}`,
        )
        gpuNs += kernelNs
        nowNs += opNs + 3000
        id++
      }
    }
    const [context, generation] = step === 0 ? [1, 0] : [0, 1]
    stepText.push(
      `{"ph": "X", "cat": "user_annotation", "name": ` +
        `"execute_${tokens}_context_${context}(sq${context * tokens}sk${context * tokens})` +
        `_generation_${generation}(sq${generation}sk${512 + step})", ` +
        `${host}, "ts": ${at(stepFromNs)}, "dur": ${us(nowNs - stepFromNs)}, "args": {"External id": 0, "Ev Idx": ${index++}}}`,
    )
    text += `${step === 0 ? '' : ',\n'}${stepText.join(',\n')}`
    if (text.length > 1 << 20) {
      yield text
      written += text.length
      text = ''
    }
  }
  yield `${text}\n], "traceName": "/tmp/trace.json"}`
}
