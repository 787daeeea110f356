import { UsageFault } from '../base/errors.js'
import { exposure } from '../replay/attribution.js'
import type { Replayed } from '../replay/replay.js'
import { causes } from '../run/causes.js'
import { resourceNames } from '../run/resources.js'
import type { Subject } from './subject.js'

/** One link of a critical path, in order of time. */
export interface PathLink {
  readonly task: number
  readonly cause: string
  readonly resources: string
  readonly layer: number | null
  readonly op: string
  readonly startNs: number
  /** Inside the window. */
  readonly lengthNs: number
  /** The task whose end is this one's start; null: the clock. */
  readonly holder: number | null
}

/** The critical path of step `k` of the first request, task by task. Throws `UsageFault`: no such step. */
export function explainStep({ trace }: Subject, { plan, schedule }: Replayed, step: number): PathLink[] {
  if (trace === undefined) throw new UsageFault('a workload’s steps cannot be explained: its tasks are forgotten on the way', 'synthesise one request with `synth` and replay that')
  const request = plan.requests[0]!
  const at = request.steps.indexOf(step)
  if (at < 0) throw new UsageFault(`there is no step ${step}`, `the trace has steps ${request.steps[0]} to ${request.steps[request.steps.length - 1]}`)
  const { tasks } = plan.graph
  const before = at === 0 ? -1 : request.stepEnds[at - 1]!
  const fromNs = before < 0 ? request.arrivalNs : schedule.startNs[before]! + tasks.durationNs[before]!
  const links: PathLink[] = []
  exposure(plan.graph, schedule, request.stepEnds[at]!, fromNs, request.index, undefined, (t, startNs, endNs) => {
    const held = t < 0 ? 0 : tasks.mask[t]!
    const op = t < 0 ? -1 : tasks.op[t]!
    links.push({
      task: t,
      cause: t < 0 ? 'wait' : causes[tasks.cause[t]!]!,
      resources: resourceNames.filter((_, r) => (held & (1 << r)) !== 0).join('+'),
      layer: t < 0 || tasks.layer[t]! < 0 ? null : tasks.layer[t]!,
      op: op < 0 ? '' : (trace.strings[trace.ops.name[op]!] ?? ''),
      startNs,
      lengthNs: endNs - startNs,
      holder: t < 0 || schedule.holder[t]! < 0 ? null : schedule.holder[t]!,
    })
  })
  return links.reverse()
}
