import { UsageFault } from '../base/errors.js'
import { GiB } from '../base/units.js'
import type { Costs } from '../device/costs.js'
import { FLASH, KERNEL, type Servers } from '../run/resources.js'
import { AFTERWARDS, TaskWriter, rank, type TaskGraph, type TaskIndex } from '../run/tasks.js'
import type { Trace } from '../trace/trace.js'
import type { Lowering, Policy } from './factors.js'
import { lowerOps, opsByRequest } from './lower-ops.js'
import { place } from './place.js'
import type { PredictionNotes } from './predict.js'
import { requestPlan, type Initial, type RequestPlan } from './request-plan.js'

/** A cell's tasks and where its requests' steps end. */
export interface Plan {
  readonly graph: TaskGraph
  readonly servers: Servers
  /** In order of service. */
  readonly requests: readonly LoweredRequest[]
  readonly notes: PredictionNotes
  readonly warnings: readonly string[]
}
export interface LoweredRequest {
  /** Index into the trace's requests. */
  readonly index: number
  readonly arrivalNs: number
  /** `stepEnds[k]`: the task whose end is the end of step k. */
  readonly stepEnds: readonly TaskIndex[]
  /** The steps' numbers in the trace, beside `stepEnds`: 0 the prefill. */
  readonly steps: readonly number[]
}

/** Turns a trace into tasks under a policy. Throws `UsageFault` where policy, device and trace do not go together. */
export function lower(trace: Trace, policy: Policy, costs: Costs, deviceId: string, pressureBytes: number, initial: Initial): Plan {
  const write = new TaskWriter()
  const warnings = new Set<string>()
  const notes: PredictionNotes = { predictedNs: 0, recordedNs: 0, unpredictable: 0, substituted: 0 }
  const sizeBytes = costs.sample['memory.sizeGiB'] * GiB
  const l: Lowering = {
    write,
    costs,
    policy,
    pressureBytes,
    allocatedBytes: 0,
    regions: 0,
    protectionOn: -1,
    allocate(bytes, layer, after) {
      const over = Math.min(bytes, Math.max(0, pressureBytes + l.allocatedBytes + bytes - sizeBytes))
      const room =
        over > 0
          ? write.add({ cause: 'evict', mask: KERNEL | FLASH, rank: rank.allocate, durationNs: over * costs.swapOutNsPerByte, bytes: over, layer }, after)
          : after
      const task = policy.memory.allocate(l, bytes, layer, room)
      l.allocatedBytes += bytes
      return task
    },
  }
  const ops = opsByRequest(trace)
  const order = policy.scheduler.order(trace.header.requests.map((request) => request.arrivalNs))
  const requests: LoweredRequest[] = []
  const kept = new Set<number>()
  let served: TaskIndex = -1
  let released: TaskIndex = -1
  for (const index of order) {
    const plan = requestPlan(trace, index, ops[index]!, policy, costs, initial, kept, warnings)
    if (plan === undefined) continue
    const lowered = lowerRequest(l, trace, plan, deviceId, served, released, sizeBytes, notes)
    requests.push(lowered.request)
    served = lowered.request.stepEnds[lowered.request.stepEnds.length - 1]!
    released = lowered.released
    if (policy.residency.keeps && plan.model >= 0) kept.add(plan.model)
  }
  if (requests.length === 0) throw new UsageFault('the trace has no operator that a request executes', 'see `worldswitch traces show`')
  const { sample } = costs
  return {
    graph: write.finish(),
    servers: [sample['cpu.cores'], 1, 1, policy.memory.kernelThreads, 1],
    requests,
    notes,
    warnings: [...warnings],
  }
}

function lowerRequest(
  l: Lowering,
  trace: Trace,
  plan: RequestPlan,
  deviceId: string,
  served: TaskIndex,
  released: TaskIndex,
  sizeBytes: number,
  notes: PredictionNotes,
): { request: LoweredRequest; released: TaskIndex } {
  const { write, policy, costs } = l
  write.request = plan.index
  write.step = 0
  const arrived = write.add({ cause: 'wait', mask: 0, rank: rank.compute, durationNs: 0, notBeforeNs: plan.arrivalNs }, served)
  if (policy.memory.secure && l.protectionOn < 0 && !plan.protectionOn) l.protectionOn = policy.memory.begin(l, arrived)
  const started = policy.startup.begin(l, arrived)
  const first = policy.npu.usesNpu ? policy.npu.beginRequest(l, started) : started
  l.regions += policy.memory.regionsPerModel
  if (l.regions > costs.sample['tzasc.regions'])
    throw new UsageFault(`${l.regions} contiguous regions are needed at once, the device has ${costs.sample['tzasc.regions']}`)

  // The next model's memory waits for the last one's release only where both do not fit.
  const restoredBytes = plan.units.reduce((sum, unit) => sum + unit.bytes, 0)
  const needs = plan.scratchBytes + restoredBytes
  const mustWait = released >= 0 && l.pressureBytes + l.allocatedBytes + needs > sizeBytes
  const room = mustWait ? write.join([started, released]) : started
  const scratch = plan.scratchBytes > 0 ? place(l, plan.scratchBytes, -2, room) : -1
  const ready = policy.pipeline.restore(l, plan.units, room)
  const { stepEnds, steps } = lowerOps(l, trace, plan, deviceId, { started: write.join([first, scratch]), ready }, notes)

  const last = stepEnds[stepEnds.length - 1]!
  write.step = AFTERWARDS
  if (policy.npu.usesNpu) policy.npu.endRequest(l, last)
  const givenBack = policy.residency.keeps ? plan.scratchBytes + plan.grownBytes : needs + plan.grownBytes
  const release = givenBack > 0 ? policy.memory.release(l, givenBack, last) : last
  l.allocatedBytes -= givenBack
  l.regions -= policy.memory.regionsPerModel
  return { request: { index: plan.index, arrivalNs: plan.arrivalNs, stepEnds, steps }, released: release }
}
