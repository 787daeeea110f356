import { UsageFault } from '../base/errors.js'
import { formatBytes } from '../base/units.js'
import type { Extent } from '../run/extents.js'
import { AFTERWARDS, rank, type TaskIndex, type TaskTable } from '../run/tasks.js'
import { Agenda } from './agenda.js'
import { Conversations } from './conversations.js'
import type { Running, Server } from './engine.js'
import type { Restored, Unit } from './factors.js'
import { Holdings } from './holdings.js'
import { lowerOps } from './lower-ops.js'
import { Lowerer } from './lowerer.js'
import { MemoryEvents } from './memory-events.js'
import { NpuTurns } from './npu-turns.js'
import { place } from './place.js'
import type { PredictionNotes } from './predict.js'
import { Protection } from './protection.js'
import type { LoweredRequest } from './lowered-request.js'
import type { Conditions } from './plan.js'
import { fillInitially, reservedBytes } from './initial.js'
import { requestPlan } from './request-plan.js'
import type { RequestSource, ServedRequest } from './request-source.js'
import { Room } from './room.js'
import { sweep } from './sweep.js'
import { Tally } from './tally.js'

interface Waiting {
  readonly index: number
  readonly arrivalNs: number
  arrived: TaskIndex
}

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
  readonly notes: PredictionNotes = { predictedNs: 0, recordedNs: 0, unpredictable: 0, substituted: 0 }
  readonly warnings = new Set<string>()
  readonly npu: NpuTurns
  readonly memory: MemoryEvents
  readonly reservedBytes: number
  private readonly agenda = new Agenda()
  private readonly holdings: Holdings
  private readonly conversations: Conversations
  private readonly room: Room
  private readonly protection: Protection
  private queue: Waiting[] = []
  private readonly running = new Set<number>()
  private readonly over = new Set<number>()
  private readonly known = new Set<number>() // has arrived
  private readonly fetched = new Set<number>() // restored ahead, its model pinned
  /** A request has ended since tasks were last forgotten. */
  private hasNews = false
  private forgetFrom: number
  /** Undefined: nothing is forgotten. */
  readonly tally: Tally | undefined

  constructor(
    private readonly source: RequestSource,
    private readonly conditions: Conditions,
  ) {
    const { policy, costs, pressureBytes, initial } = conditions
    this.l = new Lowerer(costs, policy, pressureBytes)
    this.holdings = new Holdings((model) => (model < 0 ? [] : source.units(model)))
    this.conversations = new Conversations(policy.residency.kv)
    this.room = new Room(this.l, this.agenda, this.holdings, this.conversations)
    this.npu = new NpuTurns(this.l, this.agenda)
    this.memory = new MemoryEvents(this.l, this.agenda, this.room)
    this.protection = new Protection(this.l, this.agenda, this.room, () => this.running.size === 0 && this.queue.length === 0, initial?.protection === true)
    this.reservedBytes = reservedBytes(source, policy, costs)
    fillInitially(this.l, this.holdings, source, initial)
    this.forgetFrom = conditions.forgetFrom ?? Infinity
    this.tally = conditions.forgetFrom === undefined ? undefined : new Tally(source, this.l.extents, source.npu.length > 0)
    this.announce()
  }

  ended(task: TaskIndex, nowNs: number): TaskIndex {
    return this.agenda.ended(task, nowNs)
  }

  renamed(renamed: Int32Array): void {
    const named = (task: TaskIndex): TaskIndex => (task < 0 ? -1 : renamed[task]!)
    this.agenda.renamed(renamed)
    this.holdings.renamed(named)
    this.room.renamed(named)
    this.npu.renamed(named)
    this.protection.renamed(named)
    for (const waiting of this.queue) waiting.arrived = named(waiting.arrived)
    for (const request of this.served) {
      request.arrived = named(request.arrived)
      request.stepEnds = request.stepEnds.map(named)
    }
  }

  swept(running: Running): Uint8Array | undefined {
    if (this.tally === undefined || !this.hasNews || running.length < this.forgetFrom) return undefined
    this.hasNews = false
    const tasks: TaskTable = { ...this.l.write.at, length: running.length }
    for (const request of this.served) if (request.isOver && !this.tally.isOpen(request.index)) this.tally.open(request, tasks, running)
    const keep = sweep(tasks, running, this.tally, this.neededFromNs())
    // What cannot be forgotten is not looked at again before as much has come to it.
    const kept = keep.reduce((sum, one) => sum + one, 0)
    this.forgetFrom = Math.max(this.conditions.forgetFrom ?? 0, 2 * kept)
    return keep
  }

  /** The earliest time that a window yet to be attributed reaches back to. */
  private neededFromNs(): number {
    const arrivals = [...this.queue, ...this.served.filter(({ isOver }) => !isOver)].map(({ arrivalNs }) => arrivalNs)
    return arrivals.length === 0 ? Infinity : Math.min(...arrivals)
  }

  /** Everything that comes of its own, as clocked tasks. */
  private announce(): void {
    const { write } = this.l
    for (const event of this.source.memory) this.agenda.when(write.hooked([], event.atNs), (nowNs, at) => void this.memory.arrived(event, at, nowNs))
    for (const event of this.source.npu) this.agenda.when(write.hooked([], event.atNs), (_nowNs, at) => void this.npu.arrived(event, at))
    for (const [index, request] of this.source.requests.entries()) {
      if (request.after.length > 0) continue
      write.request = index
      this.agenda.when(write.hooked([], request.arrivalNs), (nowNs, at) => this.arrive(index, at, nowNs))
    }
  }

  /** Of requests that arrive at one instant, the first of the list is the first. */
  private arrive(index: number, at: TaskIndex, nowNs: number): undefined {
    if (this.known.has(index)) return
    for (const [other, request] of this.source.requests.entries())
      if (other === index || (request.after.length === 0 && request.arrivalNs === nowNs && !this.known.has(other))) {
        this.known.add(other)
        this.queue.push({ index: other, arrivalNs: nowNs, arrived: at })
      }
    if (this.running.size === 0) this.serveNext(at)
  }

  private serveNext(at: TaskIndex): void {
    while (this.running.size === 0 && this.queue.length > 0) {
      const next = this.conditions.policy.scheduler.next(this.queue.map(({ index, arrivalNs }) => this.queued(index, arrivalNs)))
      const [waiting] = this.queue.splice(next, 1)
      if (waiting === undefined) throw new UsageFault(`scheduler ${this.conditions.policy.scheduler.id} chose place ${next} of a queue of ${this.queue.length}`)
      this.begin(waiting, at)
    }
  }

  private queued(index: number, arrivalNs: number): { request: number; model: number; arrivalNs: number; resident: boolean } {
    const { model } = this.source.requests[index]!
    return { request: index, model, arrivalNs, resident: this.holdings.isResident(model) }
  }

  /** Turns a request into tasks that start at `at`. Undefined: no op belongs to it. */
  private begin({ index, arrivalNs, arrived }: Waiting, at: TaskIndex): LoweredRequest | undefined {
    const request = this.source.requests[index]!
    const { write, policy } = this.l
    const talk = request.session === undefined ? { pastTokens: 0, againTokens: 0, storedBytes: 0 } : this.conversations.begin(request.session)
    const promptTokens = request.promptTokens + talk.againTokens
    const { trace, ops } = this.source.ops(index, talk.pastTokens, promptTokens)
    if (ops.length === 0) {
      this.over.add(index)
      return undefined
    }
    const plan = requestPlan(this.source.models[request.model], talk.pastTokens, promptTokens, request.outputTokens, policy, this.l.costs)
    this.warn(request, plan.kvBytesPerToken)
    this.running.add(index)
    this.l.model = request.model
    this.room.promptTokens = promptTokens
    const held = this.holdings.of(request.model)
    if (!this.fetched.delete(index)) held.users++
    write.request = index
    write.step = 0

    this.protection.begin(at)
    const started = policy.startup.begin(this.l, at)
    const first = this.npu.take(started)
    const missing = this.holdings.missing(request.model)
    const working = plan.activationBytes + plan.kvStartBytes + talk.storedBytes
    const needBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0) + working + plan.kvGrownBytes
    const room = this.makeRoom(needBytes, this.regionsFor(request.model, started))

    const extents: Extent[] = []
    const placed: TaskIndex[] = [first]
    const own = (content: 'working' | 'kv', bytes: number): void => {
      if (bytes === 0) return
      const { extent, ready } = place(this.l, content, bytes, -2, room)
      extents.push(extent)
      placed.push(ready)
    }
    if (request.session === undefined) own('working', plan.activationBytes + plan.kvStartBytes)
    else {
      own('working', plan.activationBytes)
      own('kv', plan.kvStartBytes)
    }
    const from = this.l.extents.length
    const frameworkBytes = policy.startup.restoreBytes(this.l.costs)
    const ahead = [
      ...(frameworkBytes > 0 ? [{ content: 'framework' as const, layer: -3, bytes: frameworkBytes }] : []),
      ...(talk.storedBytes > 0 ? [{ content: 'kv' as const, layer: -2, bytes: talk.storedBytes }] : []),
    ]
    const restored = ahead.length + missing.length === 0 ? [] : policy.pipeline.restore(this.l, [...ahead, ...missing], room)
    for (const extent of this.l.extents.slice(from))
      if (extent.content === 'weights') this.holdings.add(request.model, extent)
      else extents.push(extent)
    const framework = frameworkBytes > 0 ? restored[0]!.ready : -1
    if (talk.storedBytes > 0) placed.push(restored[ahead.length - 1]!.ready)
    for (const [u, unit] of missing.entries()) held.units.find(({ layer }) => layer === unit.layer)!.ready.push(restored[ahead.length + u]!.ready)

    const lowered = lowerOps(this.l, trace, ops, plan, this.conditions.deviceId, {
      started: write.join(placed),
      weights: new Map(held.units.map(({ layer, ready }) => [layer, ready])),
      framework,
      between: (what, step, after) => this.between(index, what, step, after),
    }, this.notes)
    this.holdBack(missing, restored.slice(ahead.length), lowered.layerEnds)
    const served: LoweredRequest = { index, arrived, arrivalNs, stepEnds: lowered.stepEnds, steps: lowered.steps, isOver: false }
    this.served.push(served)
    const last = lowered.stepEnds[lowered.stepEnds.length - 1]!
    write.at.hook[last] = 1
    this.agenda.when(last, (endNs, task) => void this.finish(served, request, [...extents, ...lowered.grown], promptTokens, task, endNs))
    this.prefetch(index, write.join([started, ...held.units.flatMap(({ ready }) => ready)]))
    return served
  }

  /** Room for `bytes` more: releases under way, then what is cached; what is lacking still is swapped out on the way. */
  private makeRoom(bytes: number, after: TaskIndex): TaskIndex {
    if (this.reservedBytes > 0) return this.roomInCarveout(bytes, after)
    const released = this.room.afterReleases(bytes, after)
    const lacking = this.room.lacking(bytes) - released.bytes
    if (lacking <= 0) return released.task
    return this.l.write.join([released.task, this.room.find(lacking, after, rank.protect).task])
  }

  private roomInCarveout(bytes: number, after: TaskIndex): TaskIndex {
    const lacking = this.l.allocatedBytes + bytes - this.reservedBytes
    if (lacking <= 0) return after
    const released = this.room.afterReleases(Infinity, after)
    const found = this.room.find(lacking - released.bytes, after, rank.protect)
    if (released.bytes + found.bytes < lacking)
      throw new UsageFault(`the carve-out of ${formatBytes(this.reservedBytes)} is ${formatBytes(lacking - released.bytes - found.bytes)} too small for what must be in it at once`, 'make it larger (carveout=SIZE)')
    return this.l.write.join([released.task, found.task])
  }

  /** Contiguous regions are few: models that nobody uses give theirs up. */
  private regionsFor(model: number, after: TaskIndex): TaskIndex {
    const { memory } = this.conditions.policy
    const most = this.l.costs.sample['tzasc.regions']
    if (memory.regionsPerModel === 0) return after
    const tasks = [after]
    for (;;) {
      const using = this.holdings.present().filter((held) => held.model !== model)
      const needed = (using.length + 1) * memory.regionsPerModel
      if (needed <= most) return this.l.write.join(tasks)
      const victim = using.filter(({ inUse }) => !inUse).sort((a, b) => a.lastUsedNs - b.lastUsedNs)[0]
      if (victim === undefined) throw new UsageFault(`${needed} contiguous regions are needed at once, the device has ${most}`)
      tasks.push(this.room.dropModel(victim.model, after))
    }
  }

  /** At the boundary behind `after`: the normal world's NPU jobs, and a prefill that waits, may come in. */
  private between(index: number, what: 'step' | 'layer', step: number, after: TaskIndex): TaskIndex {
    const { npu, scheduler } = this.conditions.policy
    const yields = npu.usesNpu && (npu.boundary === 'layer' || npu.boundary === what) && (npu.eager || this.source.npu.length > 0)
    const admits = what === 'step' && scheduler.prefillFirst && this.source.requests.length > 1
    if (!yields && !admits) return after
    const gate = this.l.write.hooked([after])
    this.agenda.when(gate, (_nowNs, gate_) => {
      const { write } = this.l
      write.request = index
      write.step = step
      const npuBack = yields ? this.npu.between(what, gate_) : -1
      const prefilled = admits ? this.admit(gate_) : -1
      return npuBack >= 0 && prefilled >= 0 ? write.join([npuBack, prefilled]) : Math.max(npuBack, prefilled)
    })
    return gate
  }

  /** Begins the next request beside the running one; returns the task that ends its prefill, -1: nobody can. */
  private admit(at: TaskIndex): TaskIndex {
    if (this.queue.length === 0 || this.running.size >= TOGETHER) return -1
    const waiting = this.queue[0]!
    const { model, session } = this.source.requests[waiting.index]!
    const needBytes = this.holdings.missing(model).reduce((sum, { bytes }) => sum + bytes, 0)
    if (session !== undefined || this.room.lacking(needBytes) > 0) return -1
    this.queue.shift()
    return this.begin(waiting, at)?.stepEnds[0] ?? -1
  }

  /** Restoration at most `depth` layers ahead of computing: a unit's first piece waits for the layer so far before it. */
  private holdBack(units: readonly Unit[], restored: readonly Restored[], layerEnds: ReadonlyMap<number, readonly TaskIndex[]>): void {
    const { depth } = this.conditions.policy.pipeline
    if (depth === Infinity) return
    for (const [u, { layer }] of units.entries()) for (const on of layerEnds.get(layer - depth) ?? []) this.l.write.dependsOn(restored[u]!.gate, on)
  }

  /** The last token is out: what is not kept goes back, who waited for it arrives, the next one begins. */
  private finish(served: LoweredRequest, request: ServedRequest, extents: readonly Extent[], promptTokens: number, at: TaskIndex, nowNs: number): void {
    const { index } = served
    const { write, policy } = this.l
    served.isOver = true
    this.hasNews = true
    this.running.delete(index)
    this.over.add(index)
    const held = this.holdings.of(request.model)
    held.users--
    if (held.users === 0) for (const unit of held.units) unit.ready = []
    this.holdings.used(request.model, nowNs)
    for (const [other, { after, thinkNs, arrivalNs }] of this.source.requests.entries())
      if (after.includes(index) && after.every((on) => this.over.has(on))) this.follow(other, Math.max(thinkNs, arrivalNs - nowNs), at, nowNs)
    write.request = index
    write.step = AFTERWARDS
    const keeps = policy.scheduler.batchesSwitches && this.queue.length > 0 && !this.npu.isWanted
    if (this.running.size === 0 && !keeps) this.npu.give(at)
    const kv = extents.filter(({ content }) => content === 'kv')
    const dropped = request.session === undefined ? kv : this.conversations.end(request.session, promptTokens + request.outputTokens, kv, nowNs)
    const given = this.room.giveBack([...extents.filter(({ content }) => content !== 'kv'), ...dropped], at, rank.after)
    const trimmed = this.room.trim(at)
    this.serveNext(at)
    if (this.running.size === 0) this.protection.idle(write.join([given, trimmed]))
  }

  private follow(index: number, waitNs: number, at: TaskIndex, nowNs: number): void {
    const { write } = this.l
    write.request = index
    write.step = 0
    if (waitNs <= 0) {
      this.known.add(index)
      this.queue.push({ index, arrivalNs: nowNs, arrived: at })
      return
    }
    const timer = write.add({ cause: 'wait', mask: 0, rank: rank.compute, durationNs: waitNs }, at)
    write.at.hook[timer] = 1
    this.agenda.when(timer, (thenNs, task) => this.arrive(index, task, thenNs))
  }

  /** Restores what fits of the model that comes next, once this one's weights are there. */
  private prefetch(index: number, after: TaskIndex): void {
    const { scheduler, residency } = this.conditions.policy
    if (!scheduler.prefetches || !residency.keeps) return
    const next = this.nextOf(index)
    if (next === undefined || this.fetched.has(next)) return
    const { model } = this.source.requests[next]!
    const held = this.holdings.of(model)
    let room = Math.max(0, -this.room.lacking(0))
    const units: Unit[] = []
    for (const unit of this.holdings.missing(model)) {
      const bytes = Math.min(unit.bytes, Math.floor(room / this.l.costs.pageBytes) * this.l.costs.pageBytes)
      if (bytes <= 0) break
      units.push({ ...unit, bytes })
      room -= bytes
    }
    held.users++
    this.fetched.add(next)
    if (units.length === 0) return
    const { write } = this.l
    const { request, step } = write
    write.request = next
    write.step = 0
    this.l.model = model
    const from = this.l.extents.length
    const restored = this.conditions.policy.pipeline.restore(this.l, units, after)
    for (const extent of this.l.extents.slice(from)) this.holdings.add(model, extent)
    for (const [u, { layer }] of units.entries()) held.units.find((unit) => unit.layer === layer)!.ready.push(restored[u]!.ready)
    write.request = request
    write.step = step
  }

  /** Who will be served next, as far as anybody knows: the first that waits, else a workflow's next. */
  private nextOf(index: number): number | undefined {
    const waiting = this.queue[0]?.index
    if (waiting !== undefined) return waiting
    const next = this.source.requests.findIndex(({ after }) => after.includes(index) && after.every((on) => on === index || this.over.has(on)))
    return next < 0 ? undefined : next
  }

  private warn({ id, model }: ServedRequest, kvBytesPerToken: number): void {
    if (model < 0 || this.source.units(model).length === 0) this.warnings.add(`request ${id}: the trace does not tell its model’s weights: nothing is restored, TTFT is that of a resident model`)
    if (kvBytesPerToken === 0) this.warnings.add(`request ${id}: the trace does not tell the size of its KV cache: none is allocated`)
  }
}
