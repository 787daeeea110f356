import { BrokenLaw, UsageFault } from '../base/errors.js'
import type { Costs } from '../device/costs.js'
import { tableBuilder, type ColumnsOf, type Table, type TableBuilder } from '../trace/columns.js'
import { MOST_REQUESTS } from '../trace/trace.js'
import type { Cause } from './causes.js'
import { causeIndex } from './causes.js'

/** Tasks of a replay; row i of every column is task i. */
export const taskColumns = {
  cause: Uint8Array, //       index into `causes`
  mask: Uint8Array, //        resources held at once (`resources.ts`); 0: none (a join, a timer)
  hook: Uint8Array, //        1: whoever serves requests is asked when it ends
  request: Uint32Array,
  step: Uint32Array,
  layer: Int32Array, //       -1: none; -2: before the weights (activations, KV)
  op: Int32Array, //          trace op it came from; -1: none
  durationNs: Float64Array, // whole ns
  count: Float64Array, //     what the cause counts: calls, pages, submissions, switches
  worldSwitches: Uint32Array, // round trips between worlds inside the task
  bytes: Float64Array,
  priority: Float64Array, //  lower goes first; ties by task number
  notBeforeNs: Float64Array, // an arrival; 0: none
  extent: Int32Array, //      the pages it acts on (`extents.ts`); -1: none
  effect: Uint32Array, //     what it does to them, to the NPU or to protection (`effects.ts`)
  detail: Float64Array, //    what the effect needs to know: a region's top
} as const
export type TaskTable = Table<typeof taskColumns>
export type TaskIndex = number

/** Dependencies as lists of successors: task `on[e]` is followed by `to[e]`; the last edge of a task is `head[task]`,
 *  the one before it `next[e]`, -1 none. */
export interface Successors {
  readonly head: Int32Array
  readonly next: Int32Array
  readonly on: Int32Array
  readonly to: Int32Array
  readonly count: number
}
export interface TaskGraph {
  readonly tasks: TaskTable
  readonly edges: Successors
}

/** Classes of work in the order in which a free server takes them (docs/model.md). */
export const rank = { due: 0, compute: 1, issue: 2, protect: 3, map: 4, decrypt: 5, allocate: 6, after: 7 } as const
export type Rank = (typeof rank)[keyof typeof rank]

/** The step of what happens after the last token: release, scrub. */
export const AFTERWARDS = 2 ** 18 - 1
/** The request of what the normal world does of its own: behind all others. */
export const NORMAL_WORLD = MOST_REQUESTS
const REQUESTS = NORMAL_WORLD + 1
const STEPS = AFTERWARDS + 1
const LAYERS = 2 ** 14
/** One place is taken by each of the layers that are none: -2, -1. */
const MOST_LAYER = LAYERS - 3

/** (rank, request, step, layer) as one double: 3 + 17 + 18 + 14 = 52 bits, exact. Throws `UsageFault`: one is wider than its place. */
export function priorityOf(of: Rank, request: number, step: number, layer: number): number {
  if (request > NORMAL_WORLD || step > AFTERWARDS || layer > MOST_LAYER) throw tooWide(request, step, layer)
  return ((of * REQUESTS + request) * STEPS + step) * LAYERS + layer + 2
}

function tooWide(request: number, step: number, layer: number): UsageFault {
  const [what, found, most] = request > NORMAL_WORLD ? ['requests', request + 1, NORMAL_WORLD] : step > AFTERWARDS ? ['steps of one request', step + 1, AFTERWARDS] : ['layers', layer + 1, MOST_LAYER + 1]
  return new UsageFault(`a replay holds at most ${most} ${what}, found ${found} or more`, 'replay a part of the recording')
}

/** 2^53 ns, 104 days: up to here whole ns are exact, and times sum to what they are parts of. */
export const LONGEST_NS = Number.MAX_SAFE_INTEGER
/** Tasks at one time, of some 150 bytes each. */
export const MOST_TASKS = 2 ** 26

/** A duration in whole ns. Throws `UsageFault`: longer than can be counted exactly; `BrokenLaw`: no duration. */
export function wholeNs(durationNs: number): number {
  const ns = Math.round(durationNs)
  if (ns >= 0 && ns <= LONGEST_NS) return ns
  if (ns > 0) throw tooLong()
  throw new BrokenLaw(`a task of ${durationNs} ns`)
}

/** What is refused when a run gets too long for whole ns. */
export const tooLong = (): UsageFault => new UsageFault('a run would take longer than 104 days, 2^53 ns, which is as far as times are exact', 'check --set, the profile and the policy’s options')

/** How long a task takes on a device, in ns: a function of nothing but costs, the task's own bytes and count, and what was
 *  known when it was written. */
export type Price = (costs: Costs, bytes: number, count: number) => number

export interface TaskSpec {
  readonly cause: Cause
  readonly mask: number
  readonly rank: Rank
  readonly durationNs: number | Price
  readonly count?: number
  readonly worldSwitches?: number
  readonly bytes?: number
  readonly layer?: number
  readonly op?: number
  readonly notBeforeNs?: number
  readonly extent?: number
  readonly effect?: number
  readonly detail?: number
}

/** Writes tasks one by one, before a run or from within it; each names its dependencies at once. */
export class TaskWriter {
  request = 0
  step = 0
  /** No task gets this number or a higher one: a bound on what one answer of a user's mechanism may write. */
  limit = Infinity
  /** Of each task that has one, if they are kept (for `Repricer`). */
  readonly prices: (Price | undefined)[] = []
  private readonly builder: TableBuilder<typeof taskColumns> = tableBuilder(taskColumns, 4096)
  private head: Int32Array<ArrayBuffer> = new Int32Array(4096).fill(-1)
  private next: Int32Array<ArrayBuffer> = new Int32Array(8192)
  private on: Int32Array<ArrayBuffer> = new Int32Array(8192)
  private to: Int32Array<ArrayBuffer> = new Int32Array(8192)
  private count = 0

  constructor(
    /** What prices are asked with; none where every duration is a number. */
    readonly costs?: Costs,
    private readonly keepsPrices = false,
  ) {}

  get length(): number {
    return this.builder.length
  }

  /** The columns, to fill by name what `task` leaves at zero; read again after each task. */
  get at(): ColumnsOf<typeof taskColumns> {
    return this.builder.at
  }

  /** As it stands; read again after each task. */
  get edges(): Successors {
    return { head: this.head, next: this.next, on: this.on, to: this.to, count: this.count }
  }

  /** A bare task, for hot paths: no objects. Its duration is rounded to whole ns, or sums would drift. */
  task(cause: number, mask: number, of: Rank, durationNs: number, layer: number): TaskIndex {
    if (this.builder.length >= this.limit) throw new RangeError('too many tasks')
    if (this.builder.length >= MOST_TASKS) throw new UsageFault(`a replay holds at most ${MOST_TASKS} tasks at one time`, 'restore in larger pieces (flashPiece=, decryptPiece=), or replay a part of the recording')
    const t = this.builder.push()
    if (this.keepsPrices) this.prices.push(undefined)
    const at = this.builder.at
    at.cause[t] = cause
    at.mask[t] = mask
    at.request[t] = this.request
    at.step[t] = this.step
    at.layer[t] = layer
    at.op[t] = -1
    at.extent[t] = -1
    at.durationNs[t] = this.limit === Infinity ? wholeNs(durationNs) : Math.round(durationNs) // a user's are looked at when it has answered
    at.priority[t] = priorityOf(of, this.request, this.step, layer)
    if (t === this.head.length) this.head = widened(this.head, -1)
    this.head[t] = -1
    return t
  }

  /** A task after up to three others (-1: none). */
  add(spec: TaskSpec, after: TaskIndex = -1, also: TaskIndex = -1, third: TaskIndex = -1): TaskIndex {
    const { durationNs } = spec
    const t = this.task(causeIndex[spec.cause], spec.mask, spec.rank, typeof durationNs === 'function' ? durationNs(this.costs!, spec.bytes ?? 0, spec.count ?? 0) : durationNs, spec.layer ?? -1)
    if (this.keepsPrices && typeof durationNs === 'function') this.prices[t] = durationNs
    const at = this.builder.at
    at.op[t] = spec.op ?? -1
    at.count[t] = spec.count ?? 0
    at.worldSwitches[t] = switchesOf(spec)
    at.bytes[t] = spec.bytes ?? 0
    at.notBeforeNs[t] = spec.notBeforeNs ?? 0
    at.extent[t] = spec.extent ?? -1
    at.effect[t] = spec.effect ?? 0
    at.detail[t] = spec.detail ?? 0
    if (after >= 0) this.waitsFor(after)
    if (also >= 0) this.waitsFor(also)
    if (third >= 0) this.waitsFor(third)
    return t
  }

  /** One more dependency of the task just added. */
  waitsFor(on: TaskIndex): void {
    this.dependsOn(this.builder.length - 1, on)
  }

  /** One more dependency of a task that has not become ready yet; `on` may be a later task. */
  dependsOn(task: TaskIndex, on: TaskIndex): void {
    if (this.count === this.to.length) {
      this.next = widened(this.next, 0)
      this.on = widened(this.on, 0)
      this.to = widened(this.to, 0)
    }
    const e = this.count++
    this.on[e] = on
    this.to[e] = task
    this.next[e] = this.head[on]!
    this.head[on] = e
  }

  /** A join: over when all of `after` are; costs nothing, holds nothing. */
  join(after: readonly TaskIndex[], layer = -1): TaskIndex {
    const t = this.task(causeIndex.wait, 0, rank.compute, 0, layer)
    for (const on of after) if (on >= 0) this.waitsFor(on)
    return t
  }

  /** A join at whose end the server of requests is asked. */
  hooked(after: readonly TaskIndex[], notBeforeNs = 0): TaskIndex {
    const t = this.join(after)
    this.at.hook[t] = 1
    this.at.notBeforeNs[t] = notBeforeNs
    return t
  }

  finish(): TaskGraph {
    const tasks = this.builder.finish()
    const cut = (edges: Int32Array): Int32Array => edges.slice(0, this.count)
    return { tasks, edges: { head: this.head.slice(0, tasks.length), next: cut(this.next), on: cut(this.on), to: cut(this.to), count: this.count } }
  }

  /** Drops every task that `keep` does not mark, with its edges; `renamed` gives each kept task's new number. Order
   *  stays, so that ties are still broken the same way. */
  drop(keep: Uint8Array, renamed: Int32Array): void {
    const { at } = this.builder
    let length = 0
    for (let t = 0; t < this.builder.length; t++) if (keep[t] === 1) renamed[t] = length++
      else renamed[t] = -1
    for (const column of Object.values(at)) {
      for (let t = 0; t < this.builder.length; t++) if (keep[t] === 1) column[renamed[t]!] = column[t]!
      column.fill(0, length, this.builder.length)
    }
    this.builder.length = length
    const { count } = this
    this.head.fill(-1, 0, length)
    this.count = 0
    for (let e = 0; e < count; e++) {
      const on = renamed[this.on[e]!]!
      const to = renamed[this.to[e]!]!
      if (on >= 0 && to >= 0) this.dependsOn(to, on)
    }
  }
}

/** World switches of a task, in the width of their column. */
function switchesOf({ worldSwitches = 0 }: TaskSpec): number {
  if (worldSwitches > 0xffff_ffff) throw new UsageFault(`one operator would cross worlds ${worldSwitches} times, and at most 4294967295 are counted`, 'check the tiles of the NPU (npu.tileM, npu.tileN, npu.tileK)')
  return worldSwitches
}

function widened(from: Int32Array, fill: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(from.length * 2)
  wider.set(from)
  if (fill !== 0) wider.fill(fill, from.length)
  return wider
}
