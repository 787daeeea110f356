import type { ValidationTableName } from '../analysis/tables.js'
import type { Validation } from '../study/validate/validation.js'
import { validationCharts } from './chart.js'
import type { TablesPage } from './tables-page.js'
import { validationTables } from './validation-rows.js'
import { findingLines, summaryLines } from './validation-words.js'

/** The validation as a page: how near the replay comes to every published figure. */
export function validationPage(validation: Validation, { version, command }: { readonly version: string; readonly command: string }): TablesPage<ValidationTableName> {
  const { devices, samples, seed, claims } = validation
  return {
    title: 'Published figures, predicted from component costs',
    version,
    command,
    setting: [
      ...devices.map(({ id, title }) => ['Device', `${title} (${id})`] as const),
      ['Intervals', samples > 0 ? `95 %, from ${samples} draws of the devices’ parameters, seed ${seed}` : 'none: parameters at their central values'],
      ['Replayed with', `worldswitch ${version}`],
    ],
    basis: { title: 'How near the replay comes', lines: [...summaryLines(validation), ...validation.notes] },
    charts: validationCharts(),
    tables: validationTables(validation),
    captions,
    notes: {
      id: 'claims-notes',
      title: 'Notes on the claims',
      lines: [...findingLines(validation), ...claims.flatMap(({ id, notes }) => notes.map((note) => `${id}: ${note}`))],
    },
  }
}

const captions: TablesPage<ValidationTableName>['captions'] = [
  ['claims', 'All claims', 'Every published claim beside what its own setting replays to. Calibrating claims are scored apart: parameters come from them.'],
  ['claim-readings', 'Other readings of the same sources', 'Discrete readings of what the papers leave open, one at a time; the claims above are under the defaults.'],
  ['claim-explanations', 'What would close the gap', 'A diagnosis, applied nowhere: for each claim outside its tolerance, or without one and more than 10 % off, the parameters that decide it and have a stated range, each moved alone within it. A parameter that closes a gap here may be wrong, or another one that is not varied.'],
  ['claim-parameters', 'What decided each claim', 'How far raising a parameter by 10 % moves the claim’s metric, one at a time.'],
]
