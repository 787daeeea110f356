import { mean } from 'simple-statistics'
import { formatNs, formatShare } from '../base/units.js'
import type { Cause } from '../run/causes.js'
import type { NsByCause, RunResult } from '../run/result.js'
import { sharesOf } from '../run/shares.js'
import type { AsRecorded } from './as-recorded.js'

/** An unprotected run further than this from its own recording is worth a warning, and so is a protected one this much faster
 *  than an unprotected one. */
const FAR = 0.1
const FASTER = 0.005

/** A replayed policy and what protects it. */
export interface SeenRun {
  readonly result: RunResult
  readonly secure: boolean
}

/** What a reader of a comparison must be told of its own accord. */
export function notices(runs: readonly SeenRun[], recorded: AsRecorded | null, here: boolean, hasPrefill = true): string[] {
  const plain = runs.find(({ secure }) => !secure)
  if (plain === undefined) return []
  return [...(here && recorded !== null ? farFromRecorded(plain.result, recorded) : []), ...runs.flatMap((run) => (run.secure ? fasterThan(run.result, plain.result, hasPrefill) : []))]
}

function farFromRecorded(run: RunResult, { spanNs }: AsRecorded): string[] {
  const replayedNs = endOf(run)
  if (spanNs === 0 || Math.abs(replayedNs / spanNs - 1) <= FAR) return []
  const own = exposed(run)
  delete own.compute
  delete own.dispatch
  const [cause, ns] = largest(own)
  return [`${run.cell.policy} takes ${formatNs(replayedNs)}, the recording itself ${formatNs(spanNs)}: ${cause === undefined ? 'the time of its operators differs' : `${cause} adds ${formatNs(ns)} that the recording does not have`} (--initial cached=1 begins with the weights in memory)`]
}

/** When the last token of all requests is out. */
export const endOf = ({ windows }: RunResult): number => Math.max(0, ...windows.filter(({ name }) => name === 'request').map(({ startNs, lengthNs }) => startNs + lengthNs))

function fasterThan(run: RunResult, plain: RunResult, hasPrefill: boolean): string[] {
  const words = hasPrefill ? { ttftNs: 'to the first token', tpotNs: 'per token' } : { ttftNs: 'in the first pass', tpotNs: 'a later pass' }
  const said = (['ttftNs', 'tpotNs'] as const).flatMap((metric) => {
    const [own, other] = [meanOf(run, metric), meanOf(plain, metric)]
    return own === undefined || other === undefined || own >= other * (1 - FASTER) ? [] : [`${words[metric]} ${formatShare(1 - own / other)}`]
  })
  if (said.length === 0) return []
  const before = exposed(plain)
  const saved: NsByCause = {}
  for (const [cause, ns] of Object.entries(before) as [Cause, number][]) saved[cause] = ns - (exposed(run)[cause] ?? 0)
  const [cause, ns] = largest(saved)
  const [own, other] = [sharesOf(run.shares.result), sharesOf(plain.shares.result)]
  const unlike = Math.abs(own.recorded - other.recorded) > 0.05 ? `; ${formatShare(own.recorded)} of its compute time is recorded here, ${formatShare(other.recorded)} of ${plain.cell.policy}’s: they are not measured alike` : ''
  return [`${run.cell.policy} is faster than ${plain.cell.policy} (${said.join(', ')})${cause === undefined ? '' : `: it has ${formatNs(ns)} less ${cause}`}${unlike}`]
}

const meanOf = ({ requests }: RunResult, metric: 'ttftNs' | 'tpotNs'): number | undefined => {
  const values = requests.flatMap((request) => (request[metric] === null ? [] : [request[metric]]))
  return values.length === 0 ? undefined : mean(values)
}

/** Exposed time by cause over all requests. */
function exposed({ windows }: RunResult): NsByCause {
  const sums: NsByCause = {}
  for (const { name, exposedNs } of windows) if (name === 'request') for (const [cause, ns] of Object.entries(exposedNs) as [Cause, number][]) sums[cause] = (sums[cause] ?? 0) + ns
  return sums
}

function largest(by: NsByCause): [Cause | undefined, number] {
  const [first] = (Object.entries(by) as [Cause, number][]).sort(([, a], [, b]) => b - a)
  return first === undefined || first[1] <= 0 ? [undefined, 0] : first
}
