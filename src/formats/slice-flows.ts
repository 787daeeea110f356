import type { Spool, SpoolReader } from '../trace/spool.js'
import type { OpDrafts } from './op-drafts.js'
import type { Skipped } from './skipped.js'

/** Points of flows; sorted by track, time and the order of the file. */
export const flowRow = { track: 0, atNs: 1, seq: 2, id: 3, what: 4 } as const
export const FLOW_WIDTH = 5
/** A flow begins, ends, passes through; `THROUGH` without a begin ahead of it begins it. */
export const [FLOW_START, FLOW_END, FLOW_THROUGH] = [0, 1, 2] as const
const MAX_POINTS = 4_000_000

/** A point of a flow that met an op. */
interface Point {
  readonly atNs: number
  readonly seq: number
  readonly what: number
  readonly draft: number
}

/** Flows bound to ops: each point belongs to the op of its track that is on at its time, one that ends or passes also to the next one. */
export class Flows {
  private readonly reader: SpoolReader
  private has: boolean
  private readonly points = new Map<number, Point[]>()
  private count = 0
  private unbound = 0
  /** The op before. */
  private last = { track: -1, endNs: NaN, draft: -1 }

  constructor(flows: Spool) {
    this.reader = flows.sorted()
    this.has = this.reader.next()
  }

  /** An op of the track in order of start: takes the points up to its own end. */
  leaf(track: number, startNs: number, endNs: number, draft: number): void {
    for (; this.has; this.has = this.reader.next()) {
      const { data, at } = this.reader
      const order = data[at + flowRow.track]! - track || data[at + flowRow.atNs]! - endNs
      if (order > 0) break
      const atNs = data[at + flowRow.atNs]!
      const what = data[at + flowRow.what]!
      const isHere = data[at + flowRow.track] === track && (atNs >= startNs || what !== FLOW_START)
      // What comes in at the very end of an op belongs to the one that begins there.
      if (isHere && what !== FLOW_START && atNs === endNs && startNs < endNs) break
      if (isHere) this.bind(draft)
      else this.meetsLast()
    }
    this.last = { track, endNs, draft }
  }

  /** Each op that a flow reaches waits for the one that it came from. */
  join(drafts: OpDrafts, skipped: Skipped): void {
    for (; this.has; this.has = this.reader.next()) this.meetsLast()
    for (const points of this.points.values()) {
      points.sort((a, b) => a.atNs - b.atNs || order(a.what) - order(b.what) || a.seq - b.seq)
      let from = -1
      for (const { what, draft } of points) {
        if (what !== FLOW_START && from >= 0 && from !== draft) drafts.waits(draft, from)
        if (what === FLOW_END && from < 0) this.unbound++
        if (what !== FLOW_END) from = draft
      }
    }
    if (this.unbound > 0) skipped.count('flow that meets no op', this.unbound)
  }

  /** A point with no op behind it: that of the one that ended right there, if one did. */
  private meetsLast(): void {
    const { data, at } = this.reader
    const { track, endNs, draft } = this.last
    if (data[at + flowRow.track] === track && data[at + flowRow.atNs] === endNs) this.bind(draft)
    else this.unbound++
  }

  /** The point that the reader is at meets an op. */
  private bind(draft: number): void {
    const { data, at } = this.reader
    if (this.count >= MAX_POINTS) {
      this.unbound++
      return
    }
    this.count++
    const point = { atNs: data[at + flowRow.atNs]!, seq: data[at + flowRow.seq]!, what: data[at + flowRow.what]!, draft }
    const known = this.points.get(data[at + flowRow.id]!)
    if (known === undefined) this.points.set(data[at + flowRow.id]!, [point])
    else known.push(point)
  }
}

/** At one time a flow begins before it passes, and passes before it ends. */
const order = (what: number): number => (what === FLOW_START ? 0 : what === FLOW_THROUGH ? 1 : 2)
