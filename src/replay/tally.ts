import { causeIndex, causes } from '../run/causes.js'
import { effect } from '../run/effects.js'
import type { Extent } from '../run/extents.js'
import { Lives } from '../run/lives.js'
import type { Counts, NsByCause, RequestResult, WindowResult } from '../run/result.js'
import { KERNEL, NPU, RESOURCE_COUNT } from '../run/resources.js'
import { NORMAL_WORLD, type TaskTable } from '../run/tasks.js'
import { addBusy, exposure, namedNs, type Exposure, type Told } from './attribution.js'
import { addCounts, countTask, noCounts, type Mutable } from './counts.js'
import type { Schedule } from './engine.js'
import type { LoweredRequest } from './lowered-request.js'
import type { RequestSource } from './request-source.js'
import { latency, windowOf, type WindowNames } from './window.js'

/** A change of who has the NPU, or of whether protection is on. */
export interface Turn {
  readonly atNs: number
  readonly effects: number
  readonly request: number
}
/** Time that somebody's job held the NPU. */
export interface NpuUse {
  readonly startNs: number
  readonly endNs: number
  /** An index, or `NORMAL_WORLD`. */
  readonly request: number
}

interface Open {
  readonly bounds: readonly number[]
  readonly places: ReadonlyMap<number, number>
  readonly busy: Float64Array
  readonly counts: Mutable<Counts>[]
  readonly exposures: readonly Exposure[]
}

/** Who held a window up is told by request and cause: this many pairs over all requests of a run, at least so many each. */
const ALL_TOLD = 1e6
const MOST_TOLD = 16

/** A tally as it crosses to another process. */
export interface PackedTally {
  readonly lives: Pick<Lives, 'at' | 'topPages' | 'checkedFromNs'>
  readonly npuTurns: readonly Turn[]
  readonly npuUses: readonly NpuUse[]
  readonly protectionTurns: readonly Turn[]
  readonly hastyTurns: readonly Turn[]
  readonly resourceBusyNs: Float64Array
  readonly swappedBytes: number
  readonly endNs: number
  readonly requests: ReadonlyMap<number, Open>
  readonly keepsUses: boolean
  readonly what: 'all' | 'times'
}

const EVICT = causeIndex.evict

/** A mark in the tasks' column `hook`: this one is in the tally. */
export const ACCOUNTED = 2

/** NPU switches that are recorded one by one; a co-driver makes one a job, which say nothing each. */
const TURNS = effect.npuProtected | effect.npuUnprotected
const SWITCHED = effect.npuDrained | effect.npuClaimed | effect.npuProtected

/**
 * What a run comes to: filled task by task and request by request, so that a long run can forget its tasks on the way.
 * A task is accounted once, after its request's windows are known (`open`).
 */
export class Tally {
  readonly lives: Lives
  readonly npuTurns: Turn[] = []
  readonly npuUses: NpuUse[] = []
  readonly protectionTurns: Turn[] = []
  /** NPU switches in which something was left out: not drained, not claimed. */
  readonly hastyTurns: Turn[] = []
  readonly resourceBusyNs = new Float64Array(RESOURCE_COUNT)
  /** Of the normal world, to make room. */
  swappedBytes = 0
  endNs = 0
  private readonly requests = new Map<number, Open>()

  constructor(
    private readonly source: RequestSource,
    extents: readonly Extent[],
    /** Jobs on the NPU are kept one by one: for the audit, where somebody else wants it too. */
    private readonly keepsUses: boolean,
    private readonly what: 'all' | 'times' = 'all',
  ) {
    this.lives = new Lives(extents)
  }

  /** Requests whose last token is out: their windows and what each exposes. */
  open(requests: readonly LoweredRequest[], tasks: TaskTable, schedule: Pick<Schedule, 'startNs' | 'holder'>): void {
    if (requests.length === 0) return
    const firstNs = new Float64Array(this.source.requests.length).fill(Infinity)
    for (let t = 0; t < tasks.length; t++) {
      const request = tasks.request[t]!
      if (tasks.durationNs[t]! > 0 && schedule.startNs[t]! >= 0 && schedule.startNs[t]! < firstNs[request]!) firstNs[request] = schedule.startNs[t]!
    }
    const most = Math.max(MOST_TOLD, Math.floor(ALL_TOLD / this.source.requests.length))
    for (const request of requests) this.openOne(request, tasks, schedule, { most, firstNs: firstNs[request.index]! })
  }

  private openOne(request: LoweredRequest, tasks: TaskTable, schedule: Pick<Schedule, 'startNs' | 'holder'>, told: Told): void {
    const endsNs = request.stepEnds.map((task) => schedule.startNs[task]! + tasks.durationNs[task]!)
    const bounds = [request.arrivalNs, ...endsNs]
    this.requests.set(request.index, {
      bounds,
      places: new Map(request.steps.map((step, i) => [step, i])),
      busy: new Float64Array(bounds.length * causes.length),
      counts: endsNs.map(noCounts),
      exposures: request.stepEnds.map((task, w) => exposure({ tasks }, schedule, task, bounds[w]!, request.index, told)),
    })
  }

  isOpen(request: number): boolean {
    return request === NORMAL_WORLD || this.requests.has(request)
  }

  /** Task `t` has ended. */
  account(tasks: TaskTable, t: number, startNs: number): void {
    const durationNs = tasks.durationNs[t]!
    const endNs = startNs + durationNs
    const cause = tasks.cause[t]!
    const request = tasks.request[t]!
    const does = tasks.effect[t]!
    if (endNs > this.endNs) this.endNs = endNs
    if (durationNs > 0) {
      let mask = tasks.mask[t]!
      for (let r = 0; mask !== 0; r++, mask >>= 1) if ((mask & 1) !== 0) this.resourceBusyNs[r]! += durationNs
      if (this.keepsUses && (tasks.mask[t]! & NPU) !== 0 && cause === 0) this.npuUses.push({ startNs, endNs, request })
    }
    if (cause === EVICT && (tasks.mask[t]! & KERNEL) !== 0) this.swappedBytes += tasks.bytes[t]!
    if (does !== 0 && this.what === 'all') this.tell(tasks, t, does, startNs, endNs)
    const open = this.requests.get(request)
    if (open === undefined) return
    if (durationNs > 0) addBusy(open.busy, open.bounds, cause, startNs, endNs)
    const into = open.counts[open.places.get(tasks.step[t]!) ?? -1]
    if (into !== undefined) countTask(into, tasks, t)
  }

  /** Each window of `names` of each request, in their order. */
  attributed(served: readonly LoweredRequest[], names: WindowNames): { requests: RequestResult[]; windows: WindowResult[]; outsideNs: NsByCause } {
    const outside = new Float64Array(causes.length)
    const requests: RequestResult[] = []
    const windows: WindowResult[] = []
    for (const request of served) {
      const { bounds, busy, counts, exposures } = this.requests.get(request.index)!
      const { id, model } = this.source.requests[request.index]!
      const total = { exposedNs: new Float64Array(causes.length), blockedNs: new Map<number, number>(), busy: new Float64Array(causes.length), counts: noCounts() }
      for (const [w, seen] of exposures.entries()) {
        const busyNs = busy.slice(w * causes.length, (w + 1) * causes.length)
        for (let c = 0; c < causes.length; c++) {
          total.exposedNs[c]! += seen.exposedNs[c]!
          total.busy[c]! += busyNs[c]!
        }
        for (const [key, ns] of seen.blockedNs) total.blockedNs.set(key, (total.blockedNs.get(key) ?? 0) + ns)
        addCounts(total.counts, counts[w]!)
        if (w === 0 || names === 'all')
          windows.push({ ...windowOf(this.source, seen, busyNs), request: id, name: w === 0 ? 'ttft' : 'step', step: request.steps[w]!, startNs: bounds[w]!, lengthNs: bounds[w + 1]! - bounds[w]!, counts: counts[w]! })
      }
      windows.push({ ...windowOf(this.source, total, total.busy), request: id, name: 'request', step: -1, startNs: bounds[0]!, lengthNs: bounds[bounds.length - 1]! - bounds[0]!, counts: total.counts })
      for (let c = 0; c < causes.length; c++) outside[c]! += busy[exposures.length * causes.length + c]!
      requests.push({ id, model: this.source.models[model]?.id ?? 'unknown', ...latency(bounds[0]!, bounds.slice(1)), tokens: exposures.length })
    }
    return { requests, windows, outsideNs: namedNs(outside) }
  }

  /** As data, for another process: all but the source and the extents, which go with the plan. */
  packed(): PackedTally {
    const { source: _source, lives, ...rest } = this as unknown as PackedTally & { source: unknown; lives: Lives }
    return { ...rest, lives: { at: lives.at, topPages: lives.topPages, checkedFromNs: lives.checkedFromNs } }
  }

  /** What `packed` gave, as it was. */
  static unpacked({ lives, ...rest }: PackedTally, source: RequestSource, extents: readonly Extent[]): Tally {
    return Object.assign(new Tally(source, extents, rest.keepsUses, rest.what), rest, { lives: Object.assign(new Lives(extents), lives) })
  }

  private tell(tasks: TaskTable, t: number, does: number, startNs: number, endNs: number): void {
    this.lives.tell(tasks.extent[t]!, does, startNs, endNs, tasks.detail[t]!)
    if ((does & (TURNS | effect.protectionOn | effect.protectionOff)) === 0) return
    const turn = (atNs: number): Turn => ({ atNs, effects: does, request: tasks.request[t]! })
    if ((does & (effect.protectionOn | effect.protectionOff)) !== 0) this.protectionTurns.push(turn((does & effect.protectionOn) !== 0 ? endNs : startNs))
    if ((does & TURNS) === 0) return
    if ((does & effect.npuProtected) !== 0 && (does & SWITCHED) !== SWITCHED) this.hastyTurns.push(turn(endNs))
    if ((does & effect.npuUnprotected) !== 0 && (does & effect.npuFlushed) === 0) this.hastyTurns.push(turn(startNs))
    if (this.keepsUses || tasks.op[t]! < 0) this.npuTurns.push(turn((does & effect.npuProtected) !== 0 ? endNs : startNs))
  }
}
