import { formatNs, formatShare } from '../base/units.js'
import { printable } from '../base/quote.js'
import type { OpDifferenceRow } from '../analysis/study-tables.js'
import { metricName } from '../study/metric.js'
import type { PairRow } from '../study/compare-draws.js'

/** Paired differences as a terminal shows them. */
export const pairCells = (rows: readonly PairRow[], hasPrefill: boolean): Record<string, string>[] =>
  rows.map(({ first, metric, differenceNs, lowNs, highNs, stressLowNs, stressHighNs, probability, monteCarloError, words }) => ({
    policy: first,
    metric: metricName(metric, hasPrefill),
    difference: `${formatNs(differenceNs)} [${formatNs(lowNs)}, ${formatNs(highNs)}]`,
    stress: `${formatNs(stressLowNs)}, ${formatNs(stressHighNs)}`,
    'P(faster)': `${formatShare(probability)} ± ${formatShare(monteCarloError)}`,
    'in words': words,
  }))

/** Operators side by side, as a terminal shows them. */
export const operatorCells = (rows: readonly OpDifferenceRow[]): Record<string, string>[] =>
  rows.map(({ first, phase, kind, ops, firstNs, secondNs, differenceNs, most, mostNs }) => ({
    policy: first,
    phase,
    kind,
    ops: `${ops}`,
    time: formatNs(firstNs),
    baseline: formatNs(secondNs),
    difference: formatNs(differenceNs),
    'differs most': `${printable(most, 80)} (${formatNs(mostNs)})`,
  }))
