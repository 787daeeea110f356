const MAX_CLIPPED = 4_000_000

/** Ops that overlapped the next one of their lane, where one can only begin when the one before has ended. A small overlap is
 *  real (dependent launches: a kernel begins while the last blocks of the one before run out) and kept; one of half the shorter
 *  op or more is a wrong end, and cut where the next op begins. */
export class Overlaps {
  /** Overlaps of less than half the shorter op. */
  kept = 0
  /** Ops that end earlier than the recording says. */
  clipped = 0
  /** By how much, ns. */
  clippedNs = 0
  /** By lane: the op that may reach into the next one. */
  private lastSeq = new Float64Array(64).fill(-1)
  private lastStartNs = new Float64Array(64)
  private lastDurationNs = new Float64Array(64)
  /** By `seq`: ns up to the op that came next. */
  private readonly durations = new Map<number, number>()

  /** Takes every op once, in order of start. `lane`: 0 or more, numbered densely; `seq`: the number under which `durationNs` is asked. */
  see(lane: number, seq: number, startNs: number, durationNs: number): void {
    if (lane >= this.lastSeq.length) this.reach(lane)
    const beforeSeq = this.lastSeq[lane]!
    if (beforeSeq >= 0) {
      const beforeStartNs = this.lastStartNs[lane]!
      const beforeNs = this.lastDurationNs[lane]!
      const overlapNs = Math.min(beforeStartNs + beforeNs, startNs + durationNs) - startNs
      if (overlapNs > 0) {
        if (overlapNs * 2 < Math.min(beforeNs, durationNs)) this.kept++
        else this.clip(beforeSeq, beforeNs, startNs - beforeStartNs)
      } else if (beforeStartNs + beforeNs > startNs) return // a moment within the op before, which may still reach into the next
    }
    this.lastSeq[lane] = seq
    this.lastStartNs[lane] = startNs
    this.lastDurationNs[lane] = durationNs
  }

  /** How long op `seq`, which the recording says took `recordedNs`, counts. */
  durationNs(seq: number, recordedNs: number): number {
    return this.clipped === 0 ? recordedNs : (this.durations.get(seq) ?? recordedNs)
  }

  /** More of them than there is room for: the ones beyond keep their durations, and the file is none of one op after the other. */
  get isFull(): boolean {
    return this.durations.size === MAX_CLIPPED
  }

  private clip(seq: number, recordedNs: number, durationNs: number): void {
    if (this.isFull) return
    this.durations.set(seq, durationNs)
    this.clipped++
    this.clippedNs += recordedNs - durationNs
  }

  private reach(lane: number): void {
    const wider = (old: Float64Array, fill: number) => {
      const fresh = new Float64Array(Math.max(lane + 1, old.length * 2)).fill(fill)
      fresh.set(old)
      return fresh
    }
    this.lastSeq = wider(this.lastSeq, -1)
    this.lastStartNs = wider(this.lastStartNs, 0)
    this.lastDurationNs = wider(this.lastDurationNs, 0)
  }
}
