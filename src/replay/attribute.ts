import type { NsByCause, RequestResult, WindowResult } from '../run/result.js'
import type { Trace } from '../trace/trace.js'
import type { Schedule } from './engine.js'
import type { Plan } from './plan.js'
import { ACCOUNTED, Tally } from './tally.js'

export interface Attributed {
  readonly requests: RequestResult[]
  readonly windows: WindowResult[]
  readonly outsideNs: NsByCause
}

/** Everything that a run comes to; what it forgot on its way is in the plan's tally already. `times`: windows and resources
 *  alone, without what befell each page, which takes as long as the replay. */
export function tallied(plan: Plan, schedule: Schedule, what: 'all' | 'times' = 'all'): Tally {
  const { tasks } = plan.graph
  const tally = plan.tally ?? new Tally(plan.source, plan.extents, what === 'all', what)
  tally.open(plan.requests.filter(({ index }) => !tally.isOpen(index)), tasks, schedule)
  for (let t = 0; t < tasks.length; t++) if (tasks.hook[t] !== ACCOUNTED) tally.account(tasks, t, schedule.startNs[t]!)
  tally.lives.finish()
  return tally
}

/** All windows of a run: for each request TTFT, every decode step, and the whole, which is their sum. */
export function attribute(_trace: Trace, plan: Plan, schedule: Schedule): Attributed {
  return tallied(plan, schedule).attributed(plan.requests, 'all')
}
