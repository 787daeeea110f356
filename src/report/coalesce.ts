import type { TimelineRow } from '../analysis/tables.js'

/** The timeline as it is drawn: tasks of one lane, cause and layer that follow each other within 1/2000 of the
 *  policy's span (half a pixel) become one bar, so that ten thousand pieces stay a drawing. CSV keeps every task. */
export function coalesced(rows: readonly TimelineRow[]): TimelineRow[] {
  const spans = new Map<string, { low: number; high: number }>()
  for (const row of rows) {
    const span = spans.get(row.policy) ?? { low: Infinity, high: -Infinity }
    spans.set(row.policy, { low: Math.min(span.low, row.startNs), high: Math.max(span.high, row.endNs) })
  }
  const sorted = [...rows].sort(
    (a, b) => a.order - b.order || a.laneOrder - b.laneOrder || a.startNs - b.startNs || a.endNs - b.endNs,
  )
  const drawn: TimelineRow[] = []
  for (const row of sorted) {
    const span = spans.get(row.policy)!
    const last = drawn.at(-1)
    const joins =
      last !== undefined &&
      last.policy === row.policy &&
      last.lane === row.lane &&
      last.cause === row.cause &&
      last.layer === row.layer &&
      row.startNs - last.endNs <= (span.high - span.low) / 2000
    if (joins) last.endNs = Math.max(last.endNs, row.endNs)
    else drawn.push({ ...row })
  }
  return drawn
}
