/** Sessions that one file holds, one behind the other. Each counts its time from its own beginning; where a file goes on with an earlier
 *  time, the later session is laid behind the earlier one. */
export class OrtSessions {
  /** The number of the session that is being read. */
  count = 0
  /** Sessions whose clock began anew. */
  restarts = 0
  private shiftNs = 0
  private endNs = -Infinity
  private hasNodes = false
  private firstName = -1
  private firstThread = -1
  /** The end of the latest node of the first one's thread. */
  private threadEndNs = -Infinity

  /** A session's model is loaded, or it is initialised. */
  begins(atNs: number): void {
    if (this.hasNodes) this.open(atNs)
  }

  /** A node as it was written, in the file's order: its start on the clock of the whole file. */
  node(startNs: number, durationNs: number, name: number, thread: number): number {
    // The first node of a graph, again, before its thread has done with what came before: no run can begin then.
    const isAgain = name === this.firstName && thread === this.firstThread && startNs + this.shiftNs < this.threadEndNs
    if (this.hasNodes && isAgain) this.open(startNs)
    if (!this.hasNodes) {
      this.hasNodes = true
      this.firstName = name
      this.firstThread = thread
      this.threadEndNs = -Infinity
    }
    const shifted = startNs + this.shiftNs
    if (thread === this.firstThread) this.threadEndNs = Math.max(this.threadEndNs, shifted + durationNs)
    this.endNs = Math.max(this.endNs, shifted + durationNs)
    return shifted
  }

  /** A run of the model: its start on the clock of the whole file. */
  run(startNs: number, durationNs: number): number {
    const shifted = startNs + this.shiftNs
    this.endNs = Math.max(this.endNs, shifted + durationNs)
    return shifted
  }

  private open(atNs: number): void {
    this.count++
    this.hasNodes = false
    if (atNs + this.shiftNs >= this.endNs) return
    this.shiftNs = this.endNs - atNs
    this.restarts++
  }
}
