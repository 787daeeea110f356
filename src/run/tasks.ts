import { tableBuilder, type ColumnsOf, type Table, type TableBuilder } from '../trace/columns.js'
import type { Cause } from './causes.js'
import { causeIndex } from './causes.js'

/** Tasks of a replay; row i of every column is task i. A task's dependencies precede it. */
export const taskColumns = {
  cause: Uint8Array, //       index into `causes`
  mask: Uint8Array, //        resources held at once (`resources.ts`); 0: a join, no resource
  request: Uint16Array,
  step: Uint32Array,
  layer: Int32Array, //       -1: none; -2: before the weights (activations, KV)
  op: Int32Array, //          trace op it came from; -1: none
  durationNs: Float64Array, // whole ns
  count: Float64Array, //     what the cause counts: calls, pages, submissions, switches
  worldSwitches: Uint32Array, // round trips between worlds inside the task
  bytes: Float64Array,
  priority: Float64Array, //  lower goes first; ties by task number
  notBeforeNs: Float64Array, // an arrival; 0: none
} as const
export type TaskTable = Table<typeof taskColumns>
export type TaskIndex = number

/** Tasks with their dependencies in compressed rows: task i waits for `to[first[i]] … to[first[i + 1] - 1]`. */
export interface TaskGraph {
  readonly tasks: TaskTable
  readonly first: Uint32Array
  readonly to: Uint32Array
}

/** Classes of work in the order in which a free server takes them (docs/model.md). */
export const rank = { due: 0, compute: 1, issue: 2, protect: 3, map: 4, decrypt: 5, allocate: 6, after: 7 } as const
export type Rank = (typeof rank)[keyof typeof rank]

/** The step of what happens after the last token: release, scrub. */
export const AFTERWARDS = 2 ** 18 - 1

const REQUESTS = 2 ** 14
const STEPS = 2 ** 18
const LAYERS = 2 ** 14

/** (rank, request, step, layer) as one double: 49 bits, exact. */
export function priorityOf(of: Rank, request: number, step: number, layer: number): number {
  return ((of * REQUESTS + request) * STEPS + step) * LAYERS + layer + 2
}

export interface TaskSpec {
  readonly cause: Cause
  readonly mask: number
  readonly rank: Rank
  readonly durationNs: number
  readonly count?: number
  readonly worldSwitches?: number
  readonly bytes?: number
  readonly layer?: number
  readonly op?: number
  readonly notBeforeNs?: number
}

/** Writes tasks one by one; each names its dependencies at once, all of them earlier tasks. */
export class TaskWriter {
  request = 0
  step = 0
  private readonly builder: TableBuilder<typeof taskColumns> = tableBuilder(taskColumns, 4096)
  private first = new Uint32Array(4097)
  private to = new Uint32Array(8192)
  private edges = 0

  get length(): number {
    return this.builder.length
  }

  /** The columns, to fill by name what `task` leaves at zero; read again after each task. */
  get at(): ColumnsOf<typeof taskColumns> {
    return this.builder.at
  }

  /** A bare task, for hot paths: no objects. Its duration is rounded to whole ns, or sums would drift. */
  task(cause: number, mask: number, of: Rank, durationNs: number, layer: number): TaskIndex {
    const t = this.builder.push()
    const at = this.builder.at
    at.cause[t] = cause
    at.mask[t] = mask
    at.request[t] = this.request
    at.step[t] = this.step
    at.layer[t] = layer
    at.op[t] = -1
    at.durationNs[t] = Math.round(durationNs)
    at.priority[t] = priorityOf(of, this.request, this.step, layer)
    if (t + 2 > this.first.length) this.first = widened(this.first)
    this.first[t + 1] = this.edges
    return t
  }

  /** A task after up to three others (-1: none). */
  add(spec: TaskSpec, after: TaskIndex = -1, also: TaskIndex = -1, third: TaskIndex = -1): TaskIndex {
    const t = this.task(causeIndex[spec.cause], spec.mask, spec.rank, spec.durationNs, spec.layer ?? -1)
    const at = this.builder.at
    at.op[t] = spec.op ?? -1
    at.count[t] = spec.count ?? 0
    at.worldSwitches[t] = spec.worldSwitches ?? 0
    at.bytes[t] = spec.bytes ?? 0
    at.notBeforeNs[t] = spec.notBeforeNs ?? 0
    if (after >= 0) this.waitsFor(after)
    if (also >= 0) this.waitsFor(also)
    if (third >= 0) this.waitsFor(third)
    return t
  }

  /** One more dependency of the task just added. */
  waitsFor(on: TaskIndex): void {
    if (this.edges === this.to.length) this.to = widened(this.to)
    this.to[this.edges++] = on
    this.first[this.builder.length] = this.edges
  }

  /** A join: over when all of `after` are; costs nothing, holds nothing. */
  join(after: readonly TaskIndex[], layer = -1): TaskIndex {
    const t = this.task(causeIndex.wait, 0, rank.compute, 0, layer)
    for (const on of after) if (on >= 0) this.waitsFor(on)
    return t
  }

  finish(): TaskGraph {
    const tasks = this.builder.finish()
    return { tasks, first: this.first.slice(0, tasks.length + 1), to: this.to.slice(0, this.edges) }
  }
}

function widened(from: Uint32Array): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(from.length * 2)
  wider.set(from)
  return wider
}
