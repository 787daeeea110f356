import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worldSwitches } from '../analysis/world-switches.js'
import { BadInput } from '../base/errors.js'
import { importText, memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { phases, processorNames } from '../trace/words.js'
import { readRates } from './index.js'

/** Small recordings of our own after faults that people met, with what must come out of each. Those called otherwise are fixtures of
 *  their format. */
interface Case {
  readonly file: string
  /** Name, start and duration in µs, of every op that is no dispatch. */
  readonly ops: readonly (readonly [name: string, startUs: number, us: number])[]
  readonly processors?: readonly string[]
  readonly phases?: readonly string[]
  readonly layers?: readonly number[]
  /** By op: the ops that it waits for. */
  readonly after?: readonly (readonly number[])[]
  readonly skipped?: Readonly<Record<string, number>>
  readonly also?: (trace: Trace, numbers: readonly number[]) => void
}

const cases: readonly Case[] = [
  { file: 'cases/chrome-async-id2.json', ops: [['job', 0, 60], ['job', 30, 60]] },
  { file: 'cases/chrome-async-id2-local.json', ops: [['job', 0, 20], ['job', 5, 40]], skipped: {} },
  { file: 'cases/chrome-async-ids.json', ops: [['job', 0, 100], ['job', 20, 30]], skipped: {} },
  { file: 'cases/chrome-text-times.json', ops: [['matmul', 0, 250], ['softmax', 300.5, 40]] },
  { file: 'cases/chrome-unsorted.json', ops: [['matmul', 10, 40], ['add', 60, 20]] },
  { file: 'cases/chrome-be-out-of-order.json', ops: [['a', 0, 40], ['b', 50, 20]] },
  { file: 'cases/chrome-end-names.json', ops: [['matmul', 10, 80]], skipped: { 'end without its begin': 1 } },
  { file: 'cases/chrome-zero-then-epoch.json', ops: [['matmul', 0, 50], ['softmax', 100, 20]], skipped: { 'event at no time of the recording (no number, or years away)': 1 } },
  { file: 'cases/flow-bind.json', ops: [['producer', 0, 10], ['consumer', 30, 20]], after: [[], [0]] },
  { file: 'cases/flow-steps.json', ops: [['a', 0, 10], ['b', 20, 10], ['c', 40, 10]], after: [[], [0], [1]] },
  { file: 'cases/ggml-opencl-cl_trace.json', ops: [['kernel_rms_norm', 0, 20], ['kernel_mul_mat_q4_0_f32', 20, 200]], processors: ['gpu', 'gpu'] },
  {
    file: 'fixtures/perfetto/hexagon-optrace.perfetto-trace',
    ops: [['RMS_NORM+MUL (1024:17 x 1024 -> 1024:17)', 0, 21], ['MUL_MAT (1024:2048 x 1024:17 -> 2048:17)', 25, 180], ['ADD (1024:17 x 1024:17 -> 1024:17)', 210, 12]],
    processors: ['npu', 'npu', 'npu'],
  },
  {
    file: 'cases/hexagon-colon-form.log',
    ops: [['attn_norm-0', 0, 21], ['Qcur-0', 25, 180]],
    processors: ['npu', 'npu'],
    phases: ['prefill', 'prefill'],
    layers: [0, 0],
    skipped: { 'trace line: a moment within an op': 2 },
    also: ({ header, ops }, [, matmul]) => {
      assert.is(header.requests[0]!.promptTokens, 17)
      assert.equal([ops.m[matmul!], ops.n[matmul!], ops.k[matmul!]], [17, 2048, 1024])
    },
  },
  {
    file: 'cases/hexagon-layer-from-weights.log',
    ops: [['node_41', 0, 60], ['ffn_inp-3', 65, 5]],
    layers: [3, 3],
    // Weights of q4_0 are 18 bytes per 32; besides them a vector comes in and one goes out.
    also: ({ ops }, [matmul]) => assert.is(ops.bytes[matmul!], (1024 * 1024 * 18) / 32 + 2 * 1024 * 4),
  },
  { file: 'fixtures/executorch-inspector/delegate-ns.txt', ops: [['Method::init', 0, 12_500], ['Convolution (NHWC, F32) GEMM #1', 12_500, 900], ['Fully Connected (NC, F32) GEMM #1', 13_400, 400]] },
  {
    file: 'fixtures/kineto/tail-of-earlier-step.json',
    ops: [['gemm_of_this_step', 0, 500]],
    phases: ['prefill'],
    also: ({ header }) => assert.is(header.skipped['device work that was launched before the recording'], 2),
  },
  { file: 'fixtures/kineto/kernel-overflows-next.json', ops: [['gemm_a', 0, 50], ['attn', 60, 40], ['gemm_b', 100, 60], ['gemm_c', 170, 30]] },
  { file: 'cases/kineto-one-negative-dur.json', ops: [['aten::mm', 0, 40], ['aten::relu', 100, 10]], skipped: { 'user_annotation whose duration cannot be': 1 } },
  {
    file: 'cases/kineto-quotes-in-name.json',
    ops: [['aten::mm', 0, 40], ['aten::relu', 60, 10]],
    skipped: { 'event whose name holds a quote that is not escaped (a known fault of PyTorch’s profiler)': 1 },
  },
  {
    file: 'cases/kineto-old-categories.json',
    ops: [['gemm_tile_32', 0, 200], ['Memcpy DtoH (Device -> Pinned)', 210, 12]],
    processors: ['gpu', 'gpu'],
    also: ({ ops, strings }, [gemm]) => {
      assert.is(strings[ops.type[gemm!]!], 'aten::mm')
      assert.equal([ops.m[gemm!], ops.n[gemm!], ops.k[gemm!]], [4, 16, 8])
    },
  },
  { file: 'cases/kineto-accelerator-events.json', ops: [['fba_mul', 0, 120]], processors: ['npu'], skipped: { cpu_op: 1, mtia_runtime: 1 } },
  { file: 'cases/perfetto-clock.pftrace', ops: [['on_mono', 0, 1000], ['on_boot', 0, 1000]], skipped: {} },
  { file: 'cases/perfetto-legacy.pftrace', ops: [['gemm', 0, 3], ['norm', 4, 2]], skipped: {} },
  {
    file: 'cases/perfetto-atrace.pftrace',
    ops: [['matmul_q4', 100, 600], ['softmax', 800, 150]],
    phases: ['decode', 'decode'],
    skipped: {},
    also: ({ header }) => assert.equal(header.lanes, ['task-4242']),
  },
  {
    file: 'cases/perfetto-ftrace-atrace-in-text.txt',
    ops: [['matmul_q4', 100, 600], ['call-with-regd-arg', 1000, 400]],
    phases: ['decode', 'other'],
    skipped: {},
    also: (trace) => {
      const found = worldSwitches(trace)!
      assert.equal([found.calls.whole, found.secureNs], [1, 400_000])
    },
  },
  {
    file: 'cases/qcom-scm-smc.txt',
    ops: [['smc-0x42000b05', 0, 42], ['smc-0x42000b07', 100_000, 100], ['wait-queue', 100_100, 1400], ['return-from-rpc', 101_500, 60]],
    skipped: {},
    also: (trace) => {
      const { calls, perCall, secureNs } = worldSwitches(trace)!
      assert.equal(calls, { started: 2, whole: 2, headless: 0, unfinished: 0, refused: 0 })
      assert.equal(perCall, [{ roundTrips: 1, calls: 1 }, { roundTrips: 2, calls: 1 }])
      assert.is(secureNs, 202_000)
    },
  },
]

/** Rows that do not come out yet, and why. */
const notYet: Readonly<Record<string, string>> = {}

const read = suite('small recordings')
const contentOf = (file: string): Uint8Array => readFileSync(new URL(`../testing/${file}`, import.meta.url))

for (const { file, ops: expected, also, ...more } of cases)
  read(file, async () => {
    const trace = await importText(contentOf(file))
    const { ops, strings, header, after } = trace
    const numbers = Array.from(ops.kind, (_, i) => i).filter((i) => header.ruleSets[ops.rules[i]!]!['kind'] !== 'own-time-of-a-caller' && strings[ops.name[i]!] !== 'DELEGATE_CALL' && strings[ops.name[i]!] !== 'Method::execute')
    assert.equal(numbers.map((i) => [strings[ops.name[i]!], ops.startNs[i]! / 1000, ops.durationNs[i]! / 1000]), expected)
    if (more.processors !== undefined) assert.equal(numbers.map((i) => processorNames[ops.processor[i]!]), more.processors)
    if (more.phases !== undefined) assert.equal(numbers.map((i) => phases[ops.phase[i]!]), more.phases)
    if (more.layers !== undefined) assert.equal(numbers.map((i) => ops.layer[i]), more.layers)
    if (more.after !== undefined) assert.equal(numbers.map((i) => [...after.to.subarray(after.first[i], after.first[i + 1])]), more.after)
    if (more.skipped !== undefined) assert.equal(header.skipped, more.skipped)
    also?.(trace, numbers)
  })

for (const [file, why] of Object.entries(notYet)) console.log(`not read yet: ${file}: ${why}`)

read('cases/bench-after-bracket-log.txt: a line of a log in brackets is no JSON', async () => {
  const { format, rates, settings } = await readRates(memorySource(contentOf('cases/bench-after-bracket-log.txt')), memoryTools)
  assert.is(format, 'llama-bench')
  // 128 tokens at 200 a second, 64 at 40; spreads are ns × spread ÷ speed.
  assert.equal(
    rates.map(({ subject, ns, sdNs, setting }) => [subject.of === 'phase' && subject.phase, subject.of === 'phase' && subject.tokens, ns, sdNs, settings[setting]!.processor, settings[setting]!.quant]),
    [
      ['prefill', 128, 640_000_000, 6_400_000, 'npu', 'Q4_0'],
      ['decode', 64, 1_600_000_000, 20_000_000, 'npu', 'Q4_0'],
    ],
  )
})

/** The same files with what is wrong in them told again and again: then nothing of them is to be believed. */
for (const { file, was, many } of [
  { file: 'cases/kineto-one-negative-dur.json', was: '"dur":40', many: '"dur":-40' },
  { file: 'cases/chrome-text-times.json', was: '"dur":"250"', many: '"dur":"-250"' },
])
  read(`${file}, where half of the events cannot be, is refused`, async () => {
    const text = new TextDecoder().decode(contentOf(file)).replace(was, many)
    try {
      await importText(text)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, BadInput)
      assert.match((error as BadInput).message, /dur: expected microseconds, 0 or more, found "-/)
    }
  })

read('a name with quotes is gone over wherever it ends in a chunk, and named where the next event does not begin on a line of its own', async () => {
  const bytes = contentOf('cases/kineto-quotes-in-name.json')
  const whole = (await importText(bytes)).hash
  for (const chunkBytes of [1, 7, 190]) assert.is((await traceFrom(memorySource(bytes, 'test', chunkBytes))).hash, whole)
  try {
    await importText(new TextDecoder().decode(bytes).replaceAll('\n', ''))
    assert.unreachable()
  } catch (error) {
    assert.instance(error, BadInput)
    assert.match((error as BadInput).message, /a quote that is not escaped \(a known fault of PyTorch/)
  }
})

read.run()
