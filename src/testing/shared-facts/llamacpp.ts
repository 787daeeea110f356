import type { Trace } from '../../trace/trace.js'
import { opKinds } from '../../trace/words.js'
import { differs, sum, type SharedFact } from './facts.js'

/** Durations added up by a word of each op. */
export function sumsBy(trace: Trace, word: (i: number) => string, isCounted: (i: number) => boolean = () => true): Record<string, number> {
  const sums: Record<string, number> = {}
  for (let i = 0; i < trace.ops.length; i++) if (isCounted(i)) sums[word(i)] = (sums[word(i)] ?? 0) + trace.ops.durationNs[i]!
  return sums
}

/** The largest of a record, so many, in order. */
export const top = (sums: Readonly<Record<string, number>>, count: number): (readonly [string, number])[] => Object.entries(sums).sort(([, a], [, b]) => b - a).slice(0, count)

const typeOf = ({ strings, ops }: Trace) => (i: number): string => strings[ops.type[i]!]!
const nameOf = ({ strings, ops }: Trace) => (i: number): string => strings[ops.name[i]!]!

export const llamacppFacts: readonly SharedFact[] = [
  {
    file: 'llamacpp-hexagon/mulmat-4096-8elite.log',
    format: 'llamacpp-hexagon',
    reads: 'trace',
    fails(trace) {
      const sums = sumsBy(trace, typeOf(trace))
      return differs({
        total: [19942e3, sums['MUL_MAT']],
        call: [115e3, sums['call']],
        ops: [4, Array.from(trace.ops.type).filter((type) => trace.strings[type] === 'MUL_MAT').length],
        shape: [[64, 4096, 4096], [trace.ops.m[0], trace.ops.n[0], trace.ops.k[0]]],
        // One product again and again is a benchmark: no prompt is told.
        phase: [[0, 0], [trace.ops.phase[0], trace.header.requests[0]!.promptTokens]],
        machine: ['Hexagon HTP0', trace.header.device],
      })
    },
  },
  {
    file: 'llamacpp-opencl-profile/eagle-draft-adreno-3graphs.csv',
    format: 'llamacpp-opencl-profile',
    reads: 'trace',
    fails(trace) {
      const { ops, strings } = trace
      return differs({
        kernels: [85, ops.length],
        sum: [29465600, sum(ops.durationNs)],
        'op names': [22, new Set(Array.from(ops.name)).size],
        'kernel names': [15, new Set(Array.from(ops.type)).size],
        // Graphs of 2, 33 and 1 tokens: two prompts, the second with a step of decoding.
        graphs: [['0/0', '1/0', '1/1'], [...new Set(Array.from(ops.step, (step, i) => `${ops.request[i]}/${step}`))]],
        prompts: [[2, 33], trace.header.requests.map(({ promptTokens }) => promptTokens)],
        firsts: [3, Array.from(ops.name).filter((name) => strings[name] === 'inp_concat').length],
        'top kernels': [
          [
            ['kernel_mul_mat_Ab_Bi_8x4', 22449152],
            ['kernel_gemv_noshuffle', 5739008],
            ['kernel_mul_mat_f16_f32_l4', 302848],
          ],
          top(sumsBy(trace, typeOf(trace)), 3),
        ],
        'top ops': [
          [
            ['result_output', 17711872],
            ['inp_embd_fc_out', 2415872],
            ['ffn_up-0', 1696000],
          ],
          top(sumsBy(trace, nameOf(trace)), 3),
        ],
      })
    },
  },
  {
    file: 'llamacpp-vulkan-perf/llama2-7b-rx470-ms.log',
    format: 'llamacpp-vulkan-perf',
    reads: 'trace',
    fails: (trace) =>
      differs({
        executions: [901, trace.ops.length],
        machine: ['AMD Radeon RX 470 Graphics (RADV POLARIS10) (radv)', trace.header.device],
        prompt: [512, trace.header.requests[0]!.promptTokens],
        'sum, read as µs': [2746920.1, Math.round(sum(trace.ops.durationNs) / 100) / 10],
        names: [17, new Set(Array.from(trace.ops.name)).size], // three lines of the second block are among them
        top: [
          [
            ['MUL_MAT m=11008 n=512 k=4096', 890401e3],
            ['MUL_MAT m=4096 n=512 k=4096', 877560e3],
            ['MUL_MAT m=4096 n=512 k=11008', 486406e3],
          ],
          top(sumsBy(trace, nameOf(trace)), 3).map(([name, ns]) => [name, sixDigits(ns)]),
        ],
      }),
  },
  {
    file: 'llamacpp-vulkan-perf/qwen3-next-us.log',
    format: 'llamacpp-vulkan-perf',
    reads: 'trace',
    fails: (trace) =>
      differs({
        executions: [2515884, trace.ops.length],
        sum: [34011560500, sum(trace.ops.durationNs)],
        lines: [21, new Set(Array.from(trace.ops.name)).size],
        steps: [1281, trace.header.requests[0]!.outputTokens],
        top: [
          [
            ['MUL_MAT_ID_VEC q8_0 m=512 n=10 k=2048 n_expert=512', 6732200e3],
            ['MUL_MAT_VEC q8_0 m=12288 n=1 k=2048', 5780000e3],
            ['MUL', 4024560e3],
          ],
          top(sumsBy(trace, nameOf(trace)), 3),
        ],
      }),
  },
  {
    file: 'ggml-graph-profiler/pr9659-llama3-8b.md',
    format: 'ggml-graph-profiler',
    reads: 'trace',
    fails(trace) {
      const isBarrier = (i: number): boolean => typeOf(trace)(i) === 'barrier'
      const kinds: Record<string, number> = {}
      for (let i = 0; i < trace.ops.length; i++) if (!isBarrier(i)) kinds[typeOf(trace)(i)] = (kinds[typeOf(trace)(i)] ?? 0) + 1
      const sums = sumsBy(trace, (i) => (isBarrier(i) ? 'sync' : 'proc'))
      return differs({
        proc: [50174005, sums['proc']],
        sync: [198790471, sums['sync']],
        total: [248964476, sum(trace.ops.durationNs)],
        kinds: [{ GET_ROWS: 1, RMS_NORM: 1, MUL: 1, MUL_MAT: 2, RESHAPE: 1, ROPE: 1 }, kinds],
        prompt: [2, trace.header.requests[0]!.promptTokens],
        ours: [['barrier', 'dispatch'], ['barrier', opKinds[trace.ops.kind[1]!]]],
      })
    },
  },
  {
    file: 'llamacpp-test-backend-ops/s25-perf-console-gpu.txt',
    format: 'llamacpp-test-backend-ops',
    reads: 'rates',
    fails({ rates, skipped }) {
      const sums: Record<string, number> = {}
      let [flops, bytes] = [0, 0]
      for (const { subject, ns } of rates) {
        if (subject.of !== 'op') continue
        const op = subject.name.split('(')[0]!
        sums[op] = (sums[op] ?? 0) + ns
        if (subject.flops > 0) flops++
        else if (subject.bytes > 0) bytes++
      }
      return differs({
        cases: [166, rates.length],
        ops: [7, Object.keys(sums).length],
        sum: [8974142270, Object.values(sums).reduce((all, ns) => all + ns, 0)],
        units: [{ flops: 72, bytes: 94 }, { flops, bytes }],
        'not supported': [109, skipped['case that is not supported']],
        top: [
          [
            ['MUL_MAT', 8432490e3],
            ['FLASH_ATTN_EXT', 376500e3],
            ['SOFT_MAX', 110030e3],
          ],
          top(sums, 3).map(([op, ns]) => [op, sixDigits(ns)]),
        ],
      })
    },
  },
  { file: 'llamacpp-test-backend-ops/s25-perf-full.csv', format: 'llamacpp-test-backend-ops', reads: 'refused', because: /a column with times.*--output console or sql|rates/ },
]

/** As the facts round them. */
const sixDigits = (ns: number): number => Number(ns.toPrecision(6))
