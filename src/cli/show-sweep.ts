import { formatBytes, formatNs, formatShare } from '../base/units.js'
import { plain } from '../study/sweep/points.js'
import type { SweepResult } from '../study/sweep/sweep.js'

/** A sweep's cells as a terminal shows them. */
export function sweptCells({ axes, cells, hasPrefill }: SweepResult): Record<string, string | number>[] {
  return cells.map(({ at, state, ttftNs, tpotNs, e2eNs, switchNs, ttftCounts, tax, message }) => ({
    ...Object.fromEntries(axes.map((axis) => [axis, at[axis] === undefined ? '' : plain(at[axis])])),
    ...(hasPrefill ? { TTFT: ttftNs !== null ? formatNs(ttftNs) : state === 'done' ? '–' : state } : { 'run time': e2eNs === null ? state : formatNs(e2eNs) }),
    TPOT: tpotNs === null ? '–' : formatNs(tpotNs),
    ...(hasPrefill ? { 'end to end': e2eNs === null ? '–' : formatNs(e2eNs) } : {}),
    switch: switchNs === null || e2eNs === null ? '–' : `${formatNs(switchNs)} (${formatShare(switchNs / Math.max(1, ttftNs ?? e2eNs))})`,
    'world switches': ttftCounts?.worldSwitches ?? '–',
    'mode switches': ttftCounts?.npuModeSwitches ?? '–',
    ...(tax === null ? {} : { 'stage-2 cost': formatShare(tax.stage2CostShare), 'held on average': formatBytes(tax.meanHeldBytes), swapped: formatBytes(tax.swappedBytes) }),
    ...(message === null ? {} : { why: message }),
  }))
}
