import type { Trace } from '../trace/trace.js'
import { kindIndex } from '../trace/words.js'
import type { RoundTripRow, RoundTripTimeRow, SwitchTables } from './tables.js'
import type { Spread, WorldSwitches } from './world-switches.js'

/** Bins a decade of the histogram of round-trip times. */
const BINS_A_DECADE = 10

/** Recorded world switches as the tables of their page. */
export function switchTables(trace: Trace, found: WorldSwitches): SwitchTables {
  const whole = found.perCall.reduce((sum, { calls }) => sum + calls, 0)
  const parts = [
    ['secure world', found.secureNs],
    ['normal world, in a call', found.betweenNs],
    ['handlers of interrupts', found.interruptNs],
  ] as const
  const all = parts.reduce((sum, [, ns]) => sum + ns, 0)
  let cumulatedRoundTrips = 0
  return {
    'round-trips': [...(found.byEnd.length > 1 ? [row('any', found.roundTrips, found.roundTrips.count)] : []), ...found.byEnd.map((of) => row(of.end, of, found.roundTrips.count))],
    'round-trip-times': histogram(trace, found),
    'switch-calls': found.byCall.map(({ call, count, roundTrips, most, meanNs, p50Ns, p99Ns, maxNs }) => ({
      call,
      calls: count,
      roundTrips,
      meanRoundTrips: roundTrips / count,
      mostRoundTrips: most,
      meanNs,
      p50Ns,
      p99Ns,
      maxNs,
    })),
    'calls-by-round-trips': found.perCall.map(({ roundTrips, calls }) => ({ roundTrips, calls, share: calls / whole })),
    'time-in-worlds': parts.map(([part, ns], order) => ({ part, order, ns, share: all === 0 ? 0 : ns / all })),
    'switch-returns': found.returns.map((of) => row(of.reason, of, countOf(found.returns))),
    'switch-interrupts': found.interrupts.map((of) => row(of.name, of, countOf(found.interrupts))),
    'switch-tasks': found.byTask.map((of) => ({ ...of })),
    'recorded-steps': found.steps.map((step) => ({ ...step, cumulatedRoundTrips: (cumulatedRoundTrips += step.roundTrips) })),
  }
}

const countOf = (of: readonly Spread[]): number => of.reduce((sum, { count }) => sum + count, 0)

function row(what: string, of: Spread, all: number): RoundTripRow {
  const { count, totalNs, meanNs, minNs, p50Ns, p90Ns, p99Ns, maxNs } = of
  return { what, count, share: count / all, totalNs, meanNs, minNs, p50Ns, p90Ns, p99Ns, maxNs }
}

/** Counts by duration in bins of equal ratio; times of 0 (no clock) have no place on such a scale. */
function histogram({ ops, strings }: Trace, { byEnd }: WorldSwitches): RoundTripTimeRow[] {
  const order = new Map(byEnd.map(({ end }, i) => [end, i]))
  const bins = new Map<string, RoundTripTimeRow>()
  const edge = (bin: number): number => Math.round(10 ** (bin / BINS_A_DECADE))
  for (let i = 0; i < ops.length; i++) {
    const ns = ops.durationNs[i]!
    if (ops.kind[i] !== kindIndex['world-switch'] || ns === 0) continue
    const what = strings[ops.type[i]!]!
    const bin = Math.floor(Math.log10(ns) * BINS_A_DECADE)
    const key = JSON.stringify([what, bin])
    const found = bins.get(key)
    if (found === undefined) bins.set(key, { what, order: order.get(what) ?? 0, fromNs: edge(bin), toNs: edge(bin + 1), count: 1 })
    else found.count++
  }
  return [...bins.values()].sort((a, b) => a.order - b.order || a.fromNs - b.fromNs)
}
