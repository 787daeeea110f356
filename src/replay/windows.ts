import type { Schedule } from './engine.js'
import type { LoweredRequest } from './lowered-request.js'
import type { Plan } from './plan.js'

/** End of each step of a request, in ns. */
export function stepEndsNs(plan: Plan, schedule: Schedule, request: LoweredRequest): number[] {
  return request.stepEnds.map((task) => schedule.startNs[task]! + plan.graph.tasks.durationNs[task]!)
}
