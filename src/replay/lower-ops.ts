import { causeIndex } from '../run/causes.js'
import { CPU, MONITOR, NPU } from '../run/resources.js'
import { rank, type TaskIndex } from '../run/tasks.js'
import type { Trace } from '../trace/trace.js'
import { isSwitchKind, kindIndex, phaseIndex } from '../trace/words.js'
import type { Content, Extent } from '../run/extents.js'
import type { Lowering } from './factors.js'
import { place } from './place.js'
import { placeOp, timeOp, type OpCost, type PredictionNotes } from './predict.js'
import { worldSwitchNs } from './prices.js'
import type { RequestPlan } from './request-plan.js'

interface Ready {
  /** Startup is over, activations and KV are there. */
  readonly started: TaskIndex
  /** By layer: what its weights wait for. */
  readonly weights: ReadonlyMap<number, readonly TaskIndex[]>
  /** What KV blocks that are allocated on the way hold. */
  readonly kv: Content
  /** The framework's state, ahead of everything. */
  readonly framework: TaskIndex
  /** Asked between steps and between layers: a task to go on after, `after` itself where nobody wants to come in. */
  between(what: 'step' | 'layer', step: number, after: TaskIndex): TaskIndex
}
export interface LoweredOps {
  readonly stepEnds: TaskIndex[]
  /** Their numbers in the trace, beside `stepEnds`. */
  readonly steps: number[]
  /** The tasks that end each layer's prefill ops; -1: those before the first layer. */
  readonly layerEnds: ReadonlyMap<number, readonly TaskIndex[]>
  /** KV blocks allocated on the way. */
  readonly grown: readonly Extent[]
}

/** Op indices of each request, in order; without those of phase `load` (restoration is the policy's) and recorded world
 *  switches (so are they). */
export function opsByRequest(trace: Trace): Uint32Array[] {
  const { ops } = trace
  const count = new Uint32Array(trace.header.requests.length)
  for (let i = 0; i < ops.length; i++) if (isReplayed(ops, i)) count[ops.request[i]!]!++
  const lists = Array.from(count, (length) => new Uint32Array(length))
  count.fill(0)
  for (let i = 0; i < ops.length; i++) if (isReplayed(ops, i)) lists[ops.request[i]!]![count[ops.request[i]!]!++] = i
  return lists
}

const isReplayed = (ops: Trace['ops'], i: number): boolean => ops.phase[i] !== phaseIndex.load && !isSwitchKind(ops.kind[i]!)

/**
 * Writes the tasks of a request's ops, step by step, and returns the task that ends each. An op waits for its
 * recorded dependencies (or the op before it in its lane), its layer's weights, and its step's start; attention for
 * the step's KV block. A step ends when its last op has, and the token has crossed worlds.
 */
export function lowerOps(l: Lowering, trace: Trace, own: Uint32Array, plan: RequestPlan, deviceId: string, { started, weights, kv, framework, between }: Ready, notes: PredictionNotes): LoweredOps {
  const { write, policy, costs } = l
  const { ops, after } = trace
  const { tensors } = trace.header
  const byLane = trace.header.dependencies === 'program-order'
  const hasAttention = own.some((op) => ops.kind[op] === kindIndex.attention)
  const endOf = new Int32Array(ops.length).fill(-1) // an op's last task
  const followed = new Uint8Array(ops.length) // some op of its step waits for it
  const lanes = new Map<number, number>() // lane → its last op in this step
  const cost: OpCost = { npuNs: 0, cpuNs: 0, submissions: 0, recorded: false }
  const waits = new Waits()
  const stepEnds: TaskIndex[] = []
  const steps: number[] = []
  const layerEnds = new Map<number, TaskIndex[]>()
  const grown: Extent[] = []
  let stepStart = started
  const byLayer = policy.npu.boundary === 'layer'
  let launched: TaskIndex = -1
  let kvReady: TaskIndex = -1

  for (let from = 0, to = 0; from < own.length; from = to) {
    const step = ops.step[own[from]!]!
    while (to < own.length && ops.step[own[to]!] === step) to++
    write.step = step
    steps.push(step)
    lanes.clear()
    const grows = step > 0 && !policy.memory.reservesKv && plan.kvBytesPerToken > 0 && (plan.promptTokens + step - 1) % plan.kvBlockTokens === 0
    kvReady = -1
    if (grows) {
      const block = place(l, kv, plan.kvBlockTokens * plan.kvBytesPerToken, -2, stepStart)
      grown.push(block.extent)
      kvReady = block.ready
    }
    if (kvReady >= 0 && !hasAttention) stepStart = kvReady
    launched = policy.npu.usesNpu ? policy.npu.beginStep(l, stepStart) : -1

    for (let i = from; i < to; i++) {
      const op = own[i]!
      const layer = ops.layer[op]!
      if (byLayer && i > from && layer !== ops.layer[own[i - 1]!]!) {
        stepStart = between('layer', step, ended(l, own, from, i, followed, endOf))
        lanes.clear()
        followed.fill(1, own[from]!, own[i - 1]! + 1)
      }
      waits.clear()
      for (let e = after.first[op]!; e < after.first[op + 1]!; e++) {
        const on = after.to[e]!
        if (endOf[on]! > stepStart) {
          waits.add(endOf[on]!)
          followed[on] = 1
        }
      }
      const lane = ops.lane[op]! * 4 + ops.processor[op]!
      const ahead = byLane ? (lanes.get(lane) ?? -1) : -1
      if (ahead >= 0) {
        waits.add(endOf[ahead]!)
        followed[ahead] = 1
      }
      if (waits.length === 0) waits.add(stepStart)
      // Whose weights it reads; without a tensor a layer's op belongs to its layer, any other to none.
      const tensor = ops.tensor[op]!
      const unit = tensor >= 0 ? tensors[tensor]!.layer : layer >= 0 ? layer : -2
      if (step === 0) {
        for (const on of weights.get(unit) ?? []) waits.add(on)
        waits.add(framework)
      }
      if (ops.kind[op] === kindIndex.attention) waits.add(kvReady)
      placeOp(ops, op, policy.npu, costs, cost)
      timeOp(ops, op, trace, deviceId, write.costs ?? costs, cost, notes)
      let at = waits.joined(l, layer)
      // A gap that the recording shows behind the op before in its lane is the runtime's own dispatch.
      const gapNs = cost.recorded && ahead >= 0 ? ops.startNs[op]! - ops.startNs[ahead]! - ops.durationNs[ahead]! : 0
      if (gapNs > 0) at = write.add({ cause: 'dispatch', mask: CPU, rank: rank.compute, durationNs: gapNs, count: 1, layer, op }, at)
      endOf[op] = opTasks(l, cost, ops.bytes[op]!, at, launched, layer, op)
      if (byLane) lanes.set(lane, op)
      if (step === 0 && policy.pipeline.depth < Infinity && (layer >= 0 || !layerEnds.has(0))) {
        const ends = layerEnds.get(layer)
        if (ends === undefined) layerEnds.set(layer, [endOf[op]!])
        else ends.push(endOf[op]!)
      }
    }

    const computed = ended(l, own, from, to, followed, endOf)
    const stepEnd = policy.memory.secure
      ? write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.compute, durationNs: worldSwitchNs, count: 1, worldSwitches: 1 }, computed)
      : computed
    stepEnds.push(stepEnd)
    stepStart = to < own.length ? between('step', step, stepEnd) : stepEnd
  }
  return { stepEnds, steps, layerEnds, grown }
}

/** Over when all ops from `from` to `to` are. */
function ended({ write }: Lowering, own: Uint32Array, from: number, to: number, followed: Uint8Array, endOf: Int32Array): TaskIndex {
  const computed = write.join([])
  for (let i = from; i < to; i++) if (followed[own[i]!] === 0) write.waitsFor(endOf[own[i]!]!)
  return computed
}

/** What an op waits for; reused from op to op. */
class Waits {
  length = 0
  private on = new Int32Array(8)

  clear(): void {
    this.length = 0
  }

  add(task: TaskIndex): void {
    if (task < 0) return
    if (this.length === this.on.length) {
      const wider = new Int32Array(this.length * 2)
      wider.set(this.on)
      this.on = wider
    }
    this.on[this.length++] = task
  }

  /** One task that ends when all have. */
  joined({ write }: Lowering, layer: number): TaskIndex {
    if (this.length === 1) return this.on[0]!
    const join = write.task(causeIndex.wait, 0, rank.compute, 0, layer)
    for (let i = 0; i < this.length; i++) write.waitsFor(this.on[i]!)
    return join
  }
}

/** Submission, NPU work, then the CPU's slices: one a core, so that restoration shares the cores piece by piece. */
function opTasks(l: Lowering, cost: OpCost, bytes: number, after: TaskIndex, launched: TaskIndex, layer: number, op: number): TaskIndex {
  const { write, policy, costs } = l
  let at = after
  if (cost.submissions > 0) {
    const submitted = policy.npu.submit(l, cost.submissions, layer, op, at)
    if (submitted >= 0) {
      if (launched >= 0) write.waitsFor(launched)
      at = submitted
    }
    const job = write.task(causeIndex.compute, NPU, rank.compute, cost.npuNs, layer)
    write.at.count[job] = cost.submissions
    write.at.bytes[job] = bytes
    write.at.op[job] = op
    write.waitsFor(at)
    if (submitted < 0 && launched >= 0) write.waitsFor(launched)
    if (cost.cpuNs === 0) return job
    at = job
  }
  const cores = costs.sample['cpu.cores']
  const first = write.length
  for (let core = 0; core < cores; core++) {
    const slice = write.task(causeIndex.compute, CPU, rank.compute, cost.cpuNs, layer)
    write.at.bytes[slice] = cost.submissions > 0 ? 0 : bytes / cores
    write.at.op[slice] = op
    write.waitsFor(at)
  }
  if (cores === 1) return first
  const join = write.task(causeIndex.wait, 0, rank.compute, 0, layer)
  for (let core = 0; core < cores; core++) write.waitsFor(first + core)
  return join
}
