import { formatNs, formatShare } from '../base/units.js'
import type { Spread, WorldSwitches } from '../analysis/world-switches.js'

/** Inference steps shown on a terminal. */
const STEPS = 20

/** Recorded world switches as tables of a terminal. */
export function switchSections(found: WorldSwitches): readonly (readonly [title: string, rows: readonly Record<string, string | number>[]])[] {
  const { calls, steps } = found
  const all = Math.max(1, found.secureNs + found.betweenNs + found.interruptNs)
  return [
    ['calls', [{ started: calls.started, whole: calls.whole, 'without head': calls.headless, 'without end': calls.unfinished, 'refused and repeated': calls.refused, 'fast SMCs beside them': found.fastSmcs }]],
    ['round trips', [{ 'ended with': 'any', ...timesOf(found.roundTrips) }, ...found.byEnd.map((of) => ({ 'ended with': of.end, ...timesOf(of) }))]],
    [
      'calls by what they are for',
      found.byCall.map((of) => ({ call: of.call, calls: of.count, 'round trips a call': Number((of.roundTrips / of.count).toFixed(2)), most: of.most, mean: formatNs(of.meanNs), median: formatNs(of.p50Ns), longest: formatNs(of.maxNs) })),
    ],
    ['round trips of a call', found.perCall.length > 12 ? [] : found.perCall.map(({ roundTrips, calls: count }) => ({ 'round trips': roundTrips, calls: count }))],
    ['returns to the normal world in a call', found.returns.map((of) => ({ for: of.reason, ...timesOf(of) }))],
    ['interrupts before the return was seen', found.interrupts.map((of) => ({ handler: of.name, ...timesOf(of) }))],
    [
      'time of the calls',
      [
        ['secure world', found.secureNs],
        ['normal world, within a call', found.betweenNs],
        ['interrupts', found.interruptNs],
      ].map(([where, ns]) => ({ where: String(where), time: formatNs(Number(ns)), share: formatShare(Number(ns) / all) })),
    ],
    [
      `inference steps${steps.length > STEPS ? ` (the first ${STEPS} of ${steps.length})` : ''}`,
      steps.slice(0, STEPS).map(({ step, calls: count, roundTrips, secureNs, betweenNs, interruptNs }) => ({ step, calls: count, 'round trips': roundTrips, 'secure world': formatNs(secureNs), between: formatNs(betweenNs), interrupts: formatNs(interruptNs) })),
    ],
  ]
}

function timesOf({ count, totalNs, meanNs, p50Ns, p90Ns, p99Ns, maxNs }: Spread): Record<string, string | number> {
  return { count, 'in all': formatNs(totalNs), mean: formatNs(meanNs), median: formatNs(p50Ns), '90 %': formatNs(p90Ns), '99 %': formatNs(p99Ns), longest: formatNs(maxNs) }
}
