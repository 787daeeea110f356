import { UsageFault } from '../../base/errors.js'
import { spreadInWords } from '../../analysis/parameters.js'
import { clamped } from '../../device/bounds.js'
import { parameterIds, parametersOf, type ParameterId } from '../../device/profile.js'
import type { ClaimId } from './claim-ids.js'
import type { ClaimSetting, Prediction } from './claim.js'
import { shortened } from './draws.js'
import type { PublishedClaim } from './published.js'
import type { Boards, Replays } from './replays.js'
import { isShape, movement, numbersOf } from './score.js'
import { boardIds, type BoardId } from './scene.js'
import type { See } from './see.js'
import type { Deciding } from './validation.js'

export interface Asked {
  readonly claim: PublishedClaim
  readonly setting: ClaimSetting
}

const NUDGE = 1.1
/** A nudge that moves the metric by at least a tenth of a percent, or of a point, decides it. */
export const DECIDES = 0.001

/** Both boards' values with one parameter replaced on one of them. */
export function replaced(replays: Replays, boards: Boards, board: BoardId, id: ParameterId, value: number): See {
  const values = { ...boards[board].values, [id]: value }
  return replays.under((other) => (other === board ? values : boards[other].values))
}

/**
 * For each claim the parameters of its board that a raise by 10 %, one at a time, moves its metric by, strongest first.
 * Structure that must stay whole is left out, and so are shapes and what is not replayed. Claims share the replays.
 */
export async function decidingParameters(asked: readonly Asked[], replays: Replays, boards: Boards, breathe: () => Promise<void>, onParameter: () => void): Promise<Map<ClaimId, Deciding[]>> {
  const found = new Map<ClaimId, Deciding[]>(asked.map(({ claim }) => [claim.id, []]))
  const central = new Map(asked.map(({ claim, setting }) => [claim.id, setting.predict(shortened(replays.central))]))
  for (const board of boardIds) {
    const own = asked.filter(({ claim }) => claim.conditions.device === board && !isShape(claim) && central.get(claim.id)!.some((one) => numbersOf(one).length > 0))
    const { profile, values } = boards[board]
    for (const [id, parameter] of parametersOf(profile)) {
      onParameter()
      if (parameter.fixed === true || values[id] === 0) continue
      const see = shortened(replaced(replays, boards, board, id, clamped(id, values[id]! * NUDGE)))
      for (const { claim, setting } of own) {
        await breathe()
        const moved = predicted(setting, see)
        const effect = moved === undefined ? 0 : movement(claim, central.get(claim.id)!, moved)
        const { value, unit, spread, grade, source, informedBy } = parameter
        if (effect >= DECIDES) found.get(claim.id)!.push({ parameter: id, device: board, effect, value, unit, spread: spreadInWords(spread), grade, source, informedBy })
      }
    }
  }
  for (const one of found.values()) one.sort((a, b) => b.effect - a.effect || (a.parameter < b.parameter ? -1 : 1))
  return found
}

/** How many parameters are raised in all: for progress. */
export const raisedCount = boardIds.length * parameterIds.length

/** Undefined: nothing can be carved from these values. */
export function predicted(setting: ClaimSetting, see: See): readonly Prediction[] | undefined {
  try {
    return setting.predict(see)
  } catch (error) {
    if (error instanceof UsageFault) return undefined
    throw error
  }
}
