import type { StudyTables } from '../analysis/study-tables.js'
import { formatNs } from '../base/units.js'
import { writeStudyPage } from '../report/study-page.js'
import type { Cause } from '../run/causes.js'
import type { Comparison } from '../study/compare.js'
import type { PairRow } from '../study/compare-pairs.js'
import { fileName } from './file-name.js'
import { version } from './version.js'

/** Writes a comparison's differences: paired over draws, and cause by cause; returns the paths. */
export function writeComparison({ trace, baseline, rows, runs }: Comparison, pairs: readonly PairRow[], dir: string, command: string): Promise<string[]> {
  const ttftOf = (policy: string): Map<Cause, number> => {
    const sums = new Map<Cause, number>()
    for (const { name, exposedNs } of runs.find(({ cell }) => cell.policy === policy)!.windows) if (name === 'ttft') for (const [cause, ns] of Object.entries(exposedNs) as [Cause, number][]) sums.set(cause, (sums.get(cause) ?? 0) + ns)
    return sums
  }
  const base = runs.some(({ cell }) => cell.policy === baseline) ? ttftOf(baseline) : new Map<Cause, number>()
  const tables: Pick<StudyTables, 'paired-differences' | 'cause-differences'> = {
    'paired-differences': pairs.map(({ first, second, metric, differenceNs, lowNs, highNs, probability, monteCarloError, words }, order) => ({ first, second, metric: metric.toUpperCase(), order, differenceNs, lowNs, highNs, probability, monteCarloError, words })),
    'cause-differences': runs.flatMap(({ cell }) => {
      if (cell.policy === baseline) return []
      const own = ttftOf(cell.policy)
      return [...new Set([...base.keys(), ...own.keys()])].map((cause) => ({ first: cell.policy, second: baseline, what: cause, differenceNs: (own.get(cause) ?? 0) - (base.get(cause) ?? 0), firstNs: own.get(cause) ?? 0, secondNs: base.get(cause) ?? 0 })).sort((a, b) => Math.abs(b.differenceNs) - Math.abs(a.differenceNs))
    }),
  }
  const draws = Math.max(0, ...pairs.map(({ draws: n }) => n))
  return writeStudyPage(
    {
      title: `${trace.name}: differences from ${baseline}`,
      version: version(),
      command,
      setting: [['Replayed', `${trace.name} (${trace.hash.slice(0, 12)}), ${trace.requests} request${trace.requests === 1 ? '' : 's'}`], ['Device', runs[0]!.cell.device], ...rows.map(({ policy, ttftNs, ttftSpeedup }): [string, string] => [policy, `TTFT ${formatNs(ttftNs)}, ${ttftSpeedup.toFixed(2)}×`]), ['Draws', `${draws}`]],
      basis: { title: 'What these numbers rest on', lines: ['a replay is deterministic, so there is no p-value: what varies is what the device’s parameters leave open, the same draws for every policy'] },
      tables,
      captions: [
        ['paired-differences', 'Differences over the same draws', 'Negative: faster than the baseline.'],
        ['cause-differences', 'Cause by cause', 'Exposed time in the TTFT window, summed over requests: what the policy has more (or less, negative) of than the baseline.'],
      ],
      warnings: [...new Set([...runs.flatMap((run) => [...run.warnings, ...(run.intervals?.notes ?? [])]), ...(pairs.length === 0 ? ['no intervals: --samples 100 or more draws the device’s uncertain parameters'] : draws < 100 ? [`intervals rest on ${draws} draws: the outer quantiles are coarse`] : [])])],
    },
    dir,
    fileName(`comparison-${trace.name}`),
  )
}
