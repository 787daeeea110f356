import { quantileSorted } from 'simple-statistics'
import { UsageFault } from '../../base/errors.js'
import { sampleDevice } from '../../device/sample.js'
import type { DeviceValues } from '../../device/profile.js'
import { edited, type ClaimSetting, type Prediction } from './claim.js'
import { boardIds, type BoardId } from './scene.js'
import type { Boards, Replays } from './replays.js'
import { numbersOf } from './score.js'
import type { See } from './see.js'
import type { Interval95 } from './validation.js'

/** Decode steps that a draw replays at most: the mean step hardly depends on how many there are. */
const DRAWN_TOKENS = 9

/** The same scenes with shorter answers, where many replays are made for an interval or an effect. */
export const shortened = (see: See): See => edited(see, (scene) => ({ ...scene, outputTokens: Math.min(scene.outputTokens, DRAWN_TOKENS) }))

/**
 * 95 % intervals of the claims' numbers over seeded draws of both boards' parameters. A parameter has the same draw on
 * both boards and in all claims, so that ratios are paired. A draw that cannot be carved from is left out of the claims
 * that need it. By claim, then part, then number.
 */
export async function drawnIntervals(settings: readonly ClaimSetting[], replays: Replays, boards: Boards, seed: number, samples: number, breathe: () => Promise<void>, onClaim: () => void): Promise<Map<ClaimSetting, Interval95[][]>> {
  const drawn = settings.filter((setting) => setting.drawn !== false)
  const found = new Map<ClaimSetting, (readonly Prediction[])[]>(drawn.map((setting) => [setting, []]))
  const byBoard = Object.fromEntries(boardIds.map((id) => [id, sampleDevice(boards[id].profile, boards[id].pinned, seed, samples, 'known')])) as Record<BoardId, DeviceValues[]>
  for (let i = 0; i < samples; i++) {
    const see = shortened(replays.under((board) => byBoard[board][i]!))
    for (const setting of drawn) {
      await breathe()
      onClaim()
      try {
        found.get(setting)!.push(setting.predict(see))
      } catch (error) {
        if (!(error instanceof UsageFault)) throw error
      }
    }
  }
  return new Map([...found].map(([setting, draws]) => [setting, intervalsOf(draws)]))
}

function intervalsOf(draws: readonly (readonly Prediction[])[]): Interval95[][] {
  const first = draws[0]
  if (first === undefined) return []
  return first.map((part, p) =>
    numbersOf(part).map((_, n) => {
      const sorted = draws.map((predictions) => numbersOf(predictions[p]!)[n]!).sort((a, b) => a - b)
      return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975), draws: draws.length }
    }),
  )
}
