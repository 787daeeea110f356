import type { Costs } from '../device/costs.js'
import { causes, type Cause } from '../run/causes.js'
import type { Trace } from '../trace/trace.js'
import { runTasks, type Schedule } from './engine.js'
import type { Policy } from './factors.js'
import { lower, type Plan } from './lower.js'
import { COLD, type Initial } from './request-plan.js'
import { latency, stepEndsNs } from './windows.js'

/** What one cell is replayed with; everything that decides its numbers. */
export interface Setting {
  readonly trace: Trace
  readonly policy: Policy
  readonly deviceId: string
  readonly costs: Costs
  readonly pressureBytes: number
  readonly initial?: Initial
}
export interface Replayed {
  readonly plan: Plan
  readonly schedule: Schedule
}

/** One deterministic replay: tasks, when each ran, and what held it. Throws `UsageFault`, `BrokenLaw`. */
export function replay(setting: Setting): Replayed {
  const plan = lower(setting.trace, setting.policy, setting.costs, setting.deviceId, setting.pressureBytes, setting.initial ?? COLD)
  return { plan, schedule: runTasks(plan.graph, plan.servers) }
}

/** TTFT and TPOT of each request, in order of service. */
export function latencies({ plan, schedule }: Replayed): { ttftNs: number; tpotNs: number | null; e2eNs: number }[] {
  return plan.requests.map((request) => latency(request.arrivalNs, stepEndsNs(plan, schedule, request)))
}

/**
 * What each cause costs: the same tasks replayed with that cause free, for each cause that takes time. A share of the
 * critical path is not a saving: what a free cause uncovers takes its place. Step ends by cause, as `stepEndsNs`.
 */
export function withoutEach({ plan }: Replayed): Map<Cause, number[][]> {
  const { tasks } = plan.graph
  const ends = new Map<Cause, number[][]>()
  const busy = new Float64Array(causes.length)
  for (let t = 0; t < tasks.length; t++) busy[tasks.cause[t]!]! += tasks.durationNs[t]!
  for (let c = 0; c < causes.length; c++) {
    if (busy[c] === 0) continue
    const durationNs = tasks.durationNs.map((ns, t) => (tasks.cause[t] === c ? 0 : ns))
    const freed: Plan = { ...plan, graph: { ...plan.graph, tasks: { ...tasks, durationNs } } }
    const schedule = runTasks(freed.graph, plan.servers)
    ends.set(
      causes[c]!,
      plan.requests.map((request) => stepEndsNs(freed, schedule, request)),
    )
  }
  return ends
}
