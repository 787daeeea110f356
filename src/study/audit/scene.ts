import type { BusMaster } from '../../device/profile.js'
import type { Policy } from '../../replay/factors.js'
import type { Plan } from '../../replay/plan.js'
import type { Tally } from '../../replay/tally.js'
import type { Extent } from '../../run/extents.js'

/** What the audit looks at: one run's ledgers, and who is on the bus. */
export interface Scene {
  readonly policy: Policy
  readonly plan: Plan
  readonly tally: Tally
  readonly masters: readonly BusMaster[] | undefined
}

/** Something that an attacker could have used, before it is put into words. */
export interface Found {
  readonly extent?: Extent
  /** Beside an extent's own: index of a request; -1 nobody's. */
  readonly request?: number
  readonly fromNs: number
  readonly toNs: number
  readonly what: string
}

/** What a check answers before promises are looked at. */
export interface Checked {
  readonly property: 'confidentiality' | 'integrity' | 'both'
  readonly invariant: string
  readonly found: readonly Found[]
  /** Set where ledgers cannot decide: it is argued, with this reason. */
  readonly argued?: string
  /** Set where nothing of this run could break it. */
  readonly idle?: string
  /** It rests on which bytes are secret: unknown bytes make it unknown. */
  readonly ofBytes?: true
}

/** When a page holds secrets that can be read in it; undefined: never. Ciphertext is none. Until cleared, whoever has it. */
export function plaintext({ policy, tally }: Scene, { id }: Extent): { fromNs: number; toNs: number } | undefined {
  const { lives } = tally
  const fromNs = lives.at.plaintext[id]! >= 0 ? lives.at.plaintext[id]! : policy.memory.secure ? -1 : lives.at.loaded[id]!
  if (fromNs < 0) return undefined
  const ends = [lives.at.scrubbed[id]!].filter((ns) => ns >= 0)
  return { fromNs, toNs: ends.length > 0 ? Math.max(fromNs, Math.min(...ends)) : Math.max(fromNs, tally.endNs) }
}

/** When the normal world's kernel cannot reach it: from the completed invalidation, or from a region as programmed that
 *  holds all of it, until it is mapped again. */
export function unreachable({ tally: { lives } }: Scene, extent: Extent): { fromNs: number; toNs: number } {
  const remappedNs = lives.at.remapped[extent.id]!
  return { fromNs: lives.protectedFromNs(extent), toNs: remappedNs >= 0 ? remappedNs : Infinity }
}

/** The parts of `inner` that lie outside of `outer`. */
export function outside(inner: { fromNs: number; toNs: number }, outer: { fromNs: number; toNs: number }): { fromNs: number; toNs: number }[] {
  const parts = [
    { fromNs: inner.fromNs, toNs: Math.min(inner.toNs, outer.fromNs) },
    { fromNs: Math.max(inner.fromNs, outer.toNs, Math.min(inner.toNs, outer.fromNs)), toNs: inner.toNs },
  ]
  return parts.filter(({ fromNs, toNs }) => toNs > fromNs)
}
