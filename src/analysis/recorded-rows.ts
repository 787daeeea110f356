import { mean } from 'simple-statistics'
import type { Trace } from '../trace/trace.js'
import type { RecordedSwitchRow, StepRow } from './tables.js'
import { worldSwitches } from './world-switches.js'

/** Recorded world switches of a joined trace beside those of each replay; none when none were recorded. */
export function recordedRows(trace: Trace, replayed: readonly StepRow[]): RecordedSwitchRow[] {
  const found = worldSwitches(trace)
  if (found === undefined) return []
  const rows = [rowOf('recorded', 0, found.steps, ({ roundTrips }) => roundTrips, ({ secureNs }) => secureNs)]
  for (const order of new Set(replayed.map((row) => row.order))) {
    const own = replayed.filter((row) => row.order === order)
    rows.push(rowOf(own[0]!.policy, order + 1, own, ({ worldSwitches: count }) => count, ({ switchNs }) => switchNs))
  }
  return rows
}

function rowOf<T extends { readonly step: number }>(who: string, order: number, steps: readonly T[], count: (step: T) => number, ns: (step: T) => number): RecordedSwitchRow {
  const prefill = steps.filter(({ step }) => step === 0)
  const decode = steps.filter(({ step }) => step > 0)
  return {
    who,
    order,
    prefillSwitches: prefill.reduce((sum, step) => sum + count(step), 0),
    prefillNs: prefill.reduce((sum, step) => sum + ns(step), 0),
    stepSwitches: decode.length === 0 ? null : mean(decode.map(count)),
    stepNs: decode.length === 0 ? null : Math.round(mean(decode.map(ns))),
  }
}
