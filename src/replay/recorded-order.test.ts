import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultChoices } from '../device/choices.js'
import { costsOf } from '../device/costs.js'
import { MissingParameter } from '../device/missing.js'
import { nominal } from '../device/profile.js'
import { recording } from '../device/recording.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { policyOf } from '../policies/policies.js'
import { collectTrace } from '../trace/collect.js'
import type { Trace } from '../trace/trace.js'
import { kindIndex, phaseIndex } from '../trace/words.js'
import { replay, type Replayed } from './replay.js'
import { RESIDENT } from './request-plan.js'

const test = suite('recorded order')
const costs = costsOf(nominal(recording), defaultChoices(recording))

interface Drawn {
  readonly lane: number
  readonly gapNs: number
  readonly durationNs: number
  readonly moreSteps: number
  readonly after: readonly number[]
}
const drawnOps = fc.array(
  fc.record({
    lane: fc.nat(3),
    gapNs: fc.oneof(fc.constant(0), fc.nat(200)),
    durationNs: fc.oneof(fc.nat(300), fc.constant(0)),
    moreSteps: fc.constantFrom(0, 0, 0, 1),
    after: fc.array(fc.nat(60), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 60 },
)

/** A recording on four lanes, each of one processor; ops overlap as they like, in a lane and across steps. */
function recorded(ops: readonly Drawn[], facts: { readonly isLaid?: boolean; readonly layers?: number } = {}): Trace {
  const { writer, finish } = collectTrace()
  writer.refuses = false // what a lane shows at the same time is refused on import, and replayed as it stands
  const rules = writer.ruleSet(facts.isLaid === true ? { startNs: 'file-order' } : {})
  let [startNs, step] = [0, 0]
  for (const [index, one] of ops.entries()) {
    const i = writer.push()
    const { op } = writer
    if (index > 0) {
      startNs += one.gapNs
      step += one.moreSteps
    }
    op.kind[i] = kindIndex.elementwise
    op.phase[i] = step === 0 ? phaseIndex.prefill : phaseIndex.decode
    op.lane[i] = one.lane
    op.processor[i] = [0, 1, 2, 2][one.lane]!
    op.step[i] = step
    op.startNs[i] = startNs
    op.durationNs[i] = one.durationNs
    op.rules[i] = rules
    if (index > 0) for (const on of new Set(one.after.map((pick) => pick % index))) writer.waitsFor(on)
  }
  return finish({
    name: 'drawn',
    device: 'some machine',
    provenance: { how: 'imported', tool: 'test' },
    lanes: ['a', 'b', 'c', 'd'],
    models: facts.layers === undefined ? [] : [{ id: 'm', layers: facts.layers, weightBytes: facts.layers * 2 ** 20, quant: 'int8' }],
    tensors: Array.from({ length: facts.layers ?? 0 }, (_, layer) => ({ name: `layer ${layer}`, model: 0, role: 'weight' as const, layer, bytes: 2 ** 20 })),
    requests: [{ id: 'r', model: facts.layers === undefined ? -1 : 0, arrivalNs: 0, promptTokens: 4, outputTokens: 1 }],
    dependencies: 'program-order',
    skipped: {},
  })
}

/** When the first task of each op that computes starts; -1: it has none. */
function starts({ plan, schedule }: Replayed, ops: number): number[] {
  const found = Array.from({ length: ops }, () => -1)
  const { tasks } = plan.graph
  for (let t = tasks.length - 1; t >= 0; t--) if (tasks.op[t]! >= 0 && tasks.mask[t] !== 0 && tasks.cause[t] === 0) found[tasks.op[t]!] = schedule.startNs[t]!
  return found
}

test('on its own machine every op starts when it started, whatever overlapped: lanes, steps, dependencies that had not ended', () => {
  fc.assert(
    fc.property(drawnOps, (ops) => {
      const trace = recorded(ops)
      const again = replay({ trace, policy: policyOf('unprotected'), here: true, costs, pressureBytes: 0, initial: RESIDENT })
      for (const [i, ns] of starts(again, trace.ops.length).entries()) if (trace.ops.durationNs[i]! > 0) assert.is(ns, trace.ops.startNs[i], `op ${i}`)
    }),
    { numRuns: 400 },
  )
})

test('the steps of a recording end in their order and windows sum to the span', () => {
  fc.assert(
    fc.property(drawnOps, (ops) => {
      const trace = recorded(ops)
      const { plan, schedule } = replay({ trace, policy: policyOf('unprotected'), here: true, costs, pressureBytes: 0, initial: RESIDENT })
      const ends = plan.requests[0]!.stepEnds.map((task) => schedule.startNs[task]! + plan.graph.tasks.durationNs[task]!)
      assert.equal(ends, [...ends].sort((a, b) => a - b))
      assert.is(ends.at(-1), Math.max(...trace.ops.startNs.map((ns, i) => ns + trace.ops.durationNs[i]!)))
    }),
  )
})

test('rows of a profile, whose starts are inferred, follow each other whatever processor they ran on', () => {
  const trace = recorded([0, 0, 0].map(() => ({ lane: 0, gapNs: 7, durationNs: 100, moreSteps: 0, after: [] })), { isLaid: true })
  trace.ops.processor.set([0, 1, 0])
  assert.is(replay({ trace, policy: policyOf('unprotected'), here: true, costs, pressureBytes: 0, initial: RESIDENT }).schedule.endNs, 300)
})

test('elsewhere neither recorded durations nor gaps are kept, and collectives have no counterpart', () => {
  const trace = recorded([{ lane: 0, gapNs: 0, durationNs: 100, moreSteps: 0, after: [] }, { lane: 0, gapNs: 900, durationNs: 100, moreSteps: 0, after: [] }])
  trace.ops.bytes.fill(2e6) // 100 µs each at 20 GB/s
  trace.ops.kind[1] = kindIndex.communication
  const board = costsOf({ ...nominal(nanopcT6), 'npu.launchMs': 0 }, defaultChoices(nanopcT6))
  const { plan, schedule } = replay({ trace, policy: policyOf('unprotected'), costs: board, pressureBytes: 0 })
  const [end] = plan.requests[0]!.stepEnds
  assert.is(schedule.startNs[end!]! + plan.graph.tasks.durationNs[end!]!, 100_000)
  assert.is(plan.notes.recording.leftOutNs, 100)
  assert.is(plan.notes.recording.predictedNs, 100)
})

test('weights that no op names are assigned by order, and restored for whom they are assigned to', () => {
  const trace = recorded(Array.from({ length: 8 }, () => ({ lane: 0, gapNs: 0, durationNs: 100, moreSteps: 0, after: [] })), { layers: 4 })
  trace.ops.bytes.fill(1)
  const board = costsOf(nominal(nanopcT6), defaultChoices(nanopcT6))
  const flashNs = 2 ** 20 * board.flashNsPerByte
  for (const policy of ['strawman', 'flexserve']) {
    const { plan, schedule } = replay({ trace, policy: policyOf(policy), costs: board, pressureBytes: 0 })
    const ends = plan.requests[0]!.stepEnds.map((task) => schedule.startNs[task]!)
    assert.ok(ends[0]! >= 4 * flashNs, `${policy}: the prefill waits for all weights`)
    assert.ok(plan.warnings.some((warning) => /100 % of its model’s weights: they are assigned to operators by order/.test(warning)))
  }
})

test('a profile without an NPU: unprotected and strawman run on the CPU, what needs the NPU is refused by name', () => {
  const trace = recorded([{ lane: 0, gapNs: 0, durationNs: 100, moreSteps: 0, after: [] }])
  trace.ops.kind[0] = kindIndex.matmul
  trace.ops.flops[0] = 1e6
  const values = Object.fromEntries(Object.entries(nominal(nanopcT6)).filter(([id]) => !id.startsWith('npu.')))
  const cpuOnly = costsOf(values, defaultChoices(nanopcT6))
  const run = (policy: string): Replayed => replay({ trace, policy: policyOf(policy), costs: cpuOnly, pressureBytes: 0 })
  assert.is(run('unprotected').schedule.endNs, Math.round(1e6 / cpuOnly.cpuFlopsPerNs))
  assert.ok(run('strawman').schedule.endNs > 0)
  for (const policy of ['flexserve', 'optimized-strawman', 'tz-llm'])
    assert.throws(() => run(policy), (error: unknown) => error instanceof MissingParameter && error.parameter.startsWith('npu.') && error.message.startsWith(`policy ${policy} needs npu.`))
})

test.run()
