import type { Spool, SpoolReader } from '../trace/spool.js'
import type { OpDrafts } from './op-drafts.js'
import type { Skipped } from './skipped.js'

/** Ends of flows; sorted by track, time and the order of the file. */
export const flowRow = { track: 0, atNs: 1, seq: 2, id: 3, isEnd: 4 } as const
export const FLOW_WIDTH = 5

/** Flows bound to ops: each end belongs to the op of its track that is on at its time, a finish also to the next one. */
export class Flows {
  private readonly reader: SpoolReader
  private has: boolean
  private readonly starts = new Map<number, number>()
  private readonly finishes = new Map<number, number>()
  private unbound = 0

  constructor(flows: Spool) {
    this.reader = flows.sorted()
    this.has = this.reader.next()
  }

  /** An op of the track in order of start: takes the flow ends up to its own end. */
  leaf(track: number, startNs: number, endNs: number, draft: number): void {
    for (; this.has; this.has = this.reader.next()) {
      const { data, at } = this.reader
      const order = data[at + flowRow.track]! - track || data[at + flowRow.atNs]! - endNs
      if (order > 0) return
      const isEnd = data[at + flowRow.isEnd] === 1
      const isHere = data[at + flowRow.track] === track && (data[at + flowRow.atNs]! >= startNs || isEnd)
      const ends = isEnd ? this.finishes : this.starts
      if (!isHere || ends.size >= 4_000_000) this.unbound++
      else ends.set(data[at + flowRow.id]!, draft)
    }
  }

  join(drafts: OpDrafts, skipped: Skipped): void {
    for (; this.has; this.has = this.reader.next()) this.unbound++
    for (const [id, to] of this.finishes) {
      const from = this.starts.get(id)
      if (from === undefined) this.unbound++
      else if (from !== to) drafts.waits(to, from)
    }
    if (this.unbound > 0) skipped.count('flow that meets no op', this.unbound)
  }
}
