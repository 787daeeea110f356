import type { ClaimId } from './claim-ids.js'
import type { Scene } from './scene.js'
import type { See } from './see.js'

/** What a replay says to one part of a claim, in the published unit. */
export type Prediction =
  | { readonly label: string; readonly value: number }
  /** The least and the most over what the claim ranges over. */
  | { readonly label: string; readonly low: number; readonly high: number }
  | { readonly label: string; readonly holds: boolean; readonly finding: string }
  /** Not replayed, and why; what can be said instead. */
  | { readonly label: string; readonly unknown: string }

/** One of several readings of the sources, in place of the default. */
export interface Reading {
  /** `allocate=inside`. */
  readonly id: string
  readonly predict: (see: See) => readonly Prediction[]
}

/** How a claim is replayed: its own setting, from component costs. */
export interface ClaimSetting {
  readonly id: ClaimId
  readonly predict: (see: See) => readonly Prediction[]
  readonly readings: readonly Reading[]
  /** How the metric is read where the paper leaves it open, and what explains a large difference. */
  readonly notes: readonly string[]
  /** An interval is worth its replays; false for shapes, and for rows that are parameters themselves. Default true. */
  readonly drawn?: boolean
}

/** A See whose scenes are edited first: the same claim under another reading. */
export const edited = (see: See, edit: (scene: Scene) => Scene): See => ({
  latency: (scene) => see.latency(edit(scene)),
  detail: (scene) => see.detail(edit(scene)),
  value: (board, id) => see.value(board, id),
  pair: (pair, policy, options) => see.pair(pair, policy, options),
})

/** Readings of one claim that only edit its scenes. */
export function readingsBy(predict: ClaimSetting['predict'], edits: readonly (readonly [id: string, edit: (scene: Scene) => Scene])[]): Reading[] {
  return edits.map(([id, edit]) => ({ id, predict: (see) => predict(edited(see, edit)) }))
}
