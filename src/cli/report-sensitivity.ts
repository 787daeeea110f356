import type { StudyTables } from '../analysis/study-tables.js'
import { formatNs, formatShare } from '../base/units.js'
import { writeStudyPage } from '../report/study-page.js'
import type { Sensitivity } from '../study/sensitivity/sensitivity.js'
import { metricName } from '../study/metric.js'
import { fileName } from './file-name.js'
import { version } from './version.js'

/** Bars of the tornado. */
const DRAWN = 25

/** Writes a sensitivity's page and tables; returns the paths. */
export function writeSensitivity(found: Sensitivity, dir: string, command: string): Promise<string[]> {
  const { value, over, policy, metric, tornado, indices, measureNext, hasPrefill, origin } = found
  const shown = over === null ? formatNs(value) : `${value.toFixed(3)}×`
  const tables: Pick<StudyTables, 'tornado' | 'sobol-indices'> = {
    tornado: tornado.slice(0, DRAWN).flatMap(({ parameter, low, high, unit, grade, spread, source }, order) =>
      (['low', 'high'] as const).map((end) => {
        const at = end === 'low' ? low : high
        return { parameter, order, end, from: 0, to: at.value / value - 1, at: `${Number(at.at.toPrecision(4))} ${unit}`, valueNs: over === null ? at.value : null, grade, spread, source }
      }),
    ),
    'sobol-indices': indices.flatMap((one, order) => [
      { parameter: one.parameter, order, kind: 'first order' as const, index: one.first, low: one.firstLow, high: one.firstHigh, grade: one.grade },
      { parameter: one.parameter, order, kind: 'total' as const, index: one.total, low: one.totalLow, high: one.totalHigh, grade: one.grade },
    ]),
  }
  return writeStudyPage(
    {
      title: `What moves the ${over === null ? metricName(metric, hasPrefill) : `gain`} of ${policy}`,
      first: { line: origin.line, policies: [], notices: [] },
      hasPrefill,
      version: version(),
      command,
      setting: [['Replayed', found.subject], ['Device', found.device], [over === null ? `${metricName(metric, hasPrefill)} under ${policy}` : `${policy} over ${over}, ${metricName(metric, hasPrefill)}`, shown], ['Rows', `${found.rows}`]],
      basis: {
        title: 'What to measure next',
        lines: measureNext.length === 0 ? ['every parameter that moves this result was measured'] : measureNext.slice(0, 8).map(({ parameter, grade, swing, total }) => `parameter ${parameter} (${grade}) moves the result by up to ${formatShare(swing)}${total === null ? '' : `, ${formatShare(Math.max(0, total))} of its variance`}`),
      },
      tables,
      captions: [
        ['tornado', 'One at a time', 'Relative change of the result with each parameter at the ends of its spread.'],
        ['sobol-indices', 'Shares of the variance', 'First-order indices (Saltelli 2010) and total ones (Jansen), 95 % intervals by bootstrap over rows.'],
      ],
      warnings: found.warnings,
    },
    dir,
    fileName(found.study),
  )
}
