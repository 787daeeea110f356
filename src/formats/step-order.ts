import { BadInput } from '../base/errors.js'
import type { TraceWriter } from '../trace/writer.js'
import type { Placement } from './runs.js'

const MAX_LANES = 0x1_0000

/** Keeps the steps of each request in order while ops are written by start, and ties each run to the one before. */
export class StepOrder {
  private readonly latestRun: Int32Array
  private request = -1
  private run = -1
  /** Of the runs before this one, of the same request: the op that ended last. */
  private before = -1
  private beforeEndNs = 0
  private beforeLane = -1
  private last = -1
  private lastEndNs = 0
  private lastLane = -1
  private readonly laneRun: number[] = []

  constructor(
    private readonly writer: TraceWriter,
    private readonly placement: Placement,
  ) {
    this.latestRun = new Int32Array(placement.promptTokens.length).fill(-1)
  }

  /** The run that an op of `run` is counted to: a step never goes back, so what starts late (another stream) counts
   *  to the step that has begun. */
  clamped(run: number): number {
    const request = this.placement.request[run]!
    const latest = this.latestRun[request]!
    if (run < latest) return latest
    this.latestRun[request] = run
    return run
  }

  /** Called for the op just pushed. The first op of each lane in a run waits for the end of the runs before, where
   *  the recording shows it did and the lane's own order does not say so. True when a dependency was written. */
  pushed(run: number, lane: number, startNs: number, endNs: number): boolean {
    const self = this.writer.opCount - 1
    const request = this.placement.request[run]!
    if (request !== this.request) {
      this.request = request
      this.run = run
      this.before = this.last = -1
    } else if (run !== this.run) {
      this.run = run
      this.before = this.last
      this.beforeEndNs = this.lastEndNs
      this.beforeLane = this.lastLane
    }
    const isFirst = this.laneRun[lane] !== run
    this.laneRun[lane] = run
    if (this.last < 0 || endNs >= this.lastEndNs) {
      this.last = self
      this.lastEndNs = endNs
      this.lastLane = lane
    }
    if (!isFirst || this.before < 0 || this.beforeLane === lane || this.beforeEndNs > startNs) return false
    this.writer.waitsFor(this.before)
    return true
  }
}

/** Lanes numbered by first use, named as the recording names its threads and streams. */
export class Lanes {
  readonly names: string[] = []
  private readonly index = new Map<string, number>()

  constructor(private readonly file: string) {}

  of(name: string): number {
    let lane = this.index.get(name)
    if (lane === undefined) {
      if (this.names.length === MAX_LANES)
        throw new BadInput({ file: this.file }, `at most ${MAX_LANES} threads and streams`, 'more of them')
      this.index.set(name, (lane = this.names.length))
      this.names.push(name)
    }
    return lane
  }
}
