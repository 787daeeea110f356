import type { BoardId } from './scene.js'
import type { ClaimId } from './claim-ids.js'
import type { ClaimKind, PublishedConditions, PublishedPart, Unit } from './published.js'

export const VALIDATION_SCHEMA = 'worldswitch-validation/2'

/** Published claims beside what replays say; what `validate --json` prints. */
export interface Validation {
  readonly schema: typeof VALIDATION_SCHEMA
  readonly seed: number
  readonly samples: number
  readonly devices: readonly { readonly id: BoardId; readonly title: string }[]
  readonly claims: readonly ClaimResult[]
  readonly summary: Summary
  readonly shapes: Shapes
  readonly notes: readonly string[]
}

export type Verdict =
  | 'inside'
  | 'outside'
  /** A number without a tolerance: its error stands for itself. */
  | 'no tolerance'
  | 'holds'
  | 'does not hold'
  | 'not reproduced'

export interface ClaimResult {
  readonly id: ClaimId
  readonly claim: string
  readonly kind: ClaimKind
  readonly use: 'calibrate' | 'validate'
  readonly source: string
  readonly grade: string
  readonly conditions: PublishedConditions
  readonly verdict: Verdict
  /** The worst scored part's; null where there is no number. See `PartResult.error`. */
  readonly error: number | null
  /** The worst part's that was published as a number; null where there is none. See `PartResult.logError`. */
  readonly logError: number | null
  /** False where a parameter that decides it was read from it. */
  readonly independent: boolean
  readonly parts: readonly PartResult[]
  readonly readings: readonly ReadingResult[]
  /** Strongest first. */
  readonly deciding: readonly Deciding[]
  /** Null: not asked for, or nothing to explain. */
  readonly explanation: readonly Diagnosis[] | null
  readonly notes: readonly string[]
}

export interface PartResult {
  readonly label: string
  readonly unit: Unit
  readonly published: PublishedPart
  readonly predicted: Predicted
  /** 2.5 and 97.5 % quantiles: of the value, or of the least and of the most. Empty: not drawn. */
  readonly intervals: readonly Interval95[]
  /** Against each account. */
  readonly errors: readonly { readonly where: string; readonly error: number }[]
  /** Against the nearest: |ln(predicted / published)|, points of a percentage / 100, distance outside a range or bound
   *  in the same measures; null for a shape or what is not replayed. */
  readonly error: number | null
  /** |ln(predicted / published)| against the nearest account, percentages alike (zero or the opposite sign: ln 10); null for a
   *  range, a bound, a shape or what is not replayed. */
  readonly logError: number | null
  readonly verdict: Verdict
}
export type Predicted =
  | { readonly value: number }
  | { readonly low: number; readonly high: number }
  | { readonly holds: boolean; readonly finding: string }
  | { readonly unknown: string }

export interface Interval95 {
  readonly low: number
  readonly high: number
  /** Draws it rests on. */
  readonly draws: number
}

export interface ReadingResult {
  readonly id: string
  readonly verdict: Verdict
  readonly error: number | null
  readonly logError: number | null
  readonly parts: readonly { readonly label: string; readonly unit: Unit; readonly predicted: Predicted }[]
}

export interface Deciding {
  readonly parameter: string
  readonly device: BoardId
  /** How far raising it by 10 % moves the claim's metric, in the measures of an error. */
  readonly effect: number
  readonly value: number
  readonly unit: string
  readonly spread: string
  readonly grade: 'measured' | 'derived' | 'assumed'
  readonly source: string
  readonly informedBy: readonly string[]
}

/** What one parameter, moved alone within its stated range, would do to a claim outside its tolerance (without
 *  one: off by more than the goal). A diagnosis:
 *  nothing is ever set to it. */
export interface Diagnosis {
  readonly parameter: string
  readonly device: BoardId
  readonly grade: 'measured' | 'derived' | 'assumed'
  readonly value: number
  readonly unit: string
  readonly low: number
  readonly high: number
  readonly closes: boolean
  /** Nearest to the value that brings the claim inside; else the one with the smallest error. */
  readonly at: number
  readonly errorAt: number
  readonly source: string
}

export interface Summary {
  /** Independent claims kept for validation that were published as a number. */
  readonly scored: readonly ClaimId[]
  /** The headline: the median of their |ln(predicted / published)|, a claim by its worst part. */
  readonly medianLogError: number | null
  /** The same median with one reading taken wherever it applies, lowest first: how much the headline hangs on them. */
  readonly medianLogErrorByReading: readonly { readonly id: string; readonly medianLogError: number }[]
  /** Independent claims that were published as a range or bound: they are met or not, and never averaged with numbers. */
  readonly ranges: { readonly inside: readonly ClaimId[]; readonly outside: readonly ClaimId[] }
  readonly goal: number
  readonly calibratingMedianLogError: number | null
  readonly inside: number
  readonly outside: readonly ClaimId[]
  readonly notReproduced: readonly ClaimId[]
  readonly notIndependent: readonly ClaimId[]
}

/** What the shape claims look like. */
export interface Shapes {
  readonly overhead: readonly { readonly model: string; readonly promptTokens: number; readonly overheadPercent: number }[]
  readonly cached: readonly { readonly promptTokens: number; readonly cached: number; readonly ttftNs: number }[]
}
