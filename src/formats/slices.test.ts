import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { PacketsMessage } from './perfetto/messages.js'
import { perfettoPackets } from '../testing/perfetto-file.js'
import { fixture, importText, lawBroken } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { opKinds, phases, processorNames } from '../trace/words.js'

const slices = suite('slices of tracks')

type Slice = readonly [name: string, startUs: number, durationUs: number, tid?: string]
const file = (list: readonly Slice[], more: object = {}): string =>
  JSON.stringify({ traceEvents: list.map(([name, ts, dur, tid = 'main']) => ({ ph: 'X', name, ts, dur, pid: 'host', tid })), ...more })
const nameOf = ({ ops, strings }: Trace, i: number) => strings[ops.name[i]!]!
const rowsOf = (trace: Trace) =>
  Array.from(trace.ops.kind, (kind, i) => [opKinds[kind]!, nameOf(trace, i), trace.ops.startNs[i]! / 1000, trace.ops.durationNs[i]! / 1000] as const)
const placesOf = (trace: Trace) =>
  Array.from(trace.ops.kind, (_, i) => [nameOf(trace, i), phases[trace.ops.phase[i]!]!, trace.ops.request[i]!, trace.ops.step[i]!] as const)

slices('a caller keeps its own time around those it calls, as dispatch; an operator whose parts name none stays whole', async () => {
  const trace = await importText(file([['forward', 0, 100], ['linear', 10, 60], ['matmul', 15, 50], ['part 0', 20, 10], ['part 1', 30, 10], ['relu', 80, 5]]))
  assert.equal(rowsOf(trace), [
    ['dispatch', 'forward', 0, 10],
    ['dispatch', 'linear', 10, 5],
    ['matmul', 'matmul', 15, 50],
    ['dispatch', 'linear', 65, 5],
    ['dispatch', 'forward', 70, 10],
    ['activation', 'relu', 80, 5],
    ['dispatch', 'forward', 85, 15],
  ])
  assert.equal(trace.header.skipped, { 'slice within an operator': 2 })
  assert.is(trace.header.ruleSets[trace.ops.rules[0]!]!['kind'], 'own-time-of-a-caller')
})

slices('a copy within an operator is a part of it; a kernel beside one is not', async () => {
  assert.equal(rowsOf(await importText(file([['layer norm', 0, 100], ['memcpy', 0, 90]]))), [['norm', 'layer norm', 0, 100]])
  assert.equal(rowsOf(await importText(file([['transpose', 0, 100], ['memcpy', 20, 70]]))), [['dispatch', 'transpose', 0, 20], ['copy', 'memcpy', 20, 70], ['dispatch', 'transpose', 90, 10]])
})

slices('what works itself for most of its time is no dispatch, though it calls others', async () => {
  const trace = await importText(file([['flash attention', 0, 100], ['softmax', 40, 20]]))
  assert.equal(rowsOf(trace), [['attention', 'flash attention', 0, 40], ['softmax', 'softmax', 40, 20], ['attention', 'flash attention', 60, 40]])
})

slices('ops of a track add up to the time that its slices cover, whatever nests in what', async () => {
  const slice = fc.tuple(fc.constantFrom('forward', 'matmul', 'softmax', 'x', 'decode'), fc.nat(40), fc.nat(20))
  await fc.assert(
    fc.asyncProperty(fc.array(slice, { minLength: 1, maxLength: 25 }), async (list) => {
      const trace = await importText(file(list))
      assert.is(lawBroken(trace), undefined)
      const origin = Math.min(...list.map(([, ts]) => ts))
      const ops = Array.from(trace.ops.kind, (_, i) => [trace.ops.startNs[i]! / 1000 + origin, (trace.ops.startNs[i]! + trace.ops.durationNs[i]!) / 1000 + origin] as const)
      for (let at = 0; at < 60; at++) {
        const on = ops.filter(([from, to]) => from <= at && at < to).length
        assert.is(on > 0, list.some(([, ts, dur]) => ts <= at && at < ts + dur))
        assert.ok(on <= 1, 'a thread runs one thing at a time')
      }
    }),
    { numRuns: 300 },
  )
})

slices('a pass inside its like is one pass; a loop around several is none; a prefill behind a decode is another request', async () => {
  const trace = await importText(
    file([
      ['prefill', 0, 10],
      ['matmul', 1, 8],
      ['decode loop', 20, 100],
      ['decode step 1', 30, 20],
      ['decode', 31, 15],
      ['matmul', 32, 10],
      ['decode step 2', 60, 20],
      ['matmul', 62, 10],
      ['prefill', 200, 10],
      ['matmul', 201, 8],
      ['decode step 1', 220, 20],
      ['matmul', 222, 10],
    ]),
  )
  assert.equal(placesOf(trace).filter(([name]) => name === 'matmul'), [
    ['matmul', 'prefill', 0, 0],
    ['matmul', 'decode', 0, 1],
    ['matmul', 'decode', 0, 2],
    ['matmul', 'prefill', 1, 0],
    ['matmul', 'decode', 1, 1],
  ])
  assert.equal(trace.header.requests.map(({ outputTokens }) => outputTokens), [2, 1])
})

slices('a track without annotations takes the pass that another one tells at that time', async () => {
  const trace = await importText(file([['prefill', 0, 50], ['decode', 60, 20], ['gemm', 10, 5, 'gpu stream'], ['gemm', 65, 5, 'gpu stream'], ['gemm', 90, 5, 'gpu stream']]))
  assert.equal(placesOf(trace).filter(([name]) => name === 'gemm'), [['gemm', 'prefill', 0, 0], ['gemm', 'decode', 0, 1], ['gemm', 'other', 0, 1]])
  const ruleOf = (i: number) => trace.header.ruleSets[trace.ops.rules[i]!]!['phase']
  assert.equal(Array.from(trace.ops.kind, (_, i) => i).filter((i) => nameOf(trace, i) === 'gemm').map(ruleOf), ['slice-at-that-time', 'slice-at-that-time', undefined])
})

slices('OpenCL’s tracer: a kernel counts while it runs, not while it waits on the host', async () => {
  const trace = await importText(fixture('chrome-trace/opencl-host.json'))
  assert.equal(rowsOf(trace), [['norm', 'kernel_rms_norm', 0, 20], ['matmul', 'kernel_mul_mat_q4_0_f32', 20, 200]])
  assert.equal([...trace.ops.processor].map((processor) => processorNames[processor]), ['gpu', 'gpu'])
  assert.is(trace.header.skipped['wait of a kernel on the host (queued to submitted)'], 2)
})

slices('Hexagon’s tracer: operators count, on their process’s processor; its units’ slices lie in them', async () => {
  const trace = await importText(readFileSync(new URL('../testing/fixtures/perfetto/hexagon-optrace.perfetto-trace', import.meta.url)))
  assert.equal(rowsOf(trace).map(([kind, , startUs, us]) => [kind, startUs, us]), [['norm', 0, 21], ['matmul', 25, 180], ['elementwise', 210, 12]])
  assert.equal([...trace.ops.processor].map((processor) => processorNames[processor]), ['npu', 'npu', 'npu'])
  assert.is(trace.header.skipped['slice of a unit within an operator'], 3)
})

const packets = (list: readonly object[]): Uint8Array => PacketsMessage.encode(PacketsMessage.create({ packet: [...list] })).finish()

slices('the machine is told in the file’s words, without who built or ran it', async () => {
  const metadata = { metadata: { 'cpu-brand': 'Cortex-A76', hostname: 'pc-of-ann', command_line: '/home/ann/run', device: 'rk3588 board', gpu: '/home/ann/gpu' } }
  assert.is((await importText(file([['matmul', 0, 1]], metadata))).header.device, 'Cortex-A76, rk3588 board')
  assert.is((await importText(file([['matmul', 0, 1]]))).header.device, 'unknown (trace events)')
  const systemInfo = { utsname: { sysname: 'Linux', machine: 'aarch64' }, androidBuildFingerprint: 'google/oriole/oriole:14/AOSP/eng.ann.2024:userdebug/test-keys', androidSocModel: 'GS101' }
  assert.is((await importText(packets([{ systemInfo }, ...perfettoPackets()]))).header.device, 'GS101, google/oriole/oriole, aarch64')
})

slices('two recordings in one file are refused', async () => {
  const of = (msb: number): object => ({ traceUuid: { msb, lsb: 7 } })
  assert.is((await importText(packets([of(1), ...perfettoPackets(), of(1)]))).ops.length, (await importText(packets(perfettoPackets()))).ops.length)
  for (const two of [packets([of(1), ...perfettoPackets(), of(2), ...perfettoPackets()]), `${file([['a', 0, 1]])}\n${file([['a', 0, 1]])}`])
    try {
      await importText(two)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, BadInput)
    }
})

slices('Perfetto: clocks of the kernel count for all sequences, incremental ones of a sequence count on; lost packets end what was open', async () => {
  const named = (timestamp: number, sequenceId: number, more: object, clockId?: number): object => ({ timestamp, sequenceId, trackEvent: more, ...(clockId === undefined ? {} : { clockId }) })
  const trace = await importText(
    packets([
      { sequenceId: 1, timestamp: 9000, clockSnapshot: { clocks: [{ id: 6, timestamp: 9000 }, { id: 3, timestamp: 2000 }] } },
      // No boot clock here: the monotonic one leads to it. Its unit is 1 µs.
      { sequenceId: 2, clockSnapshot: { clocks: [{ id: 3, timestamp: 3000 }, { id: 64, timestamp: 0, isIncremental: true, multiplierNs: 1000 }] } },
      named(5, 2, { type: 1, name: 'matmul', trackUuid: 1 }, 64),
      named(2, 2, { type: 2, trackUuid: 1 }, 64),
      named(9000, 3, { type: 1, name: 'first', trackUuid: 2 }),
      named(9500, 3, { type: 2, trackUuid: 2 }),
      named(10_000, 3, { type: 1, name: 'lost', trackUuid: 2 }),
      { sequenceId: 3, previousPacketDropped: true, sequenceFlags: 1 },
      named(30_000, 3, { type: 1, name: 'softmax', trackUuid: 2 }),
      named(31_000, 3, { type: 2, trackUuid: 2 }),
    ]),
  )
  assert.equal(rowsOf(trace).map(([, name, startUs, us]) => [name, startUs, us]), [['first', 0, 0.5], ['matmul', 6, 2], ['softmax', 21, 1]])
  assert.equal(trace.header.skipped, { 'begin without its end': 1 })
})

slices('jobs of one id nest, those of another process are others; an end without a name ends the innermost', async () => {
  const event = (ph: string, ts: number, more: object = {}): object => ({ ph, cat: 'npu', id: '1', pid: 'a', tid: 't', ts, ...more })
  const trace = await importText(
    JSON.stringify([
      event('b', 0, { name: 'decode' }),
      event('b', 10, { name: 'matmul' }),
      event('b', 15, { name: 'softmax', pid: 'b' }),
      event('e', 30),
      event('e', 40, { name: 'softmax', pid: 'b' }),
      event('b', 50, { name: 'silu', id: undefined, id2: { global: '1' } }),
      event('e', 60, { name: 'decode' }),
      event('e', 70, { pid: 'c', id: undefined, id2: { global: '1' } }),
      event('S', 80, { name: 'norm', scope: 'x' }),
      event('F', 90, { name: 'norm', scope: 'x' }),
      event('e', 95, { name: 'norm', scope: 'y' }),
    ]),
  )
  assert.equal(rowsOf(trace).filter(([kind]) => kind !== 'dispatch').map(([, name, startUs, us]) => [name, startUs + 10, us]), [['matmul', 10, 20], ['softmax', 15, 25], ['silu', 50, 20], ['norm', 80, 10]])
  assert.equal(trace.header.skipped, { 'end without its begin': 1, 'gap within a pass, on a device’s track': 2 })
})

slices.run()
