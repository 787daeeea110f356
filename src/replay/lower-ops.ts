import { CPU, MONITOR, NPU } from '../run/resources.js'
import { rank, type TaskIndex } from '../run/tasks.js'
import type { Trace } from '../trace/trace.js'
import { kindIndex, phaseIndex } from '../trace/words.js'
import type { Lowering } from './factors.js'
import { place } from './place.js'
import { costOfOp, type OpCost, type PredictionNotes } from './predict.js'
import type { RequestPlan } from './request-plan.js'

interface Ready {
  /** Startup is over, activations and KV are there. */
  readonly started: TaskIndex
  /** One task a unit of the plan. */
  readonly ready: readonly TaskIndex[]
}

/** Op indices of each request, in order; those of phase `load` left out (restoration is the policy's). */
export function opsByRequest(trace: Trace): Uint32Array[] {
  const { ops } = trace
  const count = new Uint32Array(trace.header.requests.length)
  for (let i = 0; i < ops.length; i++) if (ops.phase[i] !== phaseIndex.load) count[ops.request[i]!]!++
  const lists = Array.from(count, (length) => new Uint32Array(length))
  count.fill(0)
  for (let i = 0; i < ops.length; i++) if (ops.phase[i] !== phaseIndex.load) lists[ops.request[i]!]![count[ops.request[i]!]!++] = i
  return lists
}

/**
 * Writes the tasks of a request's ops, step by step, and returns the task that ends each. An op waits for its
 * recorded dependencies (or the op before it in its lane), its layer's weights, and its step's start; attention for
 * the step's KV block. A step ends when its last op has, and the token has crossed worlds.
 */
export function lowerOps(l: Lowering, trace: Trace, plan: RequestPlan, deviceId: string, { started, ready }: Ready, notes: PredictionNotes): { stepEnds: TaskIndex[]; steps: number[] } {
  const { write, policy, costs } = l
  const { ops, after } = trace
  const byLane = trace.header.dependencies === 'program-order'
  const unitOf = new Map(plan.units.map((unit, u) => [unit.layer, ready[u]!]))
  const checkpoint = plan.units[0]?.layer === -3 ? ready[0]! : -1
  const endOf = new Map<number, TaskIndex>()
  const lanes = new Map<number, TaskIndex>()
  const cost: OpCost = { npuNs: 0, cpuNs: 0, submissions: 0, recorded: false }
  const stepEnds: TaskIndex[] = []
  const steps: number[] = []
  const recordedEndNs = new Map<number, number>()
  let open = new Set<TaskIndex>()
  let stepStart = started
  let launched: TaskIndex = -1
  let kvReady: TaskIndex = -1
  let step = -1
  let hasAttention = false
  for (const op of plan.ops) hasAttention ||= ops.kind[op] === kindIndex.attention

  const endStep = (): void => {
    const computed = write.join([...open])
    stepEnds.push(
      policy.memory.secure
        ? write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.compute, durationNs: costs.worldSwitchNs, count: 1, worldSwitches: 1 }, computed)
        : computed,
    )
    stepStart = stepEnds[stepEnds.length - 1]!
    open = new Set()
    lanes.clear()
    endOf.clear()
  }
  const beginStep = (): void => {
    write.step = step
    steps.push(step)
    const grows = step > 0 && !policy.memory.reservesKv && plan.kvBytesPerToken > 0 && (plan.promptTokens + step - 1) % plan.kvBlockTokens === 0
    kvReady = grows ? place(l, plan.kvBlockTokens * plan.kvBytesPerToken, -2, stepStart) : -1
    if (kvReady >= 0 && !hasAttention) stepStart = kvReady
    launched = policy.npu.usesNpu ? policy.npu.beginStep(l, stepStart) : -1
  }

  for (const op of plan.ops) {
    if (ops.step[op] !== step) {
      if (step >= 0) endStep()
      step = ops.step[op]!
      beginStep()
    }
    const layer = ops.layer[op]!
    const waits: TaskIndex[] = []
    for (let e = after.first[op]!; e < after.first[op + 1]!; e++) {
      const on = endOf.get(after.to[e]!)
      if (on !== undefined) waits.push(on)
    }
    const lane = ops.lane[op]! * 4 + ops.processor[op]!
    const ahead = byLane ? lanes.get(lane) : undefined
    if (ahead !== undefined) waits.push(ahead)
    for (const on of waits) open.delete(on)
    if (waits.length === 0) waits.push(stepStart)
    const tensor = ops.tensor[op]!
    const unit = unitOf.get(tensor >= 0 ? trace.header.tensors[tensor]!.layer : layer)
    if (step === 0 && unit !== undefined && (tensor >= 0 || layer >= 0)) waits.push(unit)
    if (step === 0 && checkpoint >= 0) waits.push(checkpoint)
    if (kvReady >= 0 && ops.kind[op] === kindIndex.attention) waits.push(kvReady)
    costOfOp(ops, op, trace, deviceId, policy.npu, costs, cost, notes)
    // A gap that the recording shows behind the op before in its lane is the runtime's own dispatch.
    const gapNs = cost.recorded && ahead !== undefined ? ops.startNs[op]! - recordedEndNs.get(lane)! : 0
    if (gapNs > 0) waits.splice(0, waits.length, write.add({ cause: 'dispatch', mask: CPU, rank: rank.compute, durationNs: gapNs, count: 1, layer, op }, write.join(waits, layer)))
    recordedEndNs.set(lane, ops.startNs[op]! + ops.durationNs[op]!)
    const end = opTasks(l, cost, ops.bytes[op]!, waits, launched, layer, op)
    endOf.set(op, end)
    if (byLane) lanes.set(lane, end)
    open.add(end)
  }
  endStep()
  return { stepEnds, steps }
}

/** Submission, NPU work, then the CPU's slices: one a core, so that restoration shares the cores piece by piece. */
function opTasks(l: Lowering, cost: OpCost, bytes: number, waits: readonly TaskIndex[], launched: TaskIndex, layer: number, op: number): TaskIndex {
  const { write, policy, costs } = l
  let at = waits.length === 1 ? waits[0]! : write.join(waits, layer)
  if (cost.submissions > 0) {
    const submitted = policy.npu.submit(l, cost.submissions, layer, op, at)
    if (submitted >= 0) {
      if (launched >= 0) write.waitsFor(launched)
      at = submitted
    }
    at = write.add({ cause: 'compute', mask: NPU, rank: rank.compute, durationNs: cost.npuNs, count: cost.submissions, bytes, layer, op }, at, submitted >= 0 ? -1 : launched)
    if (cost.cpuNs === 0) return at
  }
  const cores = costs.sample['cpu.cores']
  const slice = { cause: 'compute', mask: CPU, rank: rank.compute, durationNs: cost.cpuNs, bytes: cost.submissions > 0 ? 0 : bytes / cores, layer, op } as const
  if (cores === 1) return write.add(slice, at)
  const joined: TaskIndex[] = []
  for (let core = 0; core < cores; core++) joined.push(write.add(slice, at))
  return write.join(joined, layer)
}
