import type { TraceWriter } from '../trace/writer.js'
import type { Skipped } from './skipped.js'

/** Which op waits for which, by the ids under which they were added, until they stand in a trace. */
export class DraftEdges {
  private readonly edges: { from: number; to: number }[] = []
  private opOf = new Int32Array(0)

  get length(): number {
    return this.edges.length
  }

  /** Op `from` waits for op `to`. */
  add(from: number, to: number): void {
    this.edges.push({ from, to })
  }

  /** No more are added; `ops` is how many ops there are. */
  sort(ops: number): void {
    this.edges.sort((a, b) => a.from - b.from || a.to - b.to)
    if (this.length > 0) this.opOf = new Int32Array(ops).fill(-1)
  }

  /** The latest op of the trace is the one of this id: it gets what it waits for, of ops ahead of it. */
  placed(id: number, into: TraceWriter, skipped: Skipped): void {
    const { edges, opOf } = this
    if (edges.length === 0) return
    opOf[id] = into.opCount - 1
    for (let edge = firstFrom(edges, id); edge < edges.length && edges[edge]!.from === id; edge++) {
      const on = opOf[edges[edge]!.to]!
      if (on >= 0) into.waitsFor(on)
      else skipped.count('dependency on an op that starts later')
    }
  }
}

function firstFrom(edges: readonly { readonly from: number }[], from: number): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]!.from < from) low = middle + 1
    else high = middle
  }
  return low
}
