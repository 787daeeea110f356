import type { SpoolReader } from '../trace/spool.js'
import { Overlaps } from './overlaps.js'
import type { Skipped } from './skipped.js'

/** Where the columns that it looks at stand in a row. */
export interface LaneColumns {
  readonly startNs: number
  readonly durationNs: number
  readonly lane: number
  readonly seq: number
}

/** Ops of one lane that a file says ran at the same time. Told on the way in whether there are any: only then is the file gone
 *  through once more. Of a device's stream an op that reaches far into the next one is cut there; of a thread one that lies inside
 *  another is a call that its reader did not take apart, and both are kept. */
export class DraftLanes {
  private endNs = new Float64Array(16).fill(-Infinity)
  private isAny = false
  private readonly overlaps = new Overlaps()
  private nested = 0

  /** An op with a start of its own, in the order of the file. */
  note(lane: number, startNs: number, durationNs: number): void {
    if (lane >= this.endNs.length) {
      const wider = new Float64Array(Math.max(lane + 1, this.endNs.length * 2)).fill(-Infinity)
      wider.set(this.endNs)
      this.endNs = wider
    }
    this.isAny ||= startNs < this.endNs[lane]!
    this.endNs[lane] = Math.max(this.endNs[lane]!, startNs + durationNs)
  }

  /** Looks at all ops in order of start; `isThread`: whether the row is one of a host thread. World switches (`isSwitch`) are measured
   *  beside what their thread does, less what ran in them: they overlap nothing. */
  look(sorted: SpoolReader, at: LaneColumns, isSwitch: (data: Float64Array, row: number) => boolean, isThread: (data: Float64Array, row: number) => boolean): void {
    if (!this.isAny) return
    this.endNs.fill(-Infinity)
    while (sorted.next()) {
      const { data, at: row } = sorted
      if (isSwitch(data, row)) continue
      const lane = data[row + at.lane]!
      const startNs = data[row + at.startNs]!
      const durationNs = data[row + at.durationNs]!
      const endNs = startNs + durationNs
      if (isThread(data, row) && durationNs > 0 && endNs <= this.endNs[lane]!) {
        this.nested++
        continue
      }
      if (endNs > this.endNs[lane]!) this.endNs[lane] = endNs
      this.overlaps.see(lane, data[row + at.seq]!, startNs, durationNs)
    }
  }

  /** How long the op of that number counts. */
  durationNs(seq: number, recordedNs: number): number {
    return this.overlaps.durationNs(seq, recordedNs)
  }

  /** Writes down what was found. */
  count(skipped: Skipped): void {
    const { kept, clipped } = this.overlaps
    if (clipped > 0) skipped.count('op that reached into the next one of its lane: cut where that begins', clipped)
    if (kept > 0) skipped.count('op that overlaps the next one of its lane by less than half: kept', kept)
    if (this.nested > 0) skipped.count('op inside another one of its thread: kept', this.nested)
  }
}
