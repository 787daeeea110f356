import { BadInput } from '../base/errors.js'
import { formatShare } from '../base/units.js'
import { CARRIED_LIMIT, worstCarried, type Origin } from '../analysis/origin-line.js'
import type { Shares } from '../run/shares.js'

/** A policy that is not shown beside the others, with the reason and with what would help. */
export interface LeftOut {
  readonly policy: string
  readonly reason: string
  readonly help: string
}

/** What is known of a replayed policy. */
interface Replayed {
  readonly policy: string
  readonly shares: Shares
}

const HELP = 'say the model (import --model), record with shapes, or replay on a profile of that machine; --carry-over shows it, marked'

/**
 * Policies whose results cannot stand beside an unprotected run: more than 5 % of the recording's compute time, or of any result's,
 * is carried over from another machine, and they put some of that on another processor than an unprotected run on this
 * device does, where it would take any other time.
 */
export function incomparable(runs: readonly Replayed[], { machine }: Pick<Origin, 'machine'>): LeftOut[] {
  const carried = worstCarried(runs.map(({ shares }) => shares))
  if (carried <= CARRIED_LIMIT) return []
  return runs.flatMap(({ policy, shares }) =>
    shares.movedNs === 0 ? [] : [{ policy, reason: `it would run operators on another processor whose time is known on ${machine} alone (${formatShare(carried)} of compute time is carried over)`, help: HELP }],
  )
}

/** Refuses what would compare nothing: fewer than `least` of the policies are left. Throws `BadInput`. */
export function holdComparable(file: string, asked: number, leftOut: readonly LeftOut[], least: number): void {
  const first = leftOut[0]
  if (first === undefined || asked - leftOut.length >= least) return
  const names = [...new Set(leftOut.map(({ policy }) => policy))].join(', ')
  throw new BadInput({ file }, least > 1 ? 'two policies that can be compared' : 'a policy that can be replayed', names, `${first.policy}: ${first.reason}: ${first.help}`) // the reason is not cut there
}
