import type { Plan } from '../replay/plan.js'
import type { Tally } from '../replay/tally.js'
import type { Extent } from '../run/extents.js'
import type { ExposureRow } from './tables.js'

/** States of pages, from what anybody can read to what nobody else can. */
export const exposureStates = ['free for all', 'protected, encrypted', 'protected, secret', 'secret, in reach'] as const
type State = (typeof exposureStates)[number]

/** Layers that the timeline shows beside activations, KV, embedding and framework. */
const LAYERS = 4

/** When each unit of the first request's pages was in which state, until its first token. A unit's pieces overlap: a
 *  state lasts from its first piece's to its last one's. */
export function exposureRows(policy: string, order: number, { plan, tally, isSecure, untilNs }: { plan: Plan; tally: Tally; isSecure: boolean; untilNs: number }): ExposureRow[] {
  const first = plan.requests[0]!.index
  const spans = new Map<string, ExposureRow>()
  for (const extent of plan.extents) {
    const unit = unitOf(extent)
    if (unit === undefined || extent.request !== first || extent.initial) continue
    for (const { state, fromNs, toNs } of statesOf(tally, extent, isSecure, untilNs)) {
      const key = `${unit.name}/${state}`
      const span = spans.get(key)
      if (span === undefined) spans.set(key, { policy, order, unit: unit.name, unitOrder: unit.order, state, stateOrder: exposureStates.indexOf(state), fromNs, toNs, bytes: extent.bytes })
      else spans.set(key, { ...span, fromNs: Math.min(span.fromNs, fromNs), toNs: Math.max(span.toNs, toNs), bytes: span.bytes + extent.bytes })
    }
  }
  return [...spans.values()].sort((a, b) => a.unitOrder - b.unitOrder || a.stateOrder - b.stateOrder)
}

function unitOf({ content, layer }: Extent): { name: string; order: number } | undefined {
  if (content !== 'weights') return { name: content === 'working' ? 'activations and KV' : content, order: -2 }
  if (layer === -1) return { name: 'embedding', order: -1 }
  return layer < LAYERS ? { name: `layer ${layer}`, order: layer } : undefined
}

function statesOf({ lives }: Tally, extent: Extent, isSecure: boolean, untilNs: number): { state: State; fromNs: number; toNs: number }[] {
  const { at } = lives
  const { id } = extent
  const born = at.allocated[id]!
  if (born < 0) return []
  const secret = at.plaintext[id]! >= 0 ? at.plaintext[id]! : isSecure ? Infinity : at.loaded[id]!
  const end = Math.min(untilNs, at.freed[id]! >= 0 ? at.freed[id]! : untilNs)
  const protectedFrom = lives.protectedFromNs(extent)
  const parts: { state: State; fromNs: number; toNs: number }[] = [
    { state: 'free for all', fromNs: born, toNs: Math.min(protectedFrom, secret, end) },
    { state: 'secret, in reach', fromNs: secret, toNs: Math.min(protectedFrom, end) },
    { state: 'protected, encrypted', fromNs: protectedFrom, toNs: Math.min(secret, end) },
    { state: 'protected, secret', fromNs: Math.max(protectedFrom, secret), toNs: end },
  ]
  return parts.filter(({ fromNs, toNs }) => toNs > fromNs)
}
