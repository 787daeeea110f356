import { UsageFault } from '../base/errors.js'
import { causes, type Cause } from '../run/causes.js'
import { MissingParameter } from '../device/missing.js'
import type { Costs } from '../device/costs.js'
import type { Servers } from '../run/resources.js'
import { TaskWriter } from '../run/tasks.js'
import type { Trace } from '../trace/trace.js'
import { runTasks, type Schedule } from './engine.js'
import type { Policy } from './factors.js'
import type { Conditions, Plan } from './plan.js'
import type { Concurrency } from './recorded-lanes.js'
import { traceRequests, type RequestSource } from './request-source.js'
import { Serving } from './serving.js'
import { latency } from './window.js'
import { stepEndsNs } from './windows.js'

/** A trace's requests under conditions. */
export interface TraceSetting extends Conditions {
  readonly trace: Trace
}
/** Requests from anywhere under conditions: everything that decides a cell's numbers. */
export interface Setting extends Conditions {
  readonly source: RequestSource
}

export interface Replayed {
  readonly plan: Plan
  readonly schedule: Schedule
}

/** One deterministic replay: tasks, when each ran, and what held it. Throws `UsageFault`, `BrokenLaw`. */
export const replay = (setting: TraceSetting): Replayed => serve({ ...setting, source: traceRequests(setting.trace) })

/** The same for requests from anywhere; tasks are written with `write`. Throws `MissingParameter` too: the policy asked for what
 *  the device's profile does not have. */
export function serve(setting: Setting, write = new TaskWriter(setting.costs)): Replayed {
  try {
    return served(setting, write)
  } catch (error) {
    throw error instanceof MissingParameter ? new MissingParameter(error.parameter, setting.policy.id) : error
  }
}

function served({ source, ...conditions }: Setting, write: TaskWriter): Replayed {
  const serving = new Serving(source, conditions, write)
  const { costs, policy } = conditions
  const servers = serversOf(serving.concurrency, policy, costs)
  const schedule = runTasks(serving.l.write, servers, serving)
  if (serving.served.length === 0) throw new UsageFault('the trace has no operator that a request executes', 'see `worldswitch traces show`')
  const plan: Plan = {
    graph: serving.l.write.finish(),
    servers,
    source,
    requests: serving.served,
    extents: serving.l.extents,
    jobs: serving.npu.jobs,
    recalls: serving.memory.recalls,
    demand: serving.memory.demand,
    reservedBytes: serving.reservedBytes,
    notes: serving.notes,
    warnings: serving.warnings.all(),
    tally: serving.tally,
  }
  return { plan, schedule }
}

/** A recording's own machine has at least as many servers of a processor as the recording shows busy at one time. */
function serversOf([cpu, npu, gpu]: Concurrency, policy: Policy, costs: Costs): Servers {
  return [Math.max(costs.sample['cpu.cores'], cpu), Math.max(1, npu), 1, policy.memory.kernelThreads, 1, gpu]
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
