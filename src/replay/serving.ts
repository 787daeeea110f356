import { UsageFault } from '../base/errors.js'
import type { Extent } from '../run/extents.js'
import { AFTERWARDS, rank, type TaskIndex, type TaskTable, type TaskWriter } from '../run/tasks.js'
import { Admission } from './admission.js'
import { Agenda } from './agenda.js'
import { Arrivals, type Waiting } from './arrivals.js'
import { holdWithin } from './board.js'
import { Conversations } from './conversations.js'
import type { Running, Server } from './engine.js'
import { Holdings } from './holdings.js'
import { fillInitially, reservedBytes } from './initial.js'
import { firstStep, lowerOps, type Machine } from './lower-ops.js'
import type { LoweredRequest } from './lowered-request.js'
import { Lowerer } from './lowerer.js'
import { MemoryEvents } from './memory-events.js'
import { NpuTurns } from './npu-turns.js'
import { place } from './place.js'
import { OpTasks } from './op-order.js'
import type { Conditions } from './plan.js'
import { freshNotes } from './predict.js'
import { Protection } from './protection.js'
import { recordedConcurrency, type Concurrency } from './recorded-lanes.js'
import { requestPlan } from './request-plan.js'
import type { RequestSource, ServedRequest } from './request-source.js'
import { RequestWarnings } from './request-warnings.js'
import { Restoration } from './restoration.js'
import { Room } from './room.js'
import { sweep } from './sweep.js'
import { Tally } from './tally.js'
import { UNNAMED, weightUnits } from './weight-units.js'

/** At most this many requests run at once: the one that decodes, and one whose prefill goes first. */
const TOGETHER = 2

/**
 * Serves requests as they arrive: asks the policy's mechanisms for tasks when a request begins, at its boundaries, and when
 * it ends, and answers what the normal world wants of memory and NPU meanwhile. Each decision is made at the time it is
 * due, from what is in memory then.
 */
export class Serving implements Server {
  readonly l: Lowerer
  /** In order of service. */
  readonly served: LoweredRequest[] = []
  readonly notes = freshNotes()
  /** What the recording shows at one time on its own machine; elsewhere nothing. */
  readonly concurrency: Concurrency
  readonly warnings = new RequestWarnings()
  readonly npu: NpuTurns
  readonly memory: MemoryEvents
  readonly reservedBytes: number
  /** Of what was forgotten; undefined: nothing is. */
  readonly tally: Tally | undefined
  private readonly agenda = new Agenda()
  private readonly arrivals: Arrivals
  private readonly holdings: Holdings
  private readonly conversations: Conversations
  private readonly room: Room
  private readonly admission: Admission
  private readonly restoration: Restoration
  private readonly protection: Protection
  private readonly running = new Set<number>()
  private readonly machine: Machine
  private readonly opTasks = new OpTasks()
  /** A request has ended since tasks were last forgotten. */
  private hasNews = false
  private forgetFrom: number

  constructor(
    private readonly source: RequestSource,
    private readonly conditions: Conditions,
    write: TaskWriter,
  ) {
    const { policy, costs, pressureBytes, initial, forgetFrom } = conditions
    this.l = new Lowerer(costs, policy, pressureBytes, write)
    const here = conditions.here === true && source.trace !== undefined
    this.concurrency = here ? recordedConcurrency(source.trace!) : [0, 0, 0]
    const recordedWidth = Math.max(1, Math.floor(costs.sample['cpu.cores'] / Math.max(1, this.concurrency[0])))
    this.machine = { here, placement: conditions.placement ?? 'policy', recordedWidth }
    const { sizeBytes } = this.l
    for (const { demandBytes } of source.memory) holdWithin(sizeBytes, demandBytes, 'a demand of the normal world (the workload’s memory events)', 'raise memory.sizeGiB, or change the workload')
    this.reservedBytes = reservedBytes(source, policy, costs)
    holdWithin(sizeBytes, this.reservedBytes, 'a carve-out', 'give a smaller one (carveout=SIZE), or serve a smaller model')
    this.holdings = new Holdings((model) => (model < 0 ? [] : source.units(model)))
    this.conversations = new Conversations(policy.residency)
    this.room = new Room(this.l, this.agenda, this.holdings, this.conversations, this.reservedBytes)
    this.admission = new Admission(this.l, this.holdings, this.room)
    this.restoration = new Restoration(this.l, this.holdings, this.room)
    this.npu = new NpuTurns(this.l, this.agenda)
    this.memory = new MemoryEvents(this.l, this.agenda, this.room, (at) => this.perhapsIdle(at))
    this.arrivals = new Arrivals(this.l, this.agenda, source, (at) => this.serveNext(at), (model) => this.holdings.isResident(model))
    this.protection = new Protection(this.l, this.agenda, this.room, () => this.isIdle(), initial?.protection === true)
    this.forgetFrom = forgetFrom ?? Infinity
    this.tally = forgetFrom === undefined ? undefined : new Tally(source, this.l.extents, source.npu.length > 0)
    fillInitially(this.l, this.holdings, source, initial)
    for (const event of source.memory) this.agenda.when(this.l.write.hooked([], event.atNs), (nowNs, at) => void this.memory.arrived(event, at, nowNs))
    for (const event of source.npu) this.agenda.when(this.l.write.hooked([], event.atNs), (_nowNs, at) => void this.npu.arrived(event, at))
    this.arrivals.announce()
  }

  ended(task: TaskIndex, nowNs: number): TaskIndex {
    return this.agenda.ended(task, nowNs)
  }

  swept(running: Running): Uint8Array | undefined {
    if (this.tally === undefined || !this.hasNews || running.length < this.forgetFrom) return undefined
    this.hasNews = false
    const tasks: TaskTable = { ...this.l.write.at, length: running.length }
    const { tally } = this
    tally.open(this.served.filter(({ isOver, index }) => isOver && !tally.isOpen(index)), tasks, running)
    const unfinished = [...this.arrivals.queue, ...this.served.filter(({ isOver }) => !isOver)]
    const keep = sweep(tasks, running, this.tally, unfinished.reduce((least, { arrivalNs }) => Math.min(least, arrivalNs), Infinity))
    // What cannot be forgotten is not looked at again before as much has come to it.
    const kept = keep.reduce((sum, one) => sum + one, 0)
    this.forgetFrom = Math.max(this.conditions.forgetFrom ?? 0, 2 * kept)
    return keep
  }

  renamed(renamed: Int32Array): void {
    const named = (task: TaskIndex): TaskIndex => (task < 0 ? -1 : renamed[task]!)
    this.agenda.renamed(renamed)
    for (const part of [this.arrivals, this.holdings, this.room, this.npu, this.protection]) part.renamed(named)
    for (const request of this.served) {
      request.arrived = named(request.arrived)
      request.stepEnds = request.stepEnds.map(named)
    }
  }

  private serveNext(at: TaskIndex): void {
    const { scheduler } = this.conditions.policy
    const { queue } = this.arrivals
    while (this.running.size === 0 && queue.length > 0) {
      // A user's mechanism gets plain objects of its own; no built-in one keeps or changes what it sees.
      const next = scheduler.next(this.conditions.policy.file === undefined ? queue : queue.map(({ request, model, arrivalNs, resident }) => ({ request, model, arrivalNs, resident })))
      const waiting = next === 0 ? queue.shift() : queue.splice(next, 1)[0]
      if (waiting === undefined) throw new UsageFault(`scheduler ${scheduler.id} chose place ${next} of a queue of ${queue.length}`)
      this.begin(waiting, at)
    }
  }

  /** Turns a request into tasks that start at `at`. Undefined: no op belongs to it. */
  private begin({ request: index, arrivalNs, arrived }: Waiting, at: TaskIndex): LoweredRequest | undefined {
    const request = this.source.requests[index]!
    const { model, session, outputTokens } = request
    const { l } = this
    const { write, policy, costs } = l
    const turn = session === undefined ? { pastTokens: 0, againTokens: 0, storedBytes: 0 } : this.conversations.begin(session)
    const promptTokens = request.promptTokens + turn.againTokens
    const { trace, ops } = this.source.ops(index, turn.pastTokens, promptTokens)
    if (ops.length === 0) return undefined
    const plan = requestPlan(this.source.models[model], turn.pastTokens, promptTokens, outputTokens, policy, costs)
    this.warn(request, plan.kvBytesPerToken)
    this.running.add(index)
    this.room.promptTokens = promptTokens
    this.restoration.pin(index, model)
    l.model = model
    write.request = index
    write.step = 0

    this.protection.begin(at)
    const started = policy.startup.begin(l, at)
    const npu = this.npu.take(started)
    const frameworkBytes = policy.startup.restoreBytes(costs)
    const missing = this.holdings.missing(model)
    const needBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0) + plan.activationBytes + plan.kvStartBytes + plan.kvGrownBytes + turn.storedBytes
    const room = this.admission.roomFor(needBytes, model, frameworkBytes, started)
    // Of a recording on its own machine the recorded times hold the runtime's allocations.
    const isThere = this.machine.here && !policy.memory.secure
    const working = isThere
      ? this.present([['working', plan.activationBytes + plan.kvStartBytes]])
      : session === undefined
        ? this.placed([['working', plan.activationBytes + plan.kvStartBytes]], room)
        : this.placed([['working', plan.activationBytes], ['kv', plan.kvStartBytes]], room)
    const restored = this.restoration.restore(model, missing, frameworkBytes, turn.storedBytes, room)
    const units = weightUnits(trace, ops, firstStep(trace, ops), model < 0 ? [] : this.source.units(model))
    if (units.assignedShare > UNNAMED) this.warnings.add('operators do not name their model’s weights, which are assigned by order', `request ${request.id}: no operator names ${Math.round(units.assignedShare * 100)} % of its model’s weights: they are assigned to operators by order`)
    const lowered = lowerOps(
      l,
      trace,
      ops,
      plan,
      this.machine,
      { started: write.join([npu, ...working.ready, restored.kv]), weights: restored.weights, units, kv: session === undefined ? 'working' : 'kv', framework: restored.framework, between: (what, step, after) => this.between(index, what, step, after) },
      this.notes,
      this.opTasks,
    )
    restored.holdBack(lowered.layerEnds)
    const served: LoweredRequest = { index, arrived, arrivalNs, stepEnds: lowered.stepEnds, steps: lowered.steps, isOver: false }
    this.served.push(served)
    const last = lowered.stepEnds[lowered.stepEnds.length - 1]!
    const extents = [...working.extents, ...restored.extents, ...lowered.grown]
    write.at.hook[last] = 1
    this.agenda.when(last, (endNs, task) => void this.finish(served, request, extents, task, endNs))
    this.prefetch(index, write.join([started, ...[...restored.weights.values()].flat()]))
    return served
  }

  private present(wanted: readonly (readonly ['working' | 'kv', number])[]): { extents: Extent[]; ready: TaskIndex[] } {
    return { extents: wanted.flatMap(([content, bytes]) => (bytes === 0 ? [] : [this.l.resident(content, -2, bytes)])), ready: [] }
  }

  private placed(wanted: readonly (readonly ['working' | 'kv', number])[], after: TaskIndex): { extents: Extent[]; ready: TaskIndex[] } {
    const made = wanted.flatMap(([content, bytes]) => (bytes === 0 ? [] : [place(this.l, content, bytes, -2, after)]))
    return { extents: made.map(({ extent }) => extent), ready: made.map(({ ready }) => ready) }
  }

  /** At the boundary behind `after`: the normal world's NPU jobs, and a prefill that waits, may come in. */
  private between(index: number, what: 'step' | 'layer', step: number, after: TaskIndex): TaskIndex {
    const { npu, scheduler } = this.conditions.policy
    const yields = npu.usesNpu && (npu.boundary === 'layer' || npu.boundary === what) && (npu.eager || this.source.npu.length > 0)
    const admits = what === 'step' && scheduler.prefillFirst && this.source.requests.length > 1
    if (!yields && !admits) return after
    const gate = this.l.write.hooked([after])
    this.agenda.when(gate, (_nowNs, at) => {
      const { write } = this.l
      write.request = index
      write.step = step
      const npuBack = yields ? this.npu.between(what, at) : -1
      const prefilled = admits ? this.admit(at) : -1
      return npuBack >= 0 && prefilled >= 0 ? write.join([npuBack, prefilled]) : Math.max(npuBack, prefilled)
    })
    return gate
  }

  /** Begins the next request beside the running one; returns the task that ends its prefill, -1: nobody can. */
  private admit(at: TaskIndex): TaskIndex {
    const waiting = this.arrivals.queue[0]
    if (waiting === undefined || this.running.size >= TOGETHER) return -1
    const { model, session } = this.source.requests[waiting.request]!
    const needBytes = this.holdings.missing(model).reduce((sum, { bytes }) => sum + bytes, 0)
    if (session !== undefined || this.room.lacking(needBytes) > 0) return -1
    this.arrivals.queue.shift()
    return this.begin(waiting, at)?.stepEnds[0] ?? -1
  }

  /** The last token is out: what is not kept goes back, who waited for it arrives, the next one begins. */
  private finish(served: LoweredRequest, { model, session, promptTokens, outputTokens }: ServedRequest, extents: readonly Extent[], at: TaskIndex, nowNs: number): void {
    const { index } = served
    const { write, policy } = this.l
    served.isOver = true
    this.hasNews = true
    this.running.delete(index)
    this.holdings.used(model, nowNs)
    this.arrivals.ended(index, at, nowNs)
    write.request = index
    write.step = AFTERWARDS
    const keepsNpu = policy.scheduler.batchesSwitches && this.arrivals.queue.length > 0 && !this.npu.isWanted
    if (this.running.size === 0 && !keepsNpu) this.npu.give(at)
    const kv = extents.filter(({ content }) => content === 'kv')
    const dropped = session === undefined ? kv : this.conversations.end(session, promptTokens + outputTokens, kv, nowNs)
    const given = this.room.giveBack([...extents.filter(({ content }) => content !== 'kv'), ...dropped], at, rank.after)
    const trimmed = this.room.trim(at)
    this.serveNext(at)
    this.perhapsIdle(write.join([given, trimmed]))
  }

  /** What is no longer there may let protection go off. */
  private perhapsIdle(after: TaskIndex): void {
    if (this.isIdle()) this.protection.idle(after)
  }

  private isIdle(): boolean {
    return this.running.size === 0 && this.arrivals.queue.length === 0
  }

  /** The next model is restored once this one's weights are there. */
  private prefetch(index: number, after: TaskIndex): void {
    const { scheduler, residency } = this.conditions.policy
    const next = scheduler.prefetches && residency.keeps ? this.arrivals.nextAfter(index) : undefined
    if (next !== undefined) this.restoration.ahead(next, this.source.requests[next]!.model, after)
  }

  private warn({ id, model }: ServedRequest, kvBytesPerToken: number): void {
    if (model < 0 || this.source.units(model).length === 0) this.warnings.add('the trace does not tell their model’s weights: nothing is restored', `request ${id}: the trace does not tell its model’s weights: nothing is restored, times are those of a resident model`)
    if (kvBytesPerToken === 0) this.warnings.add('the trace does not tell the size of their KV cache: none is allocated', `request ${id}: the trace does not tell the size of its KV cache: none is allocated`)
  }
}
