import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GiB, MS, S } from '../../base/units.js'
import { costsOf } from '../../device/costs.js'
import { nanopcT6 } from '../../device/rk3588-nanopc-t6.js'
import { defaultChoices } from '../../device/choices.js'
import { nominal, type BusMaster } from '../../device/profile.js'
import { modelOf } from '../../model/models.js'
import { quantisationOf } from '../../model/quantisation.js'
import { policyOf } from '../../policies/policies.js'
import { tallied } from '../../replay/attribute.js'
import type { Policy } from '../../replay/factors.js'
import { serve } from '../../replay/replay.js'
import { traceRequests, type RequestSource } from '../../replay/request-source.js'
import { attackers, failing, type Attacker, type Audit, type Withstand } from '../../run/audit.js'
import { effect } from '../../run/effects.js'
import { CPU, KERNEL, MONITOR } from '../../run/resources.js'
import { rank } from '../../run/tasks.js'
import { synthesise } from '../../synth/synth.js'
import { sampleTrace } from '../../testing/sample-trace.js'
import type { Workload } from '../../trace/workload.js'
import { workloadRequests } from '../workload-requests.js'
import { auditRun } from './audit.js'

const test = suite('audit')
const costs = costsOf(nominal(nanopcT6), defaultChoices(nanopcT6))

function audited(policy: Policy, source: RequestSource, masters: readonly BusMaster[] | undefined = nanopcT6.masters): Audit {
  const { plan, schedule } = serve({ source, policy, costs, pressureBytes: 8 * GiB })
  return auditRun(policy, plan, tallied(plan, schedule), masters)
}
const verdicts = ({ rows }: Audit, verdict: string): Attacker[] => rows.filter((row) => row.verdict === verdict).map(({ attacker }) => attacker)

/** Two models in turn and a conversation, while memory and the NPU are wanted back. */
const mix: Workload = {
  schema: 'worldswitch-workload/1',
  name: 'mix',
  note: '',
  source: '',
  models: [{ id: 'qwen2.5-0.5b', quant: 'int8' }, { id: 'qwen3-0.6b', quant: 'int8' }],
  requests: [
    { id: 'a', model: 0, arrivalNs: 0, promptTokens: 20, outputTokens: 20 },
    { id: 'chat0', model: 1, arrivalNs: 0, session: 'c', promptTokens: 30, outputTokens: 3 },
    { id: 'b', model: 0, arrivalNs: 2 * S, promptTokens: 20, outputTokens: 2 },
    { id: 'chat1', model: 1, arrivalNs: 0, after: ['chat0'], thinkNs: 5 * S, session: 'c', promptTokens: 30, outputTokens: 3 },
  ],
  memory: [{ atNs: 4 * S, demandBytes: 16 * GiB }, { atNs: 4.5 * S, demandBytes: 8 * GiB }],
  npu: Array.from({ length: 60 }, (_, i) => ({ id: `j${i}`, atNs: i * 50 * MS, durationNs: 8 * MS, deadlineNs: 33 * MS })),
}
const mixed = (): RequestSource => workloadRequests(mix, nanopcT6)
const single = (): RequestSource => traceRequests(synthesise({ model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: nanopcT6, promptTokens: 20, outputTokens: 3 }))

const protectedPolicies = ['strawman', 'optimized-strawman', 'tz-llm', 'flexserve', 'flexserve?scrub=eager', 'flexserve?off=idle-window&idleMs=300', 'flexserve?off=never', 'flexserve?residency=release', 'flexserve?granularity=step', 'flexserve?granularity=layer&eager=on', 'flexserve?residency=lru&cache=200MiB', 'flexserve?npu=co-driver', 'tz-llm?residency=lru', 'optimized-strawman?commit=out-of-order&threads=4', 'optimized-strawman?npu=driver-reload&memory=static-carveout&carveout=2GiB', 'optimized-strawman?npu=flex-npu']
for (const reference of protectedPolicies)
  test(`${reference}: nothing that it promises is violated, alone or among others`, () => {
    for (const source of [single(), mixed()]) {
      const audit = audited(policyOf(reference), source)
      assert.equal(audit.rows.filter(({ verdict }) => verdict === 'violated'), [])
      assert.equal(verdicts(audit, 'unknown'), [])
      assert.equal(audit.rows.map(({ attacker }) => attacker), [...attackers])
      assert.ok(audit.passed)
    }
  })

test('unprotected promises nothing, and everything that it exposes is counted', () => {
  const audit = audited(policyOf('unprotected'), single())
  assert.not.ok(audit.passed)
  const exposed = ['kernel-reading', 'kernel-writing', 'other-master', 'page-reuse']
  assert.equal(verdicts(audit, 'exposed'), exposed)
  assert.equal(verdicts(audit, 'not covered'), ['request-client'])
  const fails = (withstand: Withstand) => failing(audit, withstand).map(({ attacker }) => attacker)
  assert.equal(fails('all'), exposed)
  assert.equal(fails('promised'), [])
  assert.equal(fails(['request-client', 'page-reuse', 'protection-off']), ['page-reuse', 'request-client'])
  const reading = audit.rows.find(({ attacker }) => attacker === 'kernel-reading')!
  assert.ok(reading.findings.count > 100 && reading.findings.byteNs > 0)
})

test('where the trace does not tell all bytes, what rests on them is unknown, never zero', () => {
  const audit = audited(policyOf('flexserve'), traceRequests(sampleTrace({ ops: 300, seed: 5 })))
  for (const attacker of verdicts(audit, 'unknown')) assert.ok(['kernel-reading', 'kernel-writing', 'other-master'].includes(attacker))
  assert.ok(verdicts(audit, 'unknown').length > 0 && !audit.passed)
})

/** A policy with one mechanism made wrong. */
function wrong<F extends 'memory' | 'npu' | 'residency'>(reference: string, factor: F, change: (right: Policy[F]) => Partial<Policy[F]>): Policy {
  const policy = policyOf(reference)
  return { ...policy, id: `wrong ${reference}`, [factor]: { ...policy[factor], ...change(policy[factor]) } }
}
const without = (bits: number) => (l: Parameters<Policy['memory']['protect']>[0], from: number): void => {
  for (let t = from; t < l.write.length; t++) l.write.at.effect[t] = l.write.at.effect[t]! & ~bits
}

/** Every seeded violation of docs/audit.md: what is wrong, and the rows that it must break, with what is said. */
const seeded: readonly { what: string; policy: Policy; source?: () => RequestSource; masters?: readonly BusMaster[]; breaks: readonly Attacker[]; said: RegExp }[] = [
  {
    what: 'decryption does not wait for the invalidation',
    policy: wrong('flexserve', 'memory', (right) => ({
      protect(l, extent, after, earlier) {
        const unmapped = l.write.length
        right.protect(l, extent, after, earlier)
        return unmapped
      },
    })),
    breaks: ['kernel-reading', 'kernel-writing', 'other-master'],
    said: /before the kernel’s last way/,
  },
  {
    what: 'checked, then protected',
    policy: wrong('tz-llm', 'memory', (right) => ({
      protect(l, extent, after, earlier) {
        const checked = l.write.add({ cause: 'authenticate', mask: CPU, rank: rank.decrypt, durationNs: 1000, extent: extent.id, effect: effect.authenticated }, after)
        return right.protect(l, extent, checked, earlier)
      },
    })),
    breaks: ['kernel-writing'],
    said: /checked while the kernel could still write it/,
  },
  {
    what: 'one master’s mapping is left',
    policy: wrong('flexserve', 'memory', (right) => ({
      protect(l, extent, after, earlier) {
        const from = l.write.length
        const task = right.protect(l, extent, after, earlier)
        without(effect.mastersUnmapped)(l, from)
        return task
      },
    })),
    breaks: ['other-master'],
    said: /a master’s mapping is left/,
  },
  { what: 'a master without IOMMU', policy: policyOf('flexserve'), masters: [...nanopcT6.masters!, { id: 'sound', protectedBy: 'none', source: 'test' }], breaks: ['other-master'], said: /sound has neither/ },
  {
    what: 'the manager gives the same page twice',
    policy: wrong('flexserve', 'memory', (right) => ({
      allocate(l, extent, after) {
        if (extent.id === 3) Object.assign(extent, { firstPage: 4096 })
        return right.allocate(l, extent, after)
      },
    })),
    breaks: ['malicious-manager'],
    said: /the same page has two owners/,
  },
  {
    what: 'the manager gives a page of the monitor',
    policy: wrong('flexserve', 'memory', (right) => ({
      allocate(l, extent, after) {
        if (extent.id === 3) Object.assign(extent, { firstPage: 0, pages: 1 })
        return right.allocate(l, extent, after)
      },
    })),
    breaks: ['malicious-manager'],
    said: /a page of the monitor/,
  },
  {
    what: 'the NPU is granted before its job is drained',
    policy: wrong('flexserve', 'npu', (right) => ({
      take(l, after) {
        const from = l.write.length
        const task = right.take(l, after)
        without(effect.npuDrained)(l, from)
        return task
      },
    })),
    breaks: ['malicious-npu-job'],
    said: /before its running job was drained/,
  },
  {
    what: 'registers go back before the flush',
    policy: wrong('flexserve', 'npu', (right) => ({
      give(l, after, at) {
        const from = l.write.length
        const task = right.give(l, after, at)
        without(effect.npuFlushed)(l, from)
        return l.write.add({ cause: 'drain', mask: CPU | MONITOR, rank: at, durationNs: 1000, effect: effect.npuFlushed }, task)
      },
    })),
    breaks: ['kernel-at-npu'],
    said: /registers back before the flush/,
  },
  {
    what: 'mapped again, then cleared',
    policy: wrong('flexserve?scrub=eager&residency=release', 'memory', () => ({
      release(l, { id, bytes }, after, at) {
        const mapped = l.write.add({ cause: 'unprotect', mask: KERNEL | MONITOR, rank: at, durationNs: 1000, extent: id, effect: effect.remapped | effect.freed }, after)
        return l.write.add({ cause: 'scrub', mask: KERNEL, rank: at, durationNs: 1000, bytes, extent: id, effect: effect.scrubbed }, mapped)
      },
    })),
    breaks: ['kernel-reading', 'kernel-writing', 'other-master', 'page-reuse'],
    said: /after the kernel could reach it again/,
  },
  {
    what: 'protection goes off with the lazy list not drained',
    policy: wrong('flexserve?residency=release', 'memory', () => ({ drain: (_l, _extent, after) => after })),
    breaks: ['protection-off'],
    said: /off with an uncleared page on the free list/,
  },
  {
    what: 'a region’s top is rounded down',
    policy: wrong('tz-llm', 'memory', (right) => ({
      protect(l, extent, after, earlier) {
        const task = right.protect(l, extent, after, earlier)
        l.write.at.detail[task] = Math.floor((extent.firstPage + extent.pages) / 256) * 256
        return task
      },
    })),
    breaks: ['kernel-reading', 'kernel-writing', 'other-master', 'region-rounding'],
    said: /before the kernel’s last way/,
  },
  {
    what: 'an extent is committed late',
    policy: wrong('tz-llm?commit=out-of-order', 'memory', (right) => ({
      protect(l, extent, after, earlier) {
        const task = right.protect(l, extent, after, earlier)
        return extent.id % 7 === 3 ? after : task
      },
    })),
    breaks: ['kernel-reading', 'kernel-writing', 'other-master', 'region-rounding'],
    said: /before the kernel’s last way/,
  },
  {
    what: 'KV is written as it is',
    policy: wrong('flexserve', 'residency', (right) => ({
      spill(l, extent, after) {
        const from = l.write.length
        const task = right.spill!(l, extent, after)
        without(effect.encrypted)(l, from)
        return task
      },
    })),
    source: mixed,
    breaks: ['flash-reader'],
    said: /written to flash as plaintext/,
  },
]
for (const { what, policy, source = single, masters = nanopcT6.masters, breaks, said } of seeded)
  test(`caught: ${what}`, () => {
    const audit = audited(policy, source(), masters)
    assert.equal(verdicts(audit, 'violated'), breaks)
    assert.not(audit.passed)
    const [finding] = audit.rows.find(({ attacker }) => attacker === breaks[0])!.findings.first
    assert.match(finding!.what, said)
    assert.ok(finding!.toNs >= finding!.fromNs)
  })

test('a finding names tensor, op, pages, request and interval', () => {
  const { policy } = seeded[2]!
  const { first, count, byteNs } = audited(policy, single()).rows.find(({ attacker }) => attacker === 'other-master')!.findings
  assert.ok(count > first.length && byteNs > 0)
  const ofLayer = first.find(({ op }) => op !== '')
  for (const { tensor, request, toNs, fromNs, bytes } of first) {
    assert.match(tensor, /^qwen2\.5-0\.5b (weights of|working).*, pages \d+ to \d+$/)
    assert.is(request, 'r0')
    assert.ok(toNs > fromNs && bytes > 0)
  }
  assert.ok(ofLayer === undefined || /layers\.\d+/.test(ofLayer.op))
})

test.run()
