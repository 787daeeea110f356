import { BadInput } from '../base/errors.js'

const MAX_SPANS = 100
const MAX_AGAIN = 16

/** How many recordings a file holds, and where in time each begins: a profiler that ran twice writes both into one list of events.
 *  They tell themselves apart by the span that each writes of itself, by steps that are counted from the beginning again, and by
 *  correlations that come again. */
export class Recordings {
  private readonly spans: { readonly startNs: number; readonly endNs: number }[] = []
  private readonly began: number[] = []
  /** By how often a correlation had been there: the first and the last launch that was the so-manieth of its correlation. */
  private readonly firstNs: number[] = []
  private readonly lastNs: number[] = []

  /** A recording's span of itself. */
  span(startNs: number, endNs: number): void {
    if (this.spans.length < MAX_SPANS) this.spans.push({ startNs, endNs })
  }

  /** Something that counts from the beginning again begins at `ns`. */
  beginsAt(ns: number): void {
    if (this.began.length < MAX_SPANS) this.began.push(ns)
  }

  /** Launches of one correlation, by time. */
  again(times: readonly number[]): void {
    for (const [i, ns] of times.slice(0, MAX_AGAIN).entries()) {
      this.firstNs[i] = Math.min(this.firstNs[i] ?? Infinity, ns)
      this.lastNs[i] = Math.max(this.lastNs[i] ?? -Infinity, ns)
    }
  }

  /** Where the second recording and those behind it begin. Throws `BadInput` where recordings of one device overlap: their ops would
   *  be those of one step. */
  starts(file: string, devices: number): number[] {
    const spans = [...this.spans].sort((a, b) => a.startNs - b.startNs)
    const overlapping = spans.findIndex(({ startNs }, i) => i > 0 && startNs < spans[i - 1]!.endNs)
    if (overlapping > 0 && devices < 2)
      throw new BadInput({ file }, 'one recording, or several one behind the other', `${spans.length} spans of a profiler that overlap on one device`, 'import each recording from a file of its own')
    if (overlapping > 0) return []
    if (spans.length > 1) return spans.slice(1).map(({ startNs }) => startNs)
    if (this.began.length > 0) return [...new Set(this.began)].sort((a, b) => a - b)
    // Only where all of the first are over: processes side by side count alike.
    return this.firstNs.filter((ns, i) => i > 0 && this.lastNs[i - 1]! < ns)
  }
}
