/** An overlap below this share of the shorter slice is how devices begin a piece of work before the last one has ended. */
const KEPT_OVERLAP = 0.5

/** What a sweep over slices did with those that overlap without one holding the other. */
export interface Overlaps {
  /** Both keep their times. */
  kept: number
  /** The earlier one ends where the later one begins. */
  clipped: number
}

/** Sweeps the slices of one track: at every moment the innermost one is on, so that an operator's own time is its time less
 *  that of those it calls, nothing is counted twice, and the segments of a track add up to the time that its slices
 *  cover. Rows are the caller's numbers; they come in order of start, of the same start the longer one first (of the
 *  same length, the one that holds the other). A slice of no length holds nothing. O(n), allocates only as it deepens. */
export class OwnTime {
  readonly overlaps: Overlaps = { kept: 0, clipped: 0 }
  /** A device's track, where a small overlap is real. A thread runs one thing at a time: there the later slice has the time. */
  keepsOverlaps = false
  private rows = new Float64Array(64)
  private ends = new Float64Array(64)
  /** From when on the slice at this depth is the innermost again. */
  private froms = new Float64Array(64)
  private starts = new Float64Array(64)
  private isParent = new Uint8Array(64)
  private depth = 0

  /** `segment` gets each piece of a row's own time when it ends, in order of start but for kept overlaps; a parent's may
   *  be several, those of no length are left out. A slice that holds no other is one piece, of no length too. */
  constructor(private readonly segment: (row: number, startNs: number, endNs: number, isParent: boolean) => void) {}

  /** Slice `row` begins. Gives the row of the slice that holds it; -1: none does. */
  enter(row: number, startNs: number, endNs: number): number {
    while (this.depth > 0) {
      const top = this.depth - 1
      const isInside = startNs < this.ends[top]! && endNs <= this.ends[top]!
      if (isInside) break
      if (startNs < this.ends[top]!) this.overlap(top, startNs, endNs)
      this.leave()
    }
    const parent = this.depth === 0 ? -1 : this.rows[this.depth - 1]!
    if (endNs === startNs) {
      this.segment(row, startNs, endNs, false)
      return parent
    }
    if (this.depth > 0) {
      const top = this.depth - 1
      this.isParent[top] = 1
      if (startNs > this.froms[top]!) this.segment(parent, this.froms[top]!, startNs, true)
    }
    if (this.depth === this.rows.length) this.deepen()
    const at = this.depth++
    this.rows[at] = row
    this.starts[at] = this.froms[at] = startNs
    this.ends[at] = endNs
    this.isParent[at] = 0
    return parent
  }

  /** The rows that have begun and not ended, the outermost first. */
  eachOpen(use: (row: number) => void): void {
    for (let at = 0; at < this.depth; at++) use(this.rows[at]!)
  }

  /** The track ends: what is open ends at its time. Another track may begin. */
  finish(): void {
    while (this.depth > 0) this.leave()
  }

  /** The slice at the top and the one that begins lie in each other's time, neither in the other. */
  private overlap(top: number, startNs: number, endNs: number): void {
    const overlapNs = this.ends[top]! - startNs
    const isSmall = overlapNs < KEPT_OVERLAP * Math.min(this.ends[top]! - this.starts[top]!, endNs - startNs)
    if (this.keepsOverlaps && isSmall && this.isParent[top] === 0) {
      this.overlaps.kept++
      return
    }
    if (this.isParent[top] === 0) this.overlaps.clipped++
    this.ends[top] = startNs
  }

  private leave(): void {
    const top = --this.depth
    const isParent = this.isParent[top] === 1
    const endNs = this.ends[top]!
    if (!isParent || endNs > this.froms[top]!) this.segment(this.rows[top]!, this.froms[top]!, endNs, isParent)
    if (top > 0) this.froms[top - 1] = Math.max(this.froms[top - 1]!, endNs)
  }

  private deepen(): void {
    const wider = (old: Float64Array) => {
      const fresh = new Float64Array(old.length * 2)
      fresh.set(old)
      return fresh
    }
    this.rows = wider(this.rows)
    this.starts = wider(this.starts)
    this.froms = wider(this.froms)
    this.ends = wider(this.ends)
    const isParent = new Uint8Array(this.rows.length)
    isParent.set(this.isParent)
    this.isParent = isParent
  }
}
