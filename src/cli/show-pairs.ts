import { formatNs, formatShare } from '../base/units.js'
import type { PairRow } from '../study/compare-pairs.js'

/** Paired differences as a terminal shows them. */
export const pairCells = (rows: readonly PairRow[]): Record<string, string>[] =>
  rows.map(({ first, metric, differenceNs, lowNs, highNs, probability, monteCarloError, words }) => ({
    policy: first,
    metric: metric.toUpperCase(),
    difference: `${formatNs(differenceNs)} [${formatNs(lowNs)}, ${formatNs(highNs)}]`,
    'P(faster)': `${formatShare(probability)} ± ${formatShare(monteCarloError)}`,
    'in words': words,
  }))
