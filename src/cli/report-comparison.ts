import type { OpDifferenceRow, StudyTables } from '../analysis/study-tables.js'
import { comparedRows } from '../analysis/comparison.js'
import { formatNs } from '../base/units.js'
import { writeStudyPage } from '../report/study-page.js'
import { firstWordsOf } from '../report/words.js'
import { metricName } from '../study/metric.js'
import type { Cause } from '../run/causes.js'
import { RESAMPLED_NOTE } from '../study/resample.js'
import type { Advice } from '../study/advice/advise.js'
import type { Comparison } from '../study/compare.js'
import type { PairRow } from '../study/compare-draws.js'
import { fileName } from './file-name.js'
import { version } from './version.js'

/** What a comparison says beside its table. */
export interface ComparisonFindings {
  readonly pairs: readonly PairRow[]
  readonly advice: readonly Advice[]
  readonly operators: readonly OpDifferenceRow[]
}

/** Writes a comparison's differences: paired over draws, cause by cause, operator by operator, and advice; returns the paths. */
export function writeComparison({ trace, baseline, rows, runs, origin, hasPrefill, leftOut, carriedOver, notices }: Comparison, { pairs, advice, operators }: ComparisonFindings, dir: string, name: string, command: string): Promise<string[]> {
  const window = hasPrefill ? 'ttft' : 'request'
  const exposedBy = (policy: string): Map<Cause, number> => {
    const sums = new Map<Cause, number>()
    for (const { name, exposedNs } of runs.find(({ cell }) => cell.policy === policy)!.windows) if (name === window) for (const [cause, ns] of Object.entries(exposedNs) as [Cause, number][]) sums.set(cause, (sums.get(cause) ?? 0) + ns)
    return sums
  }
  const base = runs.some(({ cell }) => cell.policy === baseline) ? exposedBy(baseline) : new Map<Cause, number>()
  const tables: Pick<StudyTables, 'paired-differences' | 'cause-differences' | 'op-differences' | 'advice'> = {
    'paired-differences': pairs.map(({ first, second, metric, differenceNs, lowNs, highNs, stressLowNs, stressHighNs, probability, monteCarloError, words }, order) => ({ first, second, metric: metricName(metric, hasPrefill), order, differenceNs, lowNs, highNs, stressLowNs, stressHighNs, probability, monteCarloError, words })),
    'cause-differences': runs.flatMap(({ cell }) => {
      if (cell.policy === baseline) return []
      const own = exposedBy(cell.policy)
      return [...new Set([...base.keys(), ...own.keys()])].map((cause) => ({ first: cell.policy, second: baseline, what: cause, differenceNs: (own.get(cause) ?? 0) - (base.get(cause) ?? 0), firstNs: own.get(cause) ?? 0, secondNs: base.get(cause) ?? 0 })).sort((a, b) => Math.abs(b.differenceNs) - Math.abs(a.differenceNs))
    }),
    'op-differences': [...operators],
    advice: advice.map(({ words: _words, metric, ...row }) => ({ ...row, metric: metricName(metric, hasPrefill) })),
  }
  const draws = Math.max(0, ...pairs.map(({ draws: n }) => n))
  return writeStudyPage(
    {
      title: `${trace.name}: differences from ${baseline}`,
      first: firstWordsOf({ origin, leftOut, carriedOver, notices }),
      hasPrefill,
      version: version(),
      command,
      setting: [['Replayed', `${trace.name} (${trace.hash.slice(0, 12)}), ${trace.requests} request${trace.requests === 1 ? '' : 's'}`], ['Device', runs[0]!.cell.device], ...comparedRows(rows, runs, baseline, hasPrefill).map((row): [string, string] => [row.policy, `${hasPrefill ? 'TTFT' : 'run time'} ${formatNs(row.ttftNs ?? row.e2eNs)}, ${(row.ttftSpeedup ?? row.runTimeSpeedup ?? 1).toFixed(2)}×`]), ['Draws', `${draws}`]],
      basis: { title: 'What these numbers rest on', lines: ['a replay is deterministic, so there is no p-value: what varies is what the device’s parameters leave open, the same draws for every policy', ...(pairs.some(({ isResampled }) => isResampled) ? [RESAMPLED_NOTE] : [])] },
      tables,
      captions: [
        ['paired-differences', 'Differences over the same draws', 'Negative: faster than the baseline. Stress: parameters whose spread nobody published × or ÷ 1.5 as well.'],
        ['cause-differences', 'Cause by cause', `Exposed time ${hasPrefill ? 'in the TTFT window' : 'of the run'}, summed over requests: what the policy has more (or less, negative) of than the baseline.`],
        ['op-differences', 'Operator by operator', 'From the start of an operator’s first task to the end of its last, summed by phase and kind; operators that run at once count each.'],
        ['advice', 'Advice', 'What rules saw, and what a replay with the change says; a change that wins nothing is told too.'],
      ],
      warnings: [...new Set([...runs.flatMap((run) => [...run.warnings, ...(run.intervals?.notes ?? [])]), ...(pairs.length === 0 ? ['no intervals: --samples 100 or more draws the device’s uncertain parameters'] : draws < 100 ? [`intervals rest on ${draws} draws: the outer quantiles are coarse`] : [])])],
    },
    dir,
    fileName(name),
  )
}
