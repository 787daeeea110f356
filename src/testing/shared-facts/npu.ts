import { opKinds, phases, processorNames } from '../../trace/words.js'
import type { Trace } from '../../trace/trace.js'
import { differs, sum, type SharedFact } from './facts.js'
import { sumsBy, top } from './llamacpp.js'

const typeOf =
  ({ strings, ops }: Trace) =>
  (i: number): string =>
    strings[ops.type[i]!]!

function counted(words: readonly string[]): Record<string, number> {
  const count: Record<string, number> = {}
  for (const word of [...words].sort()) count[word] = (count[word] ?? 0) + 1
  return count
}

const targets = ({ ops }: Trace): Record<string, number> => counted(Array.from(ops.processor, (processor) => processorNames[processor]!))

function layers(file: string, ops: number, sumUs: number, types: number, most: readonly (readonly [string, number])[], targetsOf: Readonly<Record<string, number>>, rwKb: number, cycles: number): SharedFact {
  return {
    file: `rknn-perf/${file}`,
    format: 'rknn-perf',
    reads: 'trace',
    fails: (trace) =>
      differs({
        ops: [ops, trace.ops.length],
        sum: [sumUs * 1000, sum(trace.ops.durationNs)],
        types: [types, new Set(Array.from(trace.ops.type)).size],
        top: [most.map(([type, us]) => [type, us * 1000]), top(sumsBy(trace, typeOf(trace)), most.length)],
        targets: [targetsOf, targets(trace)],
        'RW, KB': [rwKb, sum(trace.ops.bytes) / 1024 + Number(/(\d+) KB of RW that the table counts for views/.exec(trace.header.provenance.note ?? '')?.[1] ?? 0)],
        'Total cycles': [true, trace.header.provenance.note?.endsWith(` ${cycles} cycles in all`)],
        'adds up to the printed totals': [[undefined, undefined], [trace.header.skipped['table whose layers do not add up to its printed total'], trace.header.skipped['table whose RW does not add up to its printed total']]],
      }),
  }
}

export const npuFacts: readonly SharedFact[] = [
  layers(
    'pridnet-rk3588-fp16-layers.txt',
    95,
    183003,
    15,
    [
      ['ConvLeakyRelu', 49852],
      ['Transpose', 27731],
      ['Resize', 23583],
    ],
    { cpu: 5, npu: 90 },
    407021,
    49848264,
  ),
  layers(
    'custom-op-overflow-rows.txt',
    5,
    21334,
    5,
    [
      ['cstInstanceNormalization_1_256_64_64', 13467],
      ['Conv', 4238],
      ['Pad', 2831],
    ],
    { cpu: 2, npu: 3 },
    13573,
    4718592,
  ),
  {
    file: 'rknn-perf/pridnet-small-rk3588-ranking.txt',
    format: 'rknn-perf',
    reads: 'trace',
    fails(trace) {
      const byTarget = sumsBy(trace, (i) => processorNames[trace.ops.processor[i]!]!)
      return differs({
        types: [12, new Set(Array.from(trace.ops.type)).size],
        calls: [37, trace.ops.length],
        sum: [13578e3, sum(trace.ops.durationNs)],
        'by target': [{ npu: 13479e3, cpu: 99e3 }, byTarget],
        top: [
          [
            ['ConvLeakyRelu', 5929e3],
            ['ConvAdd', 1651e3],
            ['Concat', 1076e3],
          ],
          top(sumsBy(trace, typeOf(trace)), 3),
        ],
      })
    },
  },
  { file: 'rknn-perf/compile-time-table-rows.log', format: 'rknn-perf', reads: 'refused', because: /a table with times.*a table of the compiler/ },
  {
    file: 'qnn-profile/chraac-mulmat-profile-events.log',
    format: 'qnn-profile',
    reads: 'trace',
    fails(trace) {
      const sums = sumsBy(trace, typeOf(trace))
      return differs({
        compute: [2846e3, sums['MUL_MAT#RESHAPE']],
        'RPC, transport included': [3011e3, sums['MUL_MAT#RESHAPE']! + sums['transport']!],
        finalize: [21427e3, sums['finalize']],
        counts: [1, trace.header.skipped['event Number of HVX threads used in COUNT']],
        shape: [[5, 2048, 2048], Array.from(trace.ops.kind).flatMap((kind, i) => (opKinds[kind] === 'matmul' ? [trace.ops.m[i], trace.ops.n[i], trace.ops.k[i]] : []))],
      })
    },
  },
  {
    file: 'qnn-profile/executorch-qnn-inspector-table.md',
    format: 'executorch-inspector',
    reads: 'trace',
    clockHz: 1e9,
    fails(trace) {
      const byName = sumsBy(trace, (i) => trace.strings[trace.ops.name[i]!]!)
      return differs({
        rows: [7, trace.ops.length],
        'cycles at 1 GHz': [70975, sum(trace.ops.durationNs)],
        largest: ['aten_permute_copy_default_4:OpId_63', top(byName, 1)[0]![0]],
        rule: ['clock-given', trace.header.ruleSets[trace.ops.rules[0]!]!['durationNs']],
      })
    },
  },
  {
    file: 'tflite-op-profile/xnnpack-qu8-ssd.txt',
    format: 'tflite-op-profile',
    reads: 'trace',
    fails(trace) {
      const isLoad = (i: number): boolean => phases[trace.ops.phase[i]!] === 'load'
      const own = Array.from(trace.ops.type, (_, i) => i)
      return differs({
        ops: [11, own.filter((i) => !isLoad(i)).length],
        'sum, ms': [2.106, sum(own.filter((i) => !isLoad(i)).map((i) => trace.ops.durationNs[i]!)) / 1e6],
        kinds: [
          { 'Add (ND, QU8)': 1, 'Convolution (NHWC, QU8) DWConv': 3, 'Convolution (NHWC, QU8) GEMM': 6, 'Convolution (NHWC, QU8) IGEMM': 1 },
          counted(own.filter((i) => !isLoad(i)).map(typeOf(trace))),
        ],
        init: [{ ModifyGraphWithDelegate: 14842e3, AllocateTensors: 102e3 }, sumsBy(trace, typeOf(trace), isLoad)],
        timings: [true, trace.header.provenance.note?.endsWith('init 16772, first inference 8781, warm-up 7514.93, inference 7454.97')],
        'listed again': [2, trace.header.skipped['row that another section lists in run order']],
      })
    },
  },
  {
    file: 'etdump/tutorial-cnn.etdp',
    format: 'etdump',
    reads: 'trace',
    clockHz: 1e9,
    fails(trace) {
      const isLoad = (i: number): boolean => phases[trace.ops.phase[i]!] === 'load'
      const load = sumsBy(trace, typeOf(trace), isLoad)
      const names = sumsBy(trace, (i) => trace.strings[trace.ops.name[i]!]!, (i) => !isLoad(i))
      const starts = Array.from(trace.ops.startNs)
      const native = Object.entries(names).filter(([name]) => name.startsWith('native_call_'))
      const all = (sums: Readonly<Record<string, number>>): number => sum(Object.values(sums))
      return differs({
        'Method::init': [22484, load['Method::init']],
        // What encloses the others keeps its own time: the names of a block add up to the one around all of them.
        'Program::load_method': [24857, all(load)],
        names: [7, Object.keys(names).length],
        'Method::execute': [1.89882e6, Number(all(names).toPrecision(6))],
        'OPERATOR_CALL': [1.89608e6, Number((names['OPERATOR_CALL']! + sum(native.map(([, ns]) => ns))).toPrecision(6))],
        'native_call_convolution.out': [1.5765e6, Number(names['native_call_convolution.out']!.toPrecision(5))],
        'the whole of each block': [true, trace.header.provenance.note?.endsWith('load 24857, run 1898821')],
        dispatch: [['Method::execute', 'OPERATOR_CALL', 'Program::load_method'], [...new Set(starts.map((_, i) => i).filter((i) => opKinds[trace.ops.kind[i]!] === 'dispatch').map((i) => trace.strings[trace.ops.name[i]!]!))].sort()],
        span: [2324134 - 398073, Math.max(...starts.map((start, i) => start + trace.ops.durationNs[i]!))],
      })
    },
  },
]
