import { GiB, MS, S } from '../base/units.js'
import { costsOf } from '../device/costs.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { defaultChoices } from '../device/choices.js'
import { nominal } from '../device/profile.js'
import { release } from '../mechanisms/residency/release.js'
import { tallied } from '../replay/attribute.js'
import type { Policy } from '../replay/factors.js'
import type { Replayed } from '../replay/replay.js'
import { causeIndex } from '../run/causes.js'
import { effect } from '../run/effects.js'
import type { Workload } from '../trace/workload.js'
import { replaySetting } from './replay-setting.js'
import { workloadRequests } from './workload-requests.js'

/** A law that every policy must keep, and whether this one does. */
export interface Law {
  readonly law: string
  readonly held: boolean
  /** What shows it: counts, or the first breach with its numbers. */
  readonly evidence: string
}

/** Small, and everything happens in it: two models, a workflow, a conversation, memory recalled, the NPU wanted. */
const battery: Workload = {
  schema: 'worldswitch-workload/1',
  name: 'laws',
  note: '',
  source: '',
  models: [{ id: 'qwen2.5-0.5b', quant: 'int8' }, { id: 'qwen3-0.6b', quant: 'int8' }],
  requests: [
    { id: 'a', model: 0, arrivalNs: 0, promptTokens: 20, outputTokens: 18 },
    { id: 'b', model: 1, arrivalNs: 0, after: ['a'], workflow: 'w', promptTokens: 24, outputTokens: 2 },
    { id: 'c', model: 0, arrivalNs: 2 * S, session: 's', promptTokens: 20, outputTokens: 2 },
    { id: 'd', model: 0, arrivalNs: 0, after: ['c'], thinkNs: 4 * S, session: 's', promptTokens: 20, outputTokens: 2 },
  ],
  memory: [{ atNs: 4 * S, demandBytes: 16 * GiB }, { atNs: 5 * S, demandBytes: 8 * GiB }],
  npu: Array.from({ length: 20 }, (_, i) => ({ id: `j${i}`, atNs: i * 100 * MS, durationNs: 8 * MS, deadlineNs: 33 * MS })),
}

const replayed = (policy: Policy): Replayed =>
  replaySetting({ source: workloadRequests(battery, nanopcT6), policy, costs: costsOf(nominal(nanopcT6), defaultChoices(nanopcT6)), pressureBytes: 8 * GiB })

/** Checks a policy on a small workload. Throws what the policy throws (`BadInput`, `UsageFault`). */
export function policyLaws(policy: Policy): Law[] {
  const first = replayed(policy)
  const second = replayed(policy)
  return [deterministic(first, second), ...timeLaws(first), weightsBeforeUse(first), conserved(first), emptyAfterRelease({ ...policy, residency: release() })]
}

function deterministic(first: Replayed, second: Replayed): Law {
  const law = 'the same replay twice is the same'
  const [a, b] = [first.schedule.startNs, second.schedule.startNs]
  const at = a.length === b.length ? a.findIndex((ns, t) => ns !== b[t] || first.plan.graph.tasks.durationNs[t] !== second.plan.graph.tasks.durationNs[t]) : Math.min(a.length, b.length)
  return { law, held: at < 0, evidence: at < 0 ? `${a.length} tasks` : `task ${at} differs; ${a.length} tasks and ${b.length}` }
}

function timeLaws({ plan, schedule }: Replayed): Law[] {
  const { tasks } = plan.graph
  const bad = tasks.durationNs.findIndex((ns, t) => !(ns >= 0) || !Number.isInteger(ns) || !(schedule.startNs[t]! >= 0))
  const { windows } = tallied(plan, schedule).attributed(plan.requests, 'all')
  const open = windows.find(({ exposedNs, lengthNs, hiddenNs }) => Object.values(exposedNs).reduce((sum, ns) => sum + ns, 0) !== lengthNs || Object.values(hiddenNs).some((ns) => ns < 0))
  return [
    { law: 'no time is negative, all are whole ns', held: bad < 0, evidence: bad < 0 ? `${tasks.length} tasks` : `task ${bad}: ${tasks.durationNs[bad]} ns from ${schedule.startNs[bad]}` },
    { law: 'exposed causes sum to each window', held: open === undefined, evidence: open === undefined ? `${windows.length} windows` : `${open.request}, step ${open.step}` },
  ]
}

/** No prefill op of a layer starts before what it reads has been loaded and decrypted for its request. */
function weightsBeforeUse({ plan, schedule }: Replayed): Law {
  const { tasks } = plan.graph
  const ready = new Map<string, number>()
  const key = (t: number): string => `${tasks.request[t]}/${tasks.layer[t]}`
  for (let t = 0; t < tasks.length; t++)
    if (tasks.layer[t]! >= 0 && (tasks.cause[t] === causeIndex['flash-read'] || tasks.cause[t] === causeIndex.decrypt))
      ready.set(key(t), Math.max(ready.get(key(t)) ?? 0, schedule.startNs[t]! + tasks.durationNs[t]!))
  let checked = 0
  for (let t = 0; t < tasks.length; t++) {
    const at = tasks.op[t]! >= 0 && tasks.step[t] === 0 && tasks.cause[t] === causeIndex.compute ? ready.get(key(t)) : undefined
    if (at === undefined) continue
    checked++
    if (schedule.startNs[t]! < at) return { law: 'weights are there before they are used', held: false, evidence: `layer ${tasks.layer[t]} of ${plan.source.requests[tasks.request[t]!]!.id} computes at ${schedule.startNs[t]} ns, restored at ${at} ns` }
  }
  return { law: 'weights are there before they are used', held: true, evidence: `${checked} tasks` }
}

/** Each extent is allocated once and freed at most once. */
function conserved({ plan }: Replayed): Law {
  const law = 'bytes are conserved: allocated once, freed at most once'
  const { tasks } = plan.graph
  const allocated = new Uint16Array(plan.extents.length)
  const freed = new Uint16Array(plan.extents.length)
  for (let t = 0; t < tasks.length; t++) {
    const extent = tasks.extent[t]!
    if (extent < 0 || extent >= plan.extents.length) continue
    if ((tasks.effect[t]! & effect.allocated) !== 0) allocated[extent]!++
    if ((tasks.effect[t]! & effect.freed) !== 0) freed[extent]!++
  }
  const wrong = plan.extents.find(({ id, initial }) => (initial ? 0 : 1) !== allocated[id] || freed[id]! > 1)
  if (wrong !== undefined) return { law, held: false, evidence: `extent ${wrong.id} (${wrong.content}, layer ${wrong.layer}, ${wrong.bytes} bytes): allocated ${allocated[wrong.id]} times, freed ${freed[wrong.id]} times` }
  return { law, held: true, evidence: `${plan.extents.length} extents, ${plan.extents.reduce((sum, { bytes }) => sum + bytes, 0)} bytes` }
}

/** Under `release` nothing is held once the last request is over. */
function emptyAfterRelease(policy: Policy): Law {
  const law = 'under release the ledger ends empty'
  const { plan } = replayed(policy)
  const { tasks } = plan.graph
  const freed = new Uint8Array(plan.extents.length)
  for (let t = 0; t < tasks.length; t++) if ((tasks.effect[t]! & (effect.freed | effect.lazy)) !== 0 && tasks.extent[t]! >= 0) freed[tasks.extent[t]!] = 1
  const held = plan.extents.filter(({ id }) => freed[id] === 0)
  return { law, held: held.length === 0, evidence: held.length === 0 ? `${plan.extents.length} extents freed` : `${held.length} extents stay, the first ${held[0]!.content} of layer ${held[0]!.layer}, ${held[0]!.bytes} bytes` }
}
