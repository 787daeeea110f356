import { memoryTools } from '../trace-source.js'
import { readExecutionTrace } from '../../formats/pytorch-et/read-execution-trace.js'
import type { Trace } from '../../trace/trace.js'
import { opKinds, processorNames } from '../../trace/words.js'
import { differs, sum, type SharedFact } from './facts.js'
import { sumsBy, top } from './llamacpp.js'

const nameOf =
  ({ strings, ops }: Trace) =>
  (i: number): string =>
    strings[ops.name[i]!]!

interface Kernels {
  readonly kernels: number
  readonly sumUs: number
  /** Different names by their first 60 characters. */
  readonly names: number
  readonly top: readonly (readonly [name: string, us: number])[]
  readonly copies: number
}

/** Kernels and copies of a Kineto trace; counts of the other categories are those it left out. */
function kernels(file: string, facts: Kernels, leftOut: Readonly<Record<string, number>>): SharedFact {
  return {
    file: `kineto/${file}`,
    format: 'kineto',
    reads: 'trace',
    fails(trace) {
      const name = nameOf(trace)
      const isCopy = (i: number): boolean => /^Mem(cpy|set)/i.test(name(i))
      const own = Array.from(trace.ops.name, (_, i) => i).filter((i) => !isCopy(i))
      const short = sumsBy(trace, (i) => name(i).slice(0, 60), (i) => !isCopy(i))
      const skipped = Object.fromEntries(Object.keys(leftOut).map((reason) => [reason, trace.header.skipped[reason]]))
      return differs({
        kernels: [facts.kernels, own.length],
        copies: [facts.copies, trace.ops.length - own.length],
        'sum, µs': [facts.sumUs, sum(own.map((i) => trace.ops.durationNs[i]!)) / 1000],
        names: [facts.names, Object.keys(short).length],
        top: [facts.top.map(([kernel, us]) => [kernel, Math.round(us * 1000)]), top(short, 3)],
        'left out': [leftOut, skipped],
      })
    },
  }
}

function structure(file: string, schema: string, nodes: number, names: number, most: readonly (readonly [string, number])[], ids: readonly [number, number]): SharedFact {
  return {
    file: `pytorch-et/${file}`,
    format: 'pytorch-et',
    reads: 'refused',
    because: /a graph without times \(pytorch-et\).*--join/,
    async alsoFails(source) {
      const found = await readExecutionTrace(source, memoryTools)
      return differs({
        schema: [schema, found.schema],
        nodes: [nodes, found.nodes],
        names: [names, found.names.size],
        'most frequent': [most, most.map(([name]) => [name, found.names.get(name)])],
        ids: [ids, found.ids],
      })
    },
  }
}

function ort(file: string, kind: string, sumUs: number, provider: string): SharedFact {
  return {
    file: `ort-profile/${file}`,
    format: 'ort-profile',
    reads: 'trace',
    fails: (trace) =>
      differs({
        kernels: [1, trace.ops.length],
        kind: [kind, trace.strings[trace.ops.type[0]!]],
        sum: [sumUs * 1000, sum(trace.ops.durationNs)],
        provider: [true, trace.header.device.includes(provider)],
      }),
  }
}

export const graphFacts: readonly SharedFact[] = [
  kernels(
    'vllm-prefilldecode-piecewise-mi300.json.gz',
    {
      kernels: 413,
      sumUs: 156008.506,
      names: 21,
      top: [
        ['_matmul_ogs_NNT_bf16xbf16xmxfp4_128x128x128x1_swiglu', 83288.347],
        ['_matmul_ogs_NNT_bf16xbf16xmxfp4_128x128x128x1', 39243.916],
        ['Cijk_Alik_Bljk_BBS_BH_Bias_HA_S_SAV_UserArgs_MT256x192x64_MI', 9153.921],
      ],
      copies: 10,
    },
    { python_function: 17038, cpu_op: 642, cuda_runtime: 381, user_annotation: 1 },
  ),
  kernels(
    'vllm-decode-full-graph-mi300.json.gz',
    {
      kernels: 425,
      sumUs: 10674.517,
      names: 22,
      top: [
        ['_matmul_ogs_NNT_bf16xbf16xmxfp4_16x128x256x1', 3761.878],
        ['_matmul_ogs_NNT_bf16xbf16xmxfp4_16x128x256x1_swiglu', 3272.717],
        ['Cijk_Alik_Bljk_BBS_BH_Bias_HA_S_SAV_UserArgs_MT32x32x256_MI1', 753.226],
      ],
      copies: 9,
    },
    { python_function: 984, cpu_op: 100, cuda_runtime: 20, user_annotation: 1 },
  ),
  kernels(
    'b200-eager.json.gz',
    {
      kernels: 768,
      sumUs: 10862.916,
      names: 28,
      top: [
        ['bmm_MxE4m3_MxE2m1MxE4m3_Fp32_t128x16x256u2_s3_et128x16_m128x', 3181.785],
        ['void (anonymous namespace)::multimem_all_reduce_kernel<c10::', 2119.548],
        ['bmm_Bfloat16_MxE2m1MxE4m3_Fp32_t128x16x256u2_s3_et128x16_m12', 2033.052],
      ],
      copies: 161,
    },
    { python_function: 15230, cpu_op: 4809, cuda_runtime: 1151, cuda_driver: 221 },
  ),
  {
    file: 'kineto/hta-cpu-only.json.gz',
    format: 'kineto',
    reads: 'trace',
    fails(trace) {
      const { skipped, ruleSets } = trace.header
      const whole = trace.ops.rules.filter((rules) => ruleSets[rules]!['kind'] !== 'own-time').length
      const others = ['cpu_op within another that is kept whole', 'cpu_op that calls others: its own time is kept', 'cpu_op without time of its own'].map((reason) => skipped[reason] ?? 0)
      return differs({
        cpu_op: [2424, whole + sum(others)],
        user_annotation: [43, skipped['user_annotation']],
        'µs with an operator open (one thread)': [28_194, sum([...trace.ops.durationNs]) / 1000],
        cpu: [['cpu'], [...new Set(Array.from(trace.ops.processor, (processor) => processorNames[processor]))]],
      })
    },
  },
  kernels(
    'hta-simple-add-a100.json.gz',
    {
      kernels: 79,
      sumUs: 10728,
      names: 16,
      top: [
        ['ampere_sgemm_32x32_sliced1x4_tn', 2673],
        ['cudnn_ampere_scudnn_128x64_relu_xregs_large_nn_v1', 2068],
        ['sm80_xmma_fprop_implicit_gemm_indexed_tf32f32_tf32f32_f32_nh', 1806],
      ],
      copies: 16 + 3, // with the memsets, which the facts do not list
    },
    { cpu_op: 359, cuda_runtime: 331, cuda_sync: 41, user_annotation: 8 },
  ),
  kernels(
    'hta-sampled-rank0.json.gz',
    {
      kernels: 1154,
      sumUs: 606519,
      names: 76,
      top: [
        ['ncclKernel_SendRecv_RING_SIMPLE_Sum_int8_t(ncclDevComm*, uns', 396199],
        ['void split_embedding_backward_codegen_rowwise_adagrad_unweig', 32778],
        ['void split_embedding_codegen_forward_unweighted_kernel<c10::', 15167],
      ],
      copies: 50,
    },
    { cpu_op: 2329, cuda_runtime: 1204, user_annotation: 73 },
  ),
  kernels(
    'param-linear-kineto.json.gz',
    {
      kernels: 8716,
      sumUs: 369343,
      names: 10,
      top: [
        ['volta_sgemm_64x64_tn', 110405],
        ['volta_sgemm_128x64_nn', 89896],
        ['volta_sgemm_128x128_nt', 85258],
      ],
      copies: 1640,
    },
    { cpu_op: 36998, cuda_runtime: 14515, user_annotation: 80 },
  ),
  {
    file: 'chakra-et/chakra.0.et',
    format: 'chakra',
    reads: 'trace',
    fails(trace) {
      const count: Record<string, number> = {}
      const types: Record<string, number> = {}
      for (let i = 0; i < trace.ops.length; i++) {
        const name = nameOf(trace)(i)
        count[name] = (count[name] ?? 0) + 1
        const type = trace.strings[trace.ops.type[i]!]!
        types[type] = (types[type] ?? 0) + 1
      }
      return differs({
        nodes: [3664, trace.ops.length],
        types: [{ compute: 3643, collective: 21 }, types],
        names: [144, Object.keys(count).length],
        'sum, µs': [381795, sum(trace.ops.durationNs) / 1000],
        'most frequent': [[320, 320, 320], [count['aten::copy_(0)'], count['Memcpy DtoD (Device -> Device)'], count['aten::copy_(1)']]],
      })
    },
  },
  {
    file: 'chakra-et/small_chakra.0.json',
    format: 'chakra-json',
    reads: 'trace',
    fails(trace) {
      const sums = sumsBy(trace, (i) => trace.strings[trace.ops.type[i]!]!)
      return differs({
        nodes: [7, trace.ops.length],
        names: [6, new Set(Array.from(trace.ops.name)).size],
        'sum, µs': [{ compute: 503e3, collective: 192e3 }, sums],
        cpu: [5, Array.from(trace.ops.processor).filter((processor) => processorNames[processor] === 'cpu').length],
        collectives: [3, Array.from(trace.ops.kind).filter((kind) => opKinds[kind] === 'communication').length],
        dependencies: [6 + 7, trace.after.to.length + (trace.header.skipped['dependency on a node that is not there'] ?? 0)],
      })
    },
  },
  structure(
    'hf_GPT2_et.json.gz',
    '1.1.0-chakra.0.0.4',
    27156,
    139,
    [
      ['aten::result_type', 2252],
      ['aten::empty_strided', 1527],
      ['aten::empty_like', 1308],
    ],
    [1, 38919],
  ),
  structure(
    'linear_et.json.gz',
    '1.0.1',
    931,
    52,
    [
      ['aten::as_strided', 104],
      ['aten::transpose', 104],
      ['aten::t', 104],
    ],
    [1, 1187],
  ),
  structure(
    'et-1.0.2-chakra.0.0.4.json',
    '1.0.2-chakra.0.0.4',
    263,
    18,
    [
      ['aten::empty_strided', 40],
      ['aten::copy_', 30],
      ['aten::to', 20],
    ],
    [1, 296],
  ),
  ort('kokoro-bert-iphone15.jsonfrag', 'Add', 4, 'CPUExecutionProvider'),
  ort('ort-0.4.0-conv.jsonfrag', 'Conv', 12944, 'ONNX Runtime'),
]

