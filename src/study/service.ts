import { mean } from 'simple-statistics'
import { distribution } from '../replay/ledgers.js'
import type { Plan } from '../replay/plan.js'
import type { RequestSource } from '../replay/request-source.js'
import type { Tally } from '../replay/tally.js'
import { resourceNames, type ResourceName } from '../run/resources.js'
import type { RequestResult, Service, ServiceTime } from '../run/result.js'

/** Waiting requests at the last arrival from which on nobody keeps up: this many, or this share of all. */
const BACKLOG = 3
const BACKLOG_SHARE = 0.1

/** How several requests were served; null for a single one. */
export function servingOf(source: RequestSource, plan: Plan, tally: Tally, requests: readonly RequestResult[]): Service | null {
  if (requests.length < 2) return null
  const arrivals = plan.requests.map(({ arrivalNs }) => arrivalNs)
  const ends = requests.map(({ e2eNs }, i) => arrivals[i]! + e2eNs)
  const firsts = requests.map(({ ttftNs }, i) => arrivals[i]! + ttftNs)
  const lastArrivalNs = arrivals.reduce((latest, ns) => Math.max(latest, ns), 0)
  const waiting = requests.filter((_, i) => arrivals[i]! <= lastArrivalNs && firsts[i]! > lastArrivalNs).length
  const saturated = waiting > Math.max(BACKLOG, BACKLOG_SHARE * requests.length)
  const time = (values: readonly number[]): ServiceTime | null => {
    const found = distribution(values)
    return found === null ? null : { ...found, mean: saturated ? null : mean([...values]) }
  }
  return {
    requests: requests.length,
    spanNs: tally.endNs,
    ttftNs: time(requests.map(({ ttftNs }) => ttftNs))!,
    tpotNs: time(requests.flatMap(({ tpotNs }) => (tpotNs === null ? [] : [tpotNs]))),
    e2eNs: time(requests.map(({ e2eNs }) => e2eNs))!,
    workflows: workflows(source, plan, ends),
    utilisation: Object.fromEntries(resourceNames.map((name, r) => [name, tally.endNs === 0 || plan.servers[r] === 0 ? 0 : tally.resourceBusyNs[r]! / (tally.endNs * plan.servers[r]!)])) as Record<ResourceName, number>,
    waitingAtLastArrival: waiting,
    saturated,
  }
}

/** From a workflow's first arrival to its last end. */
function workflows(source: RequestSource, plan: Plan, ends: readonly number[]): { id: string; e2eNs: number }[] {
  const spans = new Map<string, { from: number; to: number }>()
  for (const [i, { index, arrivalNs }] of plan.requests.entries()) {
    const { workflow } = source.requests[index]!
    if (workflow === undefined) continue
    const span = spans.get(workflow)
    spans.set(workflow, { from: Math.min(span?.from ?? Infinity, arrivalNs), to: Math.max(span?.to ?? 0, ends[i]!) })
  }
  return [...spans].map(([id, { from, to }]) => ({ id, e2eNs: to - from }))
}
