import type { TaskIndex, TaskWriter } from '../run/tasks.js'
import type { Trace } from '../trace/trace.js'
import type { Waits } from './waits.js'

/** What an op waits for among the ops before it. */
export interface OpOrder {
  /** A step begins: its ops follow the task `start`, which ended at `recordedNs` in the recording. */
  beginStep(start: TaskIndex, recordedNs: number): void
  /** Adds what op `i` waits for; returns the time that passed in the recording between the end of that and the op's start. */
  waits(i: number, waits: Waits): number
  /** The last task of op `i`. */
  placed(i: number, task: TaskIndex): void
}

/** What orders know of a request's ops: each op's last task (-1: none yet), and whether some op waits for it. One for all
 *  requests of a replay, by op: columns for each of them would take as long as all requests' ops together. */
export class OpTasks {
  endOf = new Int32Array(0)
  followed = new Uint8Array(0)

  /** Makes room for `ops` ops; none is known. */
  widen(ops: number): void {
    if (this.endOf.length >= ops) return
    this.endOf = new Int32Array(ops).fill(-1)
    this.followed = new Uint8Array(ops)
  }

  /** The request whose ops these are is lowered: the next one sees none of them. */
  forget(own: Uint32Array): void {
    for (const op of own) {
      this.endOf[op] = -1
      this.followed[op] = 0
    }
  }
}

/** A lane of a recording: a thread or stream of one processor. Rows of a profile whose starts are inferred ran one by one,
 *  whatever they ran on. */
const laneOf = ({ ops }: Trace, i: number, isLaid: readonly boolean[]): number => ops.lane[i]! * 4 + (isLaid[ops.rules[i]!] === true ? 3 : ops.processor[i]!)

/** By dependencies and, in a trace of program order, by lanes: for ops whose times are the target's. */
export class ProgramOrder implements OpOrder {
  private start: TaskIndex = -1
  private readonly lanes = new Map<number, number>() // lane → its last op in this step
  private readonly byLane: boolean

  constructor(
    private readonly trace: Trace,
    private readonly isLaid: readonly boolean[],
    private readonly tasks: OpTasks,
  ) {
    this.byLane = trace.header.dependencies === 'program-order'
  }

  beginStep(start: TaskIndex): void {
    this.start = start
    this.lanes.clear()
  }

  waits(i: number, waits: Waits): number {
    const { first, to } = this.trace.after
    const { endOf, followed } = this.tasks
    for (let e = first[i]!; e < first[i + 1]!; e++) {
      const on = to[e]!
      if (endOf[on]! > this.start) {
        waits.add(endOf[on]!)
        followed[on] = 1
      }
    }
    const ahead = this.byLane ? (this.lanes.get(laneOf(this.trace, i, this.isLaid)) ?? -1) : -1
    if (ahead >= 0) {
      waits.add(endOf[ahead]!)
      followed[ahead] = 1
    }
    if (waits.length === 0) waits.add(this.start)
    return 0
  }

  placed(i: number, task: TaskIndex): void {
    this.tasks.endOf[i] = task
    if (this.byLane) this.lanes.set(laneOf(this.trace, i, this.isLaid), i)
  }
}

interface Lane {
  step: number
  /** Ops that the lane's latest one did not wait for. */
  readonly open: number[]
  /** What every op of the lane waits for, and when that ended in the recording. */
  base: TaskIndex
  baseNs: number
}

/**
 * As the recording shows it: an op waits for what had ended when it started (its dependencies, the ops before it in its lane, the
 * step before) and for as long as passed since. What overlapped in the recording can overlap again, across steps too. Replayed
 * with the recorded durations, every op starts when it started.
 */
export class RecordedOrder implements OpOrder {
  private start: TaskIndex = -1
  private startNs = 0
  private step = -1
  private first: TaskIndex = -1
  private firstNs = 0
  private readonly lanes = new Map<number, Lane>()

  constructor(
    private readonly trace: Trace,
    private readonly isLaid: readonly boolean[],
    private readonly tasks: OpTasks,
    private readonly write: TaskWriter,
  ) {}

  beginStep(start: TaskIndex, recordedNs: number): void {
    this.start = start
    this.startNs = recordedNs
    if (++this.step > 0) return
    this.first = start
    this.firstNs = recordedNs
  }

  waits(i: number, waits: Waits): number {
    const { ops, after } = this.trace
    const { endOf, followed } = this.tasks
    const startsNs = ops.startNs[i]!
    const lane = this.laneAt(i, startsNs)
    let sinceNs = lane.baseNs
    for (let e = after.first[i]!; e < after.first[i + 1]!; e++) {
      const on = after.to[e]!
      const endNs = ops.startNs[on]! + ops.durationNs[on]!
      if (endOf[on]! < 0 || endNs > startsNs) continue // it had not ended: the recording does not show that the op waited
      if (endOf[on]! <= this.start && startsNs >= this.startNs) continue // the step waits for it
      waits.add(endOf[on]!)
      followed[on] = 1
      sinceNs = Math.max(sinceNs, endNs)
    }
    let left = 0
    let settled = 0
    for (const on of lane.open) {
      const endNs = ops.startNs[on]! + ops.durationNs[on]!
      if (endNs > startsNs) lane.open[left++] = on
      else {
        waits.add(endOf[on]!)
        followed[on] = 1
        sinceNs = Math.max(sinceNs, endNs)
        lane.baseNs = Math.max(lane.baseNs, endNs)
        if (settled++ === 0 && left === 0) lane.base = endOf[on]!
        else lane.base = this.write.join([lane.base, endOf[on]!])
      }
    }
    lane.open.length = left
    if (settled === 0 || left > 0) waits.add(lane.base)
    return Math.max(0, startsNs - sinceNs)
  }

  placed(i: number, task: TaskIndex): void {
    this.tasks.endOf[i] = task
    this.lanes.get(laneOf(this.trace, i, this.isLaid))!.open.push(i)
  }

  /** The lane of op `i`, whose ops follow the step's start; one that started before the step did follows its lane alone. */
  private laneAt(i: number, startsNs: number): Lane {
    const key = laneOf(this.trace, i, this.isLaid)
    let lane = this.lanes.get(key)
    if (lane === undefined) this.lanes.set(key, (lane = { step: -1, open: [], base: this.first, baseNs: this.firstNs }))
    if (lane.step !== this.step && startsNs >= this.startNs) {
      lane.open.length = 0
      lane.base = this.start
      lane.baseNs = this.startNs
      lane.step = this.step
    }
    return lane
  }
}
