import { choiceIds, type ChoiceId } from '../../device/profile.js'

/** What a claim has replayed: one request from a given state. Plain data; equal scenes give equal results. */
export interface Scene {
  readonly device: BoardId
  readonly model: string
  readonly quant: string
  readonly promptTokens: number
  readonly outputTokens: number
  readonly policy: string
  readonly pressureGiB: number
  /** Share of the weights resident. */
  readonly cached: number
  /** Readings of the device other than its own. */
  readonly choices?: Readonly<Partial<Record<ChoiceId, string>>>
}
export const boardIds = ['rk3588-nanopc-t6', 'rk3588-orangepi5plus'] as const
export type BoardId = (typeof boardIds)[number]

export function sceneKey(scene: Scene): string {
  const { device, model, quant, promptTokens, outputTokens, policy, pressureGiB, cached, choices } = scene
  return JSON.stringify([device, model, quant, promptTokens, outputTokens, policy, pressureGiB, cached, ...choiceIds.map((id) => choices?.[id] ?? null)])
}
