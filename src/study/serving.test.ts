import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { uniformStream } from '../base/random.js'
import { GiB, MS, S } from '../base/units.js'
import { costsOf } from '../device/costs.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { defaultChoices } from '../device/choices.js'
import { nominal } from '../device/profile.js'
import { policyOf } from '../policies/policies.js'
import { tallied } from '../replay/attribute.js'
import { runTasks } from '../replay/engine.js'
import type { Conditions } from '../replay/plan.js'
import { serve } from '../replay/replay.js'
import { causes } from '../run/causes.js'
import type { Workload } from '../trace/workload.js'
import { workloadRequests } from './workload-requests.js'

const test = suite('serving')
const costs = costsOf(nominal(nanopcT6), defaultChoices(nanopcT6))
const conditions = (reference: string, forgetFrom?: number): Conditions => ({ policy: policyOf(reference), costs, pressureBytes: 8 * GiB, ...(forgetFrom === undefined ? {} : { forgetFrom }) })

/** Some requests of two small models, a workflow and a conversation among them, while the normal world wants memory and NPU. */
function workload(seed: number): Workload {
  const next = uniformStream(seed, 'serving.test')
  const upTo = (n: number): number => Math.floor(next() * n)
  const requests = Array.from({ length: 8 }, (_, i) => ({
    id: `r${i}`,
    model: upTo(2),
    arrivalNs: upTo(20) * 500 * MS,
    promptTokens: 8 + upTo(40),
    outputTokens: 1 + upTo(5),
    ...(i === 3 || i === 6 ? { after: [`r${i - 1}`, 'r0'].slice(0, 1 + upTo(2)), thinkNs: upTo(2) * S, workflow: 'w' } : {}),
    ...(i % 4 === 1 ? { session: 's', model: 1 } : {}),
  }))
  return {
    schema: 'worldswitch-workload/1',
    name: 'test',
    note: '',
    source: '',
    models: [{ id: 'qwen2.5-0.5b', quant: 'int8' }, { id: 'qwen3-0.6b', quant: 'int8' }],
    requests,
    memory: [{ atNs: 2 * S, demandBytes: 15.5 * GiB }, { atNs: 4 * S, demandBytes: 8 * GiB }, { atNs: 7 * S, demandBytes: 15.9 * GiB }, { atNs: 9 * S, demandBytes: 4 * GiB }],
    npu: Array.from({ length: 60 }, (_, i) => ({ id: `j${i}`, atNs: i * 150 * MS, durationNs: 12 * MS, deadlineNs: 33 * MS })),
  }
}
const references = ['unprotected', 'strawman', 'optimized-strawman', 'tz-llm', 'flexserve', 'flexserve?granularity=step', 'flexserve?granularity=layer&eager=on', 'flexserve?residency=lru&cache=300MiB', 'flexserve?cache=300MiB&scrub=eager&off=idle-window&idleMs=500', 'optimized-strawman?memory=static-carveout&residency=keep-all&carveout=2GiB', 'flexserve?depth=2&by=rate', 'unprotected?residency=keep-all&scheduler=multi-model', 'optimized-strawman?npu=driver-reload&commit=out-of-order&threads=4']

for (const reference of references)
  test(`${reference}: every window of a workload sums, forgetting tasks changes nothing, the whole graph run again is the same`, () => {
    for (const seed of [1, 2, 3]) {
      const source = workloadRequests(workload(seed), nanopcT6)
      const whole = serve({ source, ...conditions(reference) })
      const result = tallied(whole.plan, whole.schedule).attributed(whole.plan.requests, 'ttft-and-request')
      assert.is(result.requests.length, 8)
      for (const window of result.windows) {
        assert.is(Object.values(window.exposedNs).reduce((sum, ns) => sum + ns, 0), window.lengthNs)
        for (const cause of causes) assert.ok((window.hiddenNs[cause] ?? 0) >= 0)
      }
      const again = runTasks(whole.plan.graph, whole.plan.servers)
      const moved = again.startNs.findIndex((ns, t) => ns !== whole.schedule.startNs[t])
      assert.is(moved, -1, moved < 0 ? '' : `task ${moved}, ${causes[whole.plan.graph.tasks.cause[moved]!]}, request ${whole.plan.graph.tasks.request[moved]}, rank ${Math.floor(whole.plan.graph.tasks.priority[moved]! / 2 ** 46)}: ${again.startNs[moved]} for ${whole.schedule.startNs[moved]}`)
      assert.equal(again.holder, whole.schedule.holder)
      const forgetful = serve({ source, ...conditions(reference, 500) })
      assert.ok(forgetful.plan.graph.tasks.length < whole.plan.graph.tasks.length / 2, 'most is forgotten')
      const tally = tallied(forgetful.plan, forgetful.schedule)
      assert.equal(tally.attributed(forgetful.plan.requests, 'ttft-and-request'), result)
      const first = tallied(whole.plan, whole.schedule)
      assert.equal(tally.lives.at, first.lives.at)
      assert.equal(tally.resourceBusyNs, first.resourceBusyNs)
      assert.equal(forgetful.plan.recalls, whole.plan.recalls)
      assert.equal(forgetful.plan.jobs, whole.plan.jobs)
    }
  })

const one = { schema: 'worldswitch-workload/1', name: 'one', note: '', source: '', models: [{ id: 'qwen2.5-0.5b', quant: 'int8' }], memory: [], npu: [] } as const

test('a recall that takes the last cached page lets protection go off', () => {
  const workload: Workload = { ...one, requests: [{ id: 'a', model: 0, arrivalNs: 0, promptTokens: 20, outputTokens: 2 }], memory: [{ atNs: 5 * S, demandBytes: 16 * GiB }] }
  const { plan, schedule } = serve({ source: workloadRequests(workload, nanopcT6), ...conditions('flexserve') })
  const { protectionTurns } = tallied(plan, schedule)
  assert.is(protectionTurns.length, 2)
  assert.ok(protectionTurns[1]!.atNs > 5 * S)
})

test('what a conversation’s KV cache grows by in a turn is there for the next one', () => {
  const workload: Workload = { ...one, requests: [{ id: 'a', model: 0, arrivalNs: 0, session: 's', promptTokens: 16, outputTokens: 40 }] }
  const { plan, schedule } = serve({ source: workloadRequests(workload, nanopcT6), ...conditions('flexserve') })
  const { lives } = tallied(plan, schedule)
  const kept = plan.extents.filter(({ id, content }) => content === 'kv' && lives.at.lazy[id]! < 0 && lives.at.freed[id]! < 0)
  // 16 + 39 tokens in blocks of 16, of 12 KiB a token.
  assert.is(kept.reduce((sum, { bytes }) => sum + bytes, 0), 4 * 16 * 12 * 1024)
})

test('a carve-out holds what is restored ahead too, and denies all of itself to the normal world', () => {
  const requests = [0, 1].map((model) => ({ id: `r${model}`, model, arrivalNs: 0, ...(model === 1 ? { after: ['r0'] } : {}), promptTokens: 20, outputTokens: 8 }))
  const workload: Workload = { ...one, models: [...one.models, { id: 'qwen3-0.6b', quant: 'int8' }], requests, memory: [{ atNs: 1, demandBytes: 15.5 * GiB }] }
  const { plan } = serve({ source: workloadRequests(workload, nanopcT6), ...conditions('optimized-strawman?memory=static-carveout&residency=lru&scheduler=multi-model&carveout=1GiB') })
  assert.is(plan.recalls[0]!.unmetBytes, 0.5 * GiB)
  assert.is(plan.requests.length, 2)
})

test.run()
