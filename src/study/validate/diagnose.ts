import { parametersOf, type Parameter } from '../../device/profile.js'
import type { ClaimSetting } from './claim.js'
import { predicted, replaced } from './deciding.js'
import { shortened } from './draws.js'
import type { PublishedClaim } from './published.js'
import type { Boards, Replays } from './replays.js'
import { boardIds, type BoardId } from './scene.js'
import { claimScore, isMet, scoreParts } from './score.js'
import type { Deciding, Diagnosis } from './validation.js'

const SCAN = 4
const BISECT = 8

interface At {
  readonly value: number
  readonly met: boolean
  readonly error: number
}

/**
 * Which parameter, moved alone within its stated range, would bring the claim inside its tolerance (without one, within
 * the goal): of the parameters that decide it,
 * those whose range somebody stated, scanned and then bisected to the smallest move. Those that close the gap first,
 * then by the error that is left.
 */
export async function diagnose(claim: PublishedClaim, setting: ClaimSetting, deciding: readonly Deciding[], replays: Replays, boards: Boards, breathe: () => Promise<void>): Promise<Diagnosis[]> {
  const board = boardIds.find((id) => id === claim.conditions.device)
  if (board === undefined) return []
  const found: Diagnosis[] = []
  for (const [id, parameter] of parametersOf(boards[board].profile)) {
    if (!deciding.some((one) => one.parameter === id)) continue
    const range = rangeOf(parameter)
    if (range === undefined) continue
    const scoreAt = async (value: number): Promise<At> => {
      await breathe()
      const predictions = predicted(setting, shortened(replaced(replays, boards, board, id, value)))
      if (predictions === undefined) return { value, met: false, error: Infinity }
      const { verdict, error } = claimScore(claim, scoreParts(claim, predictions))
      return { value, met: isMet(verdict, error), error: error ?? Infinity }
    }
    found.push(diagnosis(id, board, parameter, range, await closest(parameter.value, range, scoreAt)))
  }
  return found.sort((a, b) => Number(b.closes) - Number(a.closes) || a.errorAt - b.errorAt || (a.parameter < b.parameter ? -1 : 1))
}

type Range = readonly [low: number, high: number]

/** Only what somebody stated as plausible may be moved, and only there. */
function rangeOf({ spread }: Parameter): Range | undefined {
  return spread !== null && 'range' in spread ? spread.range : undefined
}

async function closest(central: number, [low, high]: Range, scoreAt: (value: number) => Promise<At>): Promise<At> {
  const scanned = [await scoreAt(central)]
  for (const end of [low, high]) for (let i = 1; i <= SCAN && end !== central; i++) scanned.push(await scoreAt(central + ((end - central) * i) / SCAN))
  const away = ({ value }: At): number => Math.abs(value - central)
  const inside = scanned.filter(({ met }) => met).sort((a, b) => away(a) - away(b))[0]
  if (inside === undefined) return scanned.reduce((best, one) => (one.error < best.error ? one : best))
  // Between the last value outside and this one, ever nearer to the first inside.
  const step = (inside.value > central ? high - central : low - central) / SCAN
  let out = inside.value - step
  let best = inside
  for (let i = 0; i < BISECT; i++) {
    const middle = await scoreAt((out + best.value) / 2)
    if (middle.met) best = middle
    else out = middle.value
  }
  return best
}

function diagnosis(parameter: string, device: BoardId, { value, unit, grade, source }: Parameter, [low, high]: Range, at: At): Diagnosis {
  return { parameter, device, grade, value, unit, low, high, closes: at.met, at: at.value, errorAt: at.error, source }
}
