import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { fixture, importText, lawBroken, sharedTrace } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { opKinds, phases, processorNames } from '../trace/words.js'
import { layerShape } from './rknn/layer-shape.js'

const rknn = suite('rknn')
const kindOf = ({ ops }: Trace, i: number) => opKinds[ops.kind[i]!]!
const typeOf = ({ ops, strings }: Trace, i: number) => strings[ops.type[i]!]!
const table = (rows: readonly string[]): string =>
  `ID   OpType           DataType Target InputShape  OutputShape  DDR Cycles     NPU Cycles     Total Cycles   Time(us)       MacUsage(%)    RW(KB)         FullName\n${rows.join('\n')}\n`
const conv = (id: number, us: number, name: string): string => `${id}    Conv             INT8     NPU    (1,3,8,8),(16,3,3,3),(16)                (1,16,8,8)             10             20             20             ${us}             12.5           3              Conv:${name}`

rknn('FLOPs of a layer are those of its shapes', () => {
  const flops = (...args: Parameters<typeof layerShape>) => layerShape(...args)?.flops
  // Two a multiply-and-add: output elements times what each sums over.
  assert.is(flops('ConvRelu', [[1, 3, 224, 224], [32, 3, 3, 3], [32]], [1, 32, 112, 112]), 2 * 32 * 112 * 112 * 3 * 9)
  assert.is(flops('Conv', [[1, 64, 32, 32], [1, 64, 7, 7], [64]], [1, 64, 5, 5]), 2 * 64 * 25 * 49, 'depthwise: a kernel a channel')
  assert.is(flops('Conv', [[1, 64, 32, 32], [64, 4, 3, 3]], [1, 64, 32, 32]), 2 * 64 * 1024 * 4 * 9, 'groups')
  assert.is(flops('Conv', [[1, 3, 9, 9], [8, 3, 3, 3]], [1, 9, 9, 8]), undefined, 'another layout')
  // Every input element meets the kernel of every output channel.
  assert.is(flops('ConvTranspose', [[1, 128, 20, 20], [128, 64, 2, 2]], [1, 64, 40, 40]), 2 * 128 * 400 * 64 * 4)
  assert.is(flops('exMatMul', [[1, 1, 4, 64], [64, 32]], [1, 1, 4, 32]), 2 * 4 * 32 * 64)
  assert.is(flops('MatMul', [[1, 8, 16, 64], [1, 8, 64, 16]], [1, 8, 16, 16]), 2 * 8 * 16 * 16 * 64, 'a batch of them')
  assert.is(flops('exSDPAttention', [[1, 8, 16, 64], [1, 8, 128, 64], [1, 8, 128, 64]], [1, 8, 16, 64]), 2 * (2 * 8 * 16 * 128 * 64))
  for (const inputs of [[], [[1, 3, 8, 8]], [[0, 0], [0, 0]], [[1, 2], [7, 9]], [[5], [5]]]) assert.is(flops('MatMul', inputs, [1, 4]), undefined)
})

rknn('two networks of a log are one after another; of one network the last frame counts', async () => {
  const a = table([conv(1, 40, 'a'), conv(2, 41, 'b')])
  const trace = await importText(a + table([conv(1, 7, 'other')]) + table([conv(1, 50, 'a'), conv(2, 51, 'b')]))
  assert.is(lawBroken(trace), undefined)
  assert.equal([...trace.ops.durationNs], [7000, 50_000, 51_000])
  assert.equal([...trace.ops.step], [0, 1, 1])
  assert.equal(trace.header.skipped, { 'layer of another table (a compiler pass, an earlier frame)': 2 })
  assert.equal(trace.header.requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]), [[0, 0]], 'frames are no tokens')
  assert.match(trace.header.provenance.note!, /each of 2 networks/)
  const cut = await importText(table([conv(1, 40, 'a')]) + a)
  assert.equal([...cut.ops.durationNs], [40_000, 41_000], 'the table that was cut is the same network’s')
})

rknn('times of nothing but zeros are the compiler’s: refused alone, left out beside a measurement', async () => {
  const zeros = table([conv(1, 0, 'a'), conv(2, 0, 'b')])
  try {
    await importText(zeros)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, BadInput)
    assert.match((error as Error).message, /^test:2: Time\(us\): expected a table with times, found "a table of the compiler: every Time\(us\) is 0"; measure/)
  }
  assert.equal([...(await importText(zeros + table([conv(1, 40, 'a'), conv(2, 41, 'b')]))).ops.durationNs], [40_000, 41_000])
})

rknn('what only looks at the same data moves nothing; the rest of the layout’s operators do', async () => {
  const row = (id: number, type: string, kb: number): string => `${id}  ${type}  INT8  NPU  (1,16,8,8)  (1,1024)  0  0  0  2  \\  ${kb}  ${type}:x`
  const trace = await importText(table([row(1, 'InputOperator', 0), row(2, 'Reshape', 8), row(3, 'Transpose', 8), row(4, 'OutputOperator', 8), row(5, 'exNorm', 8), row(6, 'Unsqueeze', 8)]))
  assert.equal(Array.from(trace.ops.kind, (_, i) => [typeOf(trace, i), kindOf(trace, i), trace.ops.bytes[i]]), [
    ['InputOperator', 'view', 0],
    ['Reshape', 'view', 0],
    ['Transpose', 'copy', 8192],
    ['OutputOperator', 'copy', 8192],
    ['exNorm', 'norm', 8192],
    ['Unsqueeze', 'view', 0],
  ])
  assert.match(trace.header.provenance.note!, /16 KB of RW that the table counts for views/)
})

rknn('the machine in the log’s words', async () => {
  const device = async (log: string) => (await importText(log + table([conv(1, 40, 'a')]))).header
  assert.is((await device('')).device, 'unknown (Rockchip NPU)')
  const said = await device('I RKNN: [09:00:00.000] RKNN Runtime Information, librknnrt version: 2.3.2 (429f97ae6b@2025)\nI target set by user is: rk3588\nloading /home/ann/rk3588/x.rknn\n')
  assert.equal([said.device, said.provenance.runtime], ['rk3588', 'librknnrt 2.3.2'])
  const clocks = await device('CPU Current Frequency List:\n    - 1800000\n    - 2400000\nNPU Current Frequency List:\n    - 1000000000\nDDR Current Frequency List:\n    - Unknown\n')
  assert.is(clocks.device, 'Rockchip NPU, CPU 1800 2400 MHz, NPU 1000 MHz')
})

rknn('a denoiser of others: kinds by time, and FLOPs as the NPU’s own cycles tell them', async () => {
  const bytes = sharedTrace('rknn-perf/pridnet-rk3588-fp16-layers.txt')
  if (bytes === undefined) return
  const trace = await importText(bytes)
  const { ops } = trace
  const us: Record<string, number> = {}
  for (let i = 0; i < ops.length; i++) us[kindOf(trace, i)] = (us[kindOf(trace, i)] ?? 0) + ops.durationNs[i]! / 1000
  assert.equal(Object.keys(us).sort(), ['copy', 'elementwise', 'matmul', 'norm', 'view'], 'every layer has a kind')
  assert.is(us['view'], 2 + 2 + 4, 'two reshapes and the input')
  assert.equal([...new Set(ops.phase)].map((phase) => phases[phase]), ['other'], 'no prefill in a denoiser')
  // The table's own estimate: an RK3588 core multiplies 512 pairs of 16 bits a cycle; layers of fewer channels are padded.
  const text = new TextDecoder().decode(bytes)
  const layer = /^(\d+)\s+Conv\S*\s+FLOAT16\s+NPU\s+\(1,(\d+),\d+,\d+\),\((\d+),\d+,\d+,\d+\)\S*\s+\S+\s+\d+\/(\d+)\/\d+/gm
  let compared = 0
  for (const [, id, channels, outputs, cycles] of text.matchAll(layer)) {
    const i = Number(id) - 1
    assert.is(kindOf(trace, i), 'matmul')
    const macs = ops.flops[i]! / 2
    assert.ok(macs > 0 && macs <= Number(cycles) * 512, `layer ${id}: ${macs} in ${cycles} cycles`)
    if (Number(channels) < 32 || Number(outputs) < 32 || macs < 1e6) continue
    assert.ok(Math.abs(macs / (Number(cycles) * 512) - 1) < 0.05, `layer ${id}: ${macs} in ${cycles} cycles`)
    compared++
  }
  assert.ok(compared > 15, `${compared} layers`)
  assert.equal([...new Set(Array.from(ops.processor, (processor) => processorNames[processor]))].sort(), ['cpu', 'npu'])
})

rknn('fixtures of ours add up to the FLOPs of their shapes', async () => {
  const trace = await importText(fixture('rknn-perf/layers.txt'))
  assert.is(trace.ops.flops.reduce((sum, flops) => sum + flops, 0), 2 * 64 * 16 * 27 + 2 * 4 * 32 * 64)
})

rknn.run()
