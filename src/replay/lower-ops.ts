import { causeIndex } from '../run/causes.js'
import { CPU, GPU, MONITOR, NPU } from '../run/resources.js'
import { rank, type TaskIndex } from '../run/tasks.js'
import type { Trace } from '../trace/trace.js'
import { isSwitchKind, kindIndex, phaseIndex } from '../trace/words.js'
import type { Content, Extent } from '../run/extents.js'
import type { Lowering } from './factors.js'
import { place } from './place.js'
import { ProgramOrder, RecordedOrder, type OpTasks } from './op-order.js'
import { freshCost, origin, placeOp, timeOp, type OpCost, type PredictionNotes, type Where } from './predict.js'
import { worldSwitchNs } from './prices.js'
import { inferredStarts } from './recorded-lanes.js'
import type { RequestPlan } from './request-plan.js'
import { Waits } from './waits.js'
import type { WeightUnits } from './weight-units.js'

interface Ready {
  /** Startup is over, activations and KV are there. */
  readonly started: TaskIndex
  /** By layer: what its weights wait for. */
  readonly weights: ReadonlyMap<number, readonly TaskIndex[]>
  /** Which of them an op of the first step reads. */
  readonly units: WeightUnits
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
  /** The tasks that end the ops of each layer in the first step; -1: those before the first layer. */
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

/** On whose machine, and on how many servers of the CPU a recorded op runs. */
export interface Machine extends Where {
  /** Cores that an op recorded here takes: all, where one ran at a time. */
  readonly recordedWidth: number
}

/** Ops from `from` on that belong to the first step of `own`. */
export function firstStep({ ops }: Trace, own: Uint32Array): number {
  let until = 0
  while (until < own.length && ops.step[own[until]!] === ops.step[own[0]!]) until++
  return until
}

/**
 * Writes the tasks of a request's ops, step by step, and returns the task that ends each. An op waits for the ops
 * before it (`op-order.ts`), its layer's weights, and its step's start; attention for the step's KV block. A step ends when
 * its last op has, and the token has crossed worlds. On the recording's own machine the time that passed before an op is
 * `dispatch`; elsewhere collectives have no counterpart and are left out. `tasks` knows no op of the trace yet.
 */
export function lowerOps(l: Lowering, trace: Trace, own: Uint32Array, plan: RequestPlan, machine: Machine, { started, weights, units, kv, framework, between }: Ready, notes: PredictionNotes, tasks: OpTasks): LoweredOps {
  const { write, policy, costs } = l
  const { ops } = trace
  const { here, recordedWidth } = machine
  const isLaid = inferredStarts(trace)
  const hasAttention = own.some((op) => ops.kind[op] === kindIndex.attention)
  tasks.widen(ops.length)
  const { endOf, followed } = tasks
  const keepsTimes = here && own.some((op) => isLaid[ops.rules[op]!] !== true)
  const order = keepsTimes ? new RecordedOrder(trace, isLaid, tasks, write) : new ProgramOrder(trace, isLaid, tasks)
  const cost = freshCost()
  const waits = new Waits()
  const stepEnds: TaskIndex[] = []
  const steps: number[] = []
  const layerEnds = new Map<number, TaskIndex[]>()
  const grown: Extent[] = []
  let stepStart = started
  const byLayer = policy.npu.boundary === 'layer'
  const launches = policy.npu.usesNpu && !(policy.npu.keepsPlacement === true && (here || !costs.hasNpu))
  const growsKv = !policy.memory.reservesKv && plan.kvBytesPerToken > 0 && !(here && !policy.memory.secure)
  let launched: TaskIndex = -1
  let kvReady: TaskIndex = -1
  let recordedNs = trace.header.requests[ops.request[own[0]!]!]!.arrivalNs // when what ran so far had ended in the recording

  for (let from = 0, to = 0; from < own.length; from = to) {
    const step = ops.step[own[from]!]!
    while (to < own.length && ops.step[own[to]!] === step) to++
    write.step = step
    steps.push(step)
    const grows = step > 0 && growsKv && (plan.promptTokens + step - 1) % plan.kvBlockTokens === 0
    kvReady = -1
    if (grows) {
      const block = place(l, kv, plan.kvBlockTokens * plan.kvBytesPerToken, -2, stepStart)
      grown.push(block.extent)
      kvReady = block.ready
    }
    if (kvReady >= 0 && !hasAttention) stepStart = kvReady
    launched = launches ? policy.npu.beginStep(l, stepStart) : -1
    order.beginStep(stepStart, recordedNs)
    let open = from // ops before it are followed, all of them

    for (let i = from; i < to; i++) {
      const op = own[i]!
      const layer = ops.layer[op]!
      if (byLayer && i > from && layer !== ops.layer[own[i - 1]!]!) {
        stepStart = between('layer', step, ended(l, own, open, i, tasks))
        order.beginStep(stepStart, recordedNs)
        for (; open < i; open++) followed[own[open]!] = 1
      }
      waits.clear()
      const gapNs = order.waits(op, waits)
      if (from === 0) {
        for (const on of weights.get(units.named(op)) ?? []) waits.add(on)
        for (const unit of units.assigned.get(op) ?? []) for (const on of weights.get(unit) ?? []) waits.add(on)
        waits.add(framework)
      }
      if (ops.kind[op] === kindIndex.attention) waits.add(kvReady)
      recordedNs = Math.max(recordedNs, ops.startNs[op]! + ops.durationNs[op]!)
      let at = waits.joined(write, layer)
      if (!here && ops.kind[op] === kindIndex.communication) {
        notes.recording.leftOutNs += ops.durationNs[op]!
        order.placed(op, write.join([at], layer))
        continue
      }
      placeOp(ops, op, machine, policy.npu, costs, cost)
      timeOp(ops, op, machine, write.costs ?? costs, cost, notes)
      const isRecorded = cost.origin === origin.recorded
      // A gap of the CPU alone is its own; with several lanes whoever fills it is another op.
      if (gapNs > 0 && isRecorded && isLaid[ops.rules[op]!] !== true) at = write.add({ cause: 'dispatch', mask: recordedWidth > 1 && cost.cpuNs > 0 ? CPU : 0, rank: rank.compute, durationNs: gapNs, count: 1, layer, op }, at)
      if (isRecorded && ops.durationNs[op] === 0) order.placed(op, moment(l, at, layer, op))
      else order.placed(op, opTasks(l, cost, ops.bytes[op]!, at, launched, layer, op, isRecorded ? recordedWidth : costs.sample['cpu.cores']))
      if (from === 0 && policy.pipeline.depth < Infinity && (layer >= 0 || !layerEnds.has(0))) {
        const ends = layerEnds.get(layer)
        if (ends === undefined) layerEnds.set(layer, [endOf[op]!])
        else ends.push(endOf[op]!)
      }
    }

    const computed = ended(l, own, open, to, tasks)
    if (keepsTimes && stepStart >= 0) write.waitsFor(stepStart) // ops that overlapped the step before may have ended earlier
    const stepEnd = policy.memory.secure
      ? write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.compute, durationNs: worldSwitchNs, count: 1, worldSwitches: 1 }, computed)
      : computed
    stepEnds.push(stepEnd)
    stepStart = to < own.length ? between('step', step, stepEnd) : stepEnd
  }
  tasks.forget(own)
  return { stepEnds, steps, layerEnds, grown }
}

/** Over when all ops from `from` to `to` are. */
function ended({ write }: Lowering, own: Uint32Array, from: number, to: number, { followed, endOf }: OpTasks): TaskIndex {
  const computed = write.join([])
  for (let i = from; i < to; i++) if (followed[own[i]!] === 0) write.waitsFor(endOf[own[i]!]!)
  return computed
}

/** An op that the recording's clock saw no time pass for: it holds nothing, or it would wait for who runs meanwhile. */
function moment({ write }: Lowering, after: TaskIndex, layer: number, op: number): TaskIndex {
  const task = write.task(causeIndex.compute, 0, rank.compute, 0, layer)
  write.at.op[task] = op
  if (after >= 0) write.waitsFor(after)
  return task
}

/** Submission, NPU work, then the CPU's slices: one a core, so that restoration shares the cores piece by piece. What stays on
 *  the GPU is one task there. */
function opTasks(l: Lowering, cost: OpCost, bytes: number, after: TaskIndex, launched: TaskIndex, layer: number, op: number, cores: number): TaskIndex {
  const { write, policy } = l
  let at = after
  if (cost.gpuNs > 0) {
    const kernel = write.task(causeIndex.compute, GPU, rank.compute, cost.gpuNs, layer)
    write.at.bytes[kernel] = bytes
    write.at.op[kernel] = op
    if (at >= 0) write.waitsFor(at)
    return kernel
  }
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
    if (at >= 0) write.waitsFor(at)
    if (submitted < 0 && launched >= 0) write.waitsFor(launched)
    if (cost.cpuNs === 0) return job
    at = job
  }
  const first = write.length
  for (let core = 0; core < cores; core++) {
    const slice = write.task(causeIndex.compute, CPU, rank.compute, cost.cpuNs, layer)
    write.at.bytes[slice] = cost.submissions > 0 ? 0 : bytes / cores
    write.at.op[slice] = op
    if (at >= 0) write.waitsFor(at)
  }
  if (cores === 1) return first
  const join = write.task(causeIndex.wait, 0, rank.compute, 0, layer)
  for (let core = 0; core < cores; core++) write.waitsFor(first + core)
  return join
}
