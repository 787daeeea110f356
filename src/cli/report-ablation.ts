import type { StudyTables } from '../analysis/study-tables.js'
import { formatNs } from '../base/units.js'
import { writeStudyPage } from '../report/study-page.js'
import { causeIndex, familyOf, type Cause } from '../run/causes.js'
import type { Ablation } from '../study/ablate/ablation.js'
import { metricName } from '../study/metric.js'
import { fileName } from './file-name.js'
import { version } from './version.js'

/** Writes an ablation's page and tables; returns the paths. */
export function writeAblation(ablation: Ablation, dir: string, command: string): Promise<string[]> {
  const { from, to, fromNs, toNs, steps, metric, hasPrefill, origin } = ablation
  const whole = fromNs - toNs
  const tables: Pick<StudyTables, 'waterfall' | 'factor-gains' | 'factor-causes' | 'interactions' | 'ablation-cells'> = {
    'factor-gains': [
      ...steps.map(({ step, group, gainNs, lowNs, highNs, stressLowNs, stressHighNs, ratio, oneInNs, oneOutNs }, order) => ({ step, group, order, gainNs, lowNs, highNs, stressLowNs, stressHighNs, share: whole === 0 ? 0 : gainNs / whole, ratio, oneInNs, oneOutNs })),
      ...ablation.groups.map(({ group, gainNs, lowNs, highNs, stressLowNs, stressHighNs, share, ratio }, i) => ({ step: 'all of', group, order: steps.length + i, gainNs, lowNs, highNs, stressLowNs, stressHighNs, share, ratio, oneInNs: null, oneOutNs: null })),
    ],
    waterfall: waterfall(ablation),
    'factor-causes': steps.flatMap(({ step, byCauseNs }, order) => (Object.entries(byCauseNs) as [Cause, number][]).map(([cause, gainNs]) => ({ step, order, cause, causeOrder: causeIndex[cause], family: familyOf(cause), gainNs }))),
    interactions: [...ablation.interactions],
    'ablation-cells': ablation.cells.map(({ levels, reference, state, valueNs, note }) => ({ cell: levels, reference, state, valueNs, note })),
  }
  const name = !hasPrefill ? metricName(metric, false) : metric === 'ttft' ? 'TTFT' : metric === 'tpot' ? 'time per output token' : 'time end to end'
  return writeStudyPage(
    {
      title: `From ${from} to ${to}: what each step is worth`,
      first: { line: origin.line, policies: [], notices: [] },
      hasPrefill,
      version: version(),
      command,
      setting: [['Replayed', ablation.subject], ['Device', ablation.device], [`${name} under ${from}`, formatNs(fromNs)], [`${name} under ${to}`, `${formatNs(toNs)} (${(fromNs / toNs).toFixed(2)}×)`], ['Orders', `${ablation.orders} possible ones`], ['Draws', `${ablation.samples}`]],
      basis: { title: 'What these numbers rest on', lines: ['a step’s gain is its mean over all orders of steps whose every prefix can exist; the gains sum to the whole exactly', 'a gain is a change of exposed time, cause by cause; negative parts are time that the step adds', 'published prototypes differ in more than these factors: what is compared here is mechanisms over one engine and one device'] },
      tables,
      captions: [
        ['factor-gains', 'Gains', 'Of each step, then of all steps of a kind. `alone, added first`: the first policy with this step only; `left out at the end`: what the last policy loses without it; empty where that cannot exist.'],
        ['factor-causes', 'Gains by cause', 'Exposed time that a step saves (or adds, negative), by cause.'],
        ['interactions', 'Interactions', 'Mean second differences: above 0 two steps win more together than apart. Empty: not identified, since some corner cannot exist.'],
        ['ablation-cells', 'Every combination', 'Replayed, or why it cannot be.'],
      ],
      warnings: ablation.warnings,
    },
    dir,
    fileName(ablation.study),
  )
}

function waterfall({ from, to, fromNs, toNs, steps }: Ablation): StudyTables['waterfall'] {
  let at = fromNs
  const middle = steps.map(({ step, gainNs, ratio }, i) => {
    const before = at
    at -= gainNs
    return { step, order: i + 1, kind: gainNs >= 0 ? ('gain' as const) : ('loss' as const), fromNs: before, toNs: at, said: gainNs === 0 ? '0' : `${gainNs > 0 ? '−' : '+'}${formatNs(Math.abs(gainNs))} (${ratio.toFixed(2)}×)` }
  })
  return [
    { step: from, order: 0, kind: 'end', fromNs: 0, toNs: fromNs, said: formatNs(fromNs) },
    ...middle,
    { step: to, order: steps.length + 1, kind: 'end', fromNs: 0, toNs, said: formatNs(toNs) },
  ]
}
