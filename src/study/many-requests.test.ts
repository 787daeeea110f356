import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../base/errors.js'
import { defaultChoices } from '../device/choices.js'
import { costsOf } from '../device/costs.js'
import { nominal } from '../device/profile.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { policies, policyOf } from '../policies/policies.js'
import { tallied } from '../replay/attribute.js'
import { serve } from '../replay/replay.js'
import { traceRequests, type RequestSource } from '../replay/request-source.js'
import type { Extent } from '../run/extents.js'
import { AFTERWARDS, NORMAL_WORLD, priorityOf, rank } from '../run/tasks.js'
import { manyRequests } from '../testing/many-requests.js'
import { collectTrace } from '../trace/collect.js'
import { LivePages } from './audit/live-pages.js'
import { auditRun } from './audit/audit.js'

const test = suite('many requests')
const costs = costsOf(nominal(nanopcT6), defaultChoices(nanopcT6))

/** A source that counts how often somebody looks at one of its requests. */
function counted(source: RequestSource): { readonly source: RequestSource; looks(): number } {
  let looks = 0
  const requests = new Proxy(source.requests, {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks++
      return Reflect.get(target, key) as unknown
    },
  })
  return { source: { ...source, requests }, looks: () => looks }
}

for (const { id } of policies)
  test(`${id}: a request is looked at as often among 400 as among 50 that all wait at once`, () => {
    const of = (requests: number): { looks: number; tasks: number } => {
      const { source, looks } = counted(traceRequests(manyRequests(requests)))
      const { plan, schedule } = serve({ source, policy: policyOf(id), costs, pressureBytes: 0 })
      const tally = tallied(plan, schedule)
      auditRun(policyOf(id), plan, tally, nanopcT6.masters)
      const seen = looks() // who blocked whom is told by name, up to a bound: that grows with the queue
      const { windows } = tally.attributed(plan.requests, 'all')
      assert.is(windows.filter(({ name }) => name === 'request').length, requests)
      return { looks: seen / requests, tasks: plan.graph.tasks.length / requests }
    }
    const [few, many] = [of(50), of(400)]
    assert.ok(many.tasks <= few.tasks * 1.1, `${few.tasks} and ${many.tasks} tasks a request`)
    assert.ok(many.looks < few.looks * 1.5, `${few.looks} and ${many.looks} looks a request`)
  })

test('20 000 requests that all wait at once are replayed, each in a window of its own that sums', () => {
  const source = traceRequests(manyRequests(20_000))
  const { plan, schedule } = serve({ source, policy: policyOf('flexserve'), costs, pressureBytes: 0 })
  const { windows } = tallied(plan, schedule, 'times').attributed(plan.requests, 'ttft-and-request')
  assert.is(windows.length, 40_000)
  for (const { lengthNs, exposedNs } of windows) if (Object.values(exposedNs).reduce((sum, ns) => sum + ns, 0) !== lengthNs) assert.unreachable('a window does not sum')
  // Of the last one's wait nearly all is behind those that are told by name, and none is lost.
  const last = windows.at(-1)!
  assert.is(last.blockedBy.reduce((sum, { ns }) => sum + ns, 0) <= last.exposedNs.wait!, true)
  assert.ok(last.blockedBy.length <= 52 && last.blockedBy.some(({ request }) => request === 'further requests'), `${last.blockedBy.length}`)
  assert.ok(plan.warnings.length < 100, `${plan.warnings.length} warnings`)
})

test('a priority holds 131 071 requests, 262 143 steps and 16 382 layers in order, and refuses more', () => {
  const part = fc.tuple(fc.constantFrom(...Object.values(rank)), fc.constantFrom(0, 1, 16_383, 16_384, NORMAL_WORLD - 1, NORMAL_WORLD), fc.constantFrom(0, 1, 255, AFTERWARDS - 1, AFTERWARDS), fc.constantFrom(-2, -1, 0, 1, 16_380, 16_381))
  const compared = (a: readonly number[], b: readonly number[]): number => a.map((value, i) => Math.sign(value - b[i]!)).find((sign) => sign !== 0) ?? 0
  fc.assert(fc.property(part, part, (a, b) => assert.is(Math.sign(priorityOf(...a) - priorityOf(...b)), compared(a, b))), { numRuns: 2000 })
  for (const [request, step, layer, said] of [[NORMAL_WORLD + 1, 0, 0, /at most 131071 requests/], [0, AFTERWARDS + 1, 0, /at most 262143 steps/], [0, 0, 16_382, /at most 16382 layers/]] as const)
    assert.throws(() => priorityOf(rank.compute, request, step, layer), (error: unknown) => error instanceof UsageFault && said.test(error.message))
})

test('a trace of more requests than a replay can tell apart is refused where it is written', () => {
  const { finish } = collectTrace()
  const requests = Array.from({ length: 131_072 }, (_, i) => ({ id: `r${i}`, model: -1, arrivalNs: 0, promptTokens: 1, outputTokens: 1 }))
  assert.throws(
    () => finish({ name: 'too many', device: 'd', provenance: { how: 'imported', tool: 't' }, lanes: [], models: [], tensors: [], requests, dependencies: 'explicit', skipped: {} }),
    (error: unknown) => error instanceof BadInput && /requests: expected at most 131071 requests.*found 131072/.test(error.message),
  )
})

test('pages that are live at one time are found as by looking at all of them', () => {
  const extents = fc.array(fc.record({ firstPage: fc.nat(60), pages: fc.integer({ min: 1, max: 20 }), isGone: fc.boolean() }), { maxLength: 40 })
  fc.assert(
    fc.property(extents, fc.nat(60), fc.integer({ min: 1, max: 20 }), (all, firstPage, pages) => {
      const made = all.map((one, id) => ({ ...one, id }) as unknown as Extent & { isGone: boolean })
      const live = new LivePages()
      for (const one of made) live.add(one)
      for (const one of made) if (one.isGone) live.remove(one)
      const asked = { firstPage, pages } as Extent
      const expected = made.filter((one) => !one.isGone && one.firstPage < firstPage + pages && one.firstPage + one.pages > firstPage)
      assert.equal(live.meeting(asked).map(({ id }) => id).sort((a, b) => a - b), expected.map(({ id }) => id))
    }),
  )
})

test.run()
