import { median } from 'simple-statistics'
import { UsageFault } from '../../base/errors.js'
import { breather } from '../breathe.js'
import { resolveDevice } from '../device.js'
import type { ClaimId } from './claim-ids.js'
import type { ClaimSetting } from './claim.js'
import { replayedPairClaims } from './agent-pairs.js'
import { claimSettings } from './claims.js'
import { decidingParameters, raisedCount } from './deciding.js'
import { diagnose } from './diagnose.js'
import { drawnIntervals } from './draws.js'
import type { PublishedClaim } from './published.js'
import { Replays, type Boards } from './replays.js'
import { claimScore, GOAL, isMet, isShape, scoreParts } from './score.js'
import { boardIds } from './scene.js'
import { cachedCurves, overheads } from './shape-claims.js'
import { VALIDATION_SCHEMA, type ClaimResult, type Interval95, type ReadingResult, type Summary, type Validation } from './validation.js'

export interface ValidateOptions {
  readonly claims: readonly PublishedClaim[]
  /** Of both boards' parameters, for the intervals. */
  readonly samples: number
  readonly seed: number
  /** Look for what would close the gap of each claim outside its tolerance. */
  readonly explain: boolean
  /** Settings in place of the built-in ones. */
  readonly settings?: readonly ClaimSetting[]
  readonly onProgress?: (done: number, total: number) => void
}

/** Replays every claim's own setting from component costs and sets it beside what was published. */
export async function validate({ claims, samples, seed, explain, settings, onProgress }: ValidateOptions): Promise<Validation> {
  const boards = Object.fromEntries(await Promise.all(boardIds.map(async (id) => [id, await resolveDevice(id)] as const))) as Boards
  const replays = new Replays(boards)
  const breathe = breather()
  const known = settings ?? [...claimSettings, ...(claims.some(({ id }) => id === 'V05' || id === 'V06') ? await replayedPairClaims(replays.central, breathe) : [])]
  const asked = claims.map((claim) => ({ claim, setting: known.find(({ id }) => id === claim.id) ?? unset(claim) }))
  const drawn = asked.filter(({ setting }) => setting.drawn !== false).length
  const total = 2 * asked.length + drawn * samples + raisedCount
  let done = 0
  const step = (): void => onProgress?.(++done, total)

  const central = asked.map(({ claim, setting }) => {
    step()
    return { claim, setting, parts: scoreParts(claim, setting.predict(replays.central)) }
  })
  const intervals = samples > 0 ? await drawnIntervals(asked.map(({ setting }) => setting), replays, boards, seed, samples, breathe, step) : new Map<ClaimSetting, Interval95[][]>()
  const decidedBy = await decidingParameters(asked, replays, boards, breathe, step)
  const results: ClaimResult[] = []
  for (const { claim, setting, parts } of central) {
    await breathe()
    const { verdict, error, logError } = claimScore(claim, parts)
    const deciding = decidedBy.get(claim.id)!
    const { id, kind, use, source, grade, conditions } = claim
    const independent = !deciding.some(({ informedBy }) => informedBy.includes(id))
    const explanation = explain && !isMet(verdict, error) && !isShape(claim) ? await diagnose(claim, setting, deciding, replays, boards, breathe) : null
    const withIntervals = parts.map((part, i) => ({ ...part, intervals: intervals.get(setting)?.[i] ?? [] }))
    const readings = setting.readings.map((reading): ReadingResult => {
      const read = scoreParts(claim, reading.predict(replays.central))
      return { id: reading.id, ...claimScore(claim, read), parts: read.map(({ label, unit, predicted }) => ({ label, unit, predicted })) }
    })
    results.push({ id, claim: claim.claim, kind, use, source, grade, conditions, verdict, error, logError, independent, parts: withIntervals, readings, deciding, explanation, notes: [...(claim.notes === '' ? [] : [claim.notes]), ...setting.notes] })
    step()
  }
  const shaped = (id: ClaimId): boolean => asked.some(({ claim }) => claim.id === id)
  return {
    schema: VALIDATION_SCHEMA,
    seed,
    samples,
    devices: boardIds.map((id) => ({ id, title: boards[id].profile.title })),
    claims: results,
    summary: summarised(results),
    shapes: { overhead: shaped('V17') ? overheads(replays.central) : [], cached: shaped('V25') ? cachedCurves(replays.central) : [] },
    notes: notesOf(samples),
  }
}

/** The claims asked for, in their own order; all of them where none is named. Throws `UsageFault`: no such claim. */
export function claimsNamed(all: readonly PublishedClaim[], ids: readonly string[]): PublishedClaim[] {
  for (const id of ids) if (!all.some((claim) => claim.id === id)) throw new UsageFault(`there is no claim ${id.slice(0, 20)}`, `known are ${all[0]?.id} to ${all[all.length - 1]?.id}`)
  return all.filter(({ id }) => ids.length === 0 || ids.includes(id))
}

/** Claims kept for validation that the replay misses. */
export const missed = ({ claims }: Validation): ClaimResult[] => claims.filter(({ use, verdict }) => use === 'validate' && (verdict === 'outside' || verdict === 'does not hold'))

function unset({ id, parts }: PublishedClaim): ClaimSetting {
  return { id, predict: () => parts.map(({ label }) => ({ label, unknown: 'no setting replays it' })), readings: [], notes: [], drawn: false }
}

function summarised(results: readonly ClaimResult[]): Summary {
  const independent = results.filter((one) => one.use === 'validate' && one.independent)
  const scored = independent.filter(({ logError }) => logError !== null)
  const ranges = independent.filter(({ logError, error }) => logError === null && error !== null)
  const ids = (of: readonly ClaimResult[]): ClaimId[] => of.map(({ id }) => id)
  const kept = results.filter(({ use }) => use === 'validate')
  return {
    scored: ids(scored),
    medianLogError: medianLogError(scored),
    medianLogErrorByReading: byReading(scored),
    ranges: { inside: ids(ranges.filter(({ error }) => error === 0)), outside: ids(ranges.filter(({ error }) => error !== 0)) },
    goal: GOAL,
    calibratingMedianLogError: medianLogError(results.filter(({ use, logError }) => use === 'calibrate' && logError !== null)),
    inside: kept.filter(({ verdict }) => verdict === 'inside' || verdict === 'holds').length,
    outside: ids(kept.filter(({ verdict }) => verdict === 'outside' || verdict === 'does not hold')),
    notReproduced: ids(kept.filter(({ verdict }) => verdict === 'not reproduced')),
    notIndependent: ids(kept.filter(({ independent }) => !independent)),
  }
}

const medianLogError = (claims: readonly ClaimResult[]): number | null => (claims.length === 0 ? null : median(claims.map(({ logError }) => logError!)))

/** Sorted by the median, then by name. */
function byReading(scored: readonly ClaimResult[]): Summary['medianLogErrorByReading'] {
  const ids = new Set(scored.flatMap(({ readings }) => readings.map(({ id }) => id)))
  const under = [...ids].map((id) => ({ id, medianLogError: median(scored.map(({ logError, readings }) => readings.find((reading) => reading.id === id)?.logError ?? logError!)) }))
  return under.sort((a, b) => a.medianLogError - b.medianLogError || (a.id < b.id ? -1 : 1))
}

function notesOf(samples: number): string[] {
  return [
    'The headline is the median of |ln(predicted / published)| over the independent claims that were published as numbers, percentages alike (2.98 % against 4.41 % is 0.39; zero or the opposite sign counts as a factor of ten), a claim by its worst part, against the nearer where a paper gives two.',
    'Beside it, never averaged with it: the points by which a percentage is off, the distance outside a range or bound; shapes hold or do not.',
    'Tolerances are this project’s and were fixed before these settings were first replayed (V25’s criterion was not: see its note); no parameter is tuned on a claim kept for validation.',
    ...(samples > 0 ? [`Intervals: 95 % quantiles over ${samples} draws of both boards’ parameters, conditional on the spreads that nobody published; at most 8 decode steps in a draw.${samples < 100 ? ' Few draws: the outer quantiles are coarse.' : ''}`] : []),
    'Each setting is replayed under the default readings; others stand beside it.',
  ]
}
