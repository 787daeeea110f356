import type { StudyTables } from '../analysis/study-tables.js'
import { writeStudyPage } from '../report/study-page.js'
import type { BreakEven } from '../study/break-even/break-even.js'
import { metricName } from '../study/metric.js'
import { fileName } from './file-name.js'
import { version } from './version.js'

/** Writes a break-even's page and tables; returns the paths. */
export function writeBreakEven(found: BreakEven, dir: string, command: string): Promise<string[]> {
  const { costs, target, policy, over, metric, hasPrefill, origin } = found
  const [x = '', y = ''] = costs.map(({ cost }) => cost)
  const tables: Pick<StudyTables, 'break-evens' | 'gain-curve' | 'frontier'> = {
    'break-evens': costs.flatMap(({ cost, base, unit, crossings, finding }): StudyTables['break-evens'] => {
      const row = { parameter: cost, base, unit, finding }
      return crossings.length === 0 ? [{ ...row, at: null, low: null, high: null, times: null }] : crossings.map(({ at, low, high, times }) => ({ ...row, at, low, high, times }))
    }),
    'gain-curve': costs.flatMap(({ cost, curve }, order) => curve.flatMap(({ times, at, gain }) => (gain === null ? [] : [{ parameter: cost, order, times, at, gain, target }]))),
    frontier: found.frontier.flatMap(({ xTimes, yTimes, gain }) => (gain === null ? [] : [{ x: xTimes, y: yTimes, xParameter: x, yParameter: y, gain, holds: gain >= target ? 1 : 0 }])),
  }
  return writeStudyPage(
    {
      title: `At which cost ${policy} no longer gains over ${over}`,
      first: { line: origin.line, policies: [], notices: [] },
      hasPrefill,
      version: version(),
      command,
      setting: [['Replayed', found.subject], ['Device', found.device], [`Gain (${metricName(metric, hasPrefill)})`, `${found.gain.toFixed(3)}×`], ['Target', `${target}×`], ['Draws', `${found.samples}`]],
      basis: { title: 'What these numbers rest on', lines: ['one cost is moved, all others keep their values; its crossing is narrowed by bisection to a ten-thousandth', 'an interval holds 95 % of the crossings over draws of the other parameters'] },
      tables,
      captions: [
        ['break-evens', 'Break-even points', 'Every crossing of the target within the scan; none: the gain stays on one side.'],
        ['gain-curve', 'The gain over each cost', 'Each point is two replays.'],
        ['frontier', 'Two costs together', `${x} and ${y}, times their values.`],
      ],
      warnings: found.warnings,
    },
    dir,
    fileName(found.study),
  )
}
