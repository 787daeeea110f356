import { causes } from '../run/causes.js'
import type { NsByCause, RequestResult, WindowResult } from '../run/result.js'
import type { Trace } from '../trace/trace.js'
import { busyByWindow, exposure, namedNs, type Exposure } from './attribution.js'
import { addCounts, countsByStep, noCounts } from './counts.js'
import type { Schedule } from './engine.js'
import type { LoweredRequest, Plan } from './plan.js'

/** End of each step of a request, in ns. */
export function stepEndsNs(plan: Plan, schedule: Schedule, request: LoweredRequest): number[] {
  return request.stepEnds.map((task) => schedule.startNs[task]! + plan.graph.tasks.durationNs[task]!)
}

/** TTFT and TPOT of a request from its steps' ends. */
export function latency(arrivalNs: number, endsNs: readonly number[]): { ttftNs: number; tpotNs: number | null; e2eNs: number } {
  const last = endsNs[endsNs.length - 1]!
  return {
    ttftNs: endsNs[0]! - arrivalNs,
    tpotNs: endsNs.length > 1 ? (last - endsNs[0]!) / (endsNs.length - 1) : null,
    e2eNs: last - arrivalNs,
  }
}

export interface Attributed {
  readonly requests: RequestResult[]
  readonly windows: WindowResult[]
  readonly outsideNs: NsByCause
}

/** All windows of a run: for each request TTFT, every decode step, and the whole, which is their sum. */
export function attribute(trace: Trace, plan: Plan, schedule: Schedule): Attributed {
  const outside = new Float64Array(causes.length)
  const requests: RequestResult[] = []
  const windows: WindowResult[] = []
  for (const request of plan.requests) {
    const { id, model } = trace.header.requests[request.index]!
    const endsNs = stepEndsNs(plan, schedule, request)
    const bounds = [request.arrivalNs, ...endsNs]
    const busy = busyByWindow(plan.graph, schedule, request.index, bounds)
    const counts = countsByStep(plan.graph, request.index, request.steps)
    const total = { exposed: new Float64Array(causes.length), busy: new Float64Array(causes.length), blocked: new Map<number, number>(), counts: noCounts() }
    for (let w = 0; w < endsNs.length; w++) {
      const seen = exposure(plan.graph, schedule, request.stepEnds[w]!, bounds[w]!, request.index)
      const busyNs = busy.slice(w * causes.length, (w + 1) * causes.length)
      windows.push({ ...windowOf(trace, seen, busyNs), request: id, name: w === 0 ? 'ttft' : 'step', step: request.steps[w]!, startNs: bounds[w]!, lengthNs: bounds[w + 1]! - bounds[w]!, counts: counts[w]! })
      for (let c = 0; c < causes.length; c++) {
        total.exposed[c]! += seen.exposedNs[c]!
        total.busy[c]! += busyNs[c]!
      }
      for (const [key, ns] of seen.blockedNs) total.blocked.set(key, (total.blocked.get(key) ?? 0) + ns)
      addCounts(total.counts, counts[w]!)
    }
    const whole = windowOf(trace, { exposedNs: total.exposed, blockedNs: total.blocked }, total.busy)
    windows.push({ ...whole, request: id, name: 'request', step: -1, startNs: request.arrivalNs, lengthNs: bounds[bounds.length - 1]! - bounds[0]!, counts: total.counts })
    for (let c = 0; c < causes.length; c++) outside[c]! += busy[endsNs.length * causes.length + c]!
    requests.push({ id, model: trace.header.models[model]?.id ?? 'unknown', ...latency(request.arrivalNs, endsNs), tokens: endsNs.length })
  }
  return { requests, windows, outsideNs: namedNs(outside) }
}

function windowOf(trace: Trace, { exposedNs, blockedNs }: Exposure, busyNs: Float64Array): Pick<WindowResult, 'exposedNs' | 'hiddenNs' | 'busyNs' | 'blockedBy'> {
  // Waiting is nobody's task: all of it is exposed.
  const wait = causes.indexOf('wait')
  busyNs[wait] = exposedNs[wait]!
  const hidden = busyNs.map((ns, c) => ns - exposedNs[c]!)
  return {
    exposedNs: namedNs(exposedNs),
    hiddenNs: namedNs(hidden),
    busyNs: namedNs(busyNs),
    blockedBy: [...blockedNs]
      .sort(([a], [b]) => a - b)
      .map(([key, ns]) => ({ request: trace.header.requests[Math.floor(key / causes.length)]!.id, cause: causes[key % causes.length]!, ns })),
  }
}
