/** FlexServe's Table 1: each row is a whole operation; the mechanism that it measures must find it again. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GiB, MS } from '../base/units.js'
import { costsOf } from '../device/costs.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { defaultChoices } from '../device/choices.js'
import { nominal } from '../device/profile.js'
import { policyOf } from '../policies/policies.js'
import { runTasks } from '../replay/engine.js'
import type { MemoryMechanism, Policy } from '../replay/factors.js'
import { Lowerer } from '../replay/lowerer.js'
import type { Extent } from '../run/extents.js'
import { rank } from '../run/tasks.js'

const test = suite('Table 1')
const EIGHT = 8 * GiB
const PIECE = 4 * 1024 ** 2

function lowering(policy: Policy, choices: Record<string, string> = {}): Lowerer {
  return new Lowerer(costsOf(nominal(nanopcT6), { ...defaultChoices(nanopcT6), ...choices }), policy, 8 * GiB)
}

/** End of all in ms, after `write` turned 8 GiB into tasks piece by piece. */
function spanMs(reference: string, write: (l: Lowerer) => void, choices?: Record<string, string>): number {
  const l = lowering(policyOf(reference), choices)
  write(l)
  return runTasks(l.write.finish(), [4, 1, 1, 1, 1, 0]).endNs / MS
}

function pieces(l: Lowerer, of: (memory: MemoryMechanism, extent: Extent, after: number) => number): void {
  let at = -1
  for (let done = 0; done < EIGHT; done += PIECE) {
    at = of(l.policy.memory, l.extent('weights', 0, PIECE), at)
    l.allocatedBytes += PIECE
  }
}
const near = (found: number, row: number): void => assert.ok(Math.abs(found - row) < 0.01, `found ${found} ms, the row says ${row} ms`)

test('Flex-Mem allocate 8 GB, its protection carved out of it, not added: 568.58 ms', () => {
  near(spanMs('flexserve', (l) => pieces(l, (m, x, after) => m.protect(l, x, m.allocate(l, x, after), []))), 568.58)
})
test('of which protecting takes 89.9 ms', () => {
  const ms = spanMs('flexserve', (l) => pieces(l, (m, x, after) => m.protect(l, x, after, [])))
  assert.is(ms.toFixed(1), '89.9')
})
test('with the SMMU map read as inside the row: allocate, protect and map are 568.58 ms together', () => {
  const all = (l: Lowerer): void =>
    pieces(l, (m, x, after) => m.mapForNpu(l, x, m.protect(l, x, m.allocate(l, x, after), [])))
  near(spanMs('flexserve', all, { smmu: 'inside' }), 568.58)
})
test('CMA allocate 8 GB at 8 GB pressure: 6440.67 ms, under both readings', () => {
  for (const reading of ['uniform', 'knee'])
    near(spanMs('strawman', (l) => pieces(l, (m, x, after) => m.allocate(l, x, after)), { 'cma.reading': reading }), 6440.67)
})
test('Flex-Mem reclaim 8 GB: 80.50 ms', () => near(spanMs('flexserve', (l) => void l.policy.memory.release(l, l.extent('weights', 0, EIGHT), -1, rank.after)), 80.5))
test('CMA reclaim 8 GB, its scrub inside: 732.85 ms', () => near(spanMs('strawman', (l) => void l.policy.memory.release(l, l.extent('weights', 0, EIGHT), -1, rank.after)), 732.85))
test('SMMU mapping of 8 GB: 435.48 ms', () => near(spanMs('flexserve', (l) => pieces(l, (m, x, after) => m.mapForNpu(l, x, after))), 435.48))
test('NPU mode switch: 0.21 ms', () => near(spanMs('flexserve', (l) => void l.policy.npu.take(l, -1)), 0.21))
test('NPU task launch: 1.28 ms', () => near(spanMs('flexserve', (l) => void l.policy.npu.beginStep(l, -1)), 1.28))
test('S2 boot and hash check: 2.96 ms', () => near(spanMs('flexserve', (l) => void l.policy.memory.begin(l, -1)), 2.96))
test('load and decrypt 8 GB, one after the other: 3265.34 + 1319.16 ms', () => {
  const l = lowering(policyOf('strawman'))
  l.allocate = () => -1
  l.policy.pipeline.restore(l, [{ content: 'weights', layer: 0, bytes: EIGHT }], -1)
  const programmed = 0.002 + 0.02 // one region, one world switch
  near(runTasks(l.write.finish(), [4, 1, 1, 1, 1, 0]).endNs / MS, 3265.34 + 1319.16 + programmed)
})

test.run()
