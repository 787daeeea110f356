/** What the papers published, as data: `reports/published/`, a file a paper. */
import type { ClaimId } from './claim-ids.js'

export const PUBLISHED_SCHEMA = 'worldswitch-published/1'

export interface PublishedPaper {
  readonly schema: typeof PUBLISHED_SCHEMA
  readonly paper: { readonly id: string; readonly title: string; readonly reference: string }
  readonly claims: readonly PublishedClaim[]
}

export interface PublishedClaim {
  readonly id: ClaimId
  /** What is claimed, in a few words. */
  readonly claim: string
  readonly kind: ClaimKind
  /** `calibrate`: parameters may be read from it. `validate`: kept to check against. */
  readonly use: 'calibrate' | 'validate'
  /** How we know it: the source’s own text, a careful note of it, two notes that agree, or released code. */
  readonly grade: 'full text' | 'reading note' | 'reading note, two agree' | 'full text / reading note' | 'public code'
  readonly parts: readonly PublishedPart[]
  readonly conditions: PublishedConditions
  /** Paper and section. */
  readonly source: string
  readonly notes: string
}

export type ClaimKind = 'ratio' | 'absolute' | 'percent-points' | 'range' | 'bound' | 'shape' | 'direction'
export type Unit = '×' | '%' | 'ms' | 'tok/s' | 'GiB/s' | ''

/** One number of a claim: with every account where a paper disagrees with itself; a range, open where it is a bound; or
 *  a shape, which holds or does not. */
export type PublishedPart = PublishedNumber | PublishedRange | PublishedShape

interface Labelled {
  /** Unique in its claim. */
  readonly label: string
  readonly unit: Unit
  /** What counts as inside; ours, fixed before the first replay. Absent: a range is its own, a number has none. */
  readonly tolerance?: { readonly low: number; readonly high: number }
}
export interface PublishedNumber extends Labelled {
  readonly accounts: readonly { readonly value: number; readonly where: string }[]
}
export interface PublishedRange extends Labelled {
  readonly range: { readonly low: number | null; readonly high: number | null }
}
export interface PublishedShape extends Labelled {
  readonly shape: true
}

export interface PublishedConditions {
  /** A built-in device. */
  readonly device: string
  readonly models: readonly string[]
  readonly quant: string
  readonly promptTokens: readonly number[]
  /** Null: not disclosed, and only the first token matters. */
  readonly outputTokens: number | null
  /** One for all models, or one each. */
  readonly pressureGiB: readonly number[]
  /** What is resident at the start. */
  readonly state: string
}
