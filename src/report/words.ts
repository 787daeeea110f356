import type { ReportCase, ReportData } from '../analysis/report-data.js'
import type { ParameterRow } from '../analysis/tables.js'
import { formatBytes, formatShare } from '../base/units.js'
import { cellText } from './cells.js'

/** The sentences that HTML and Markdown share. They quote untrusted text: each writer escapes them. */

/** What a case rests on: whose numbers these are, before any number. */
export function basisOf(one: ReportCase, device: string): readonly string[] {
  const how = {
    recorded: `Recorded: a real run, operator by operator${one.recordedOn === '' ? '' : `, on ${one.recordedOn}`}.`,
    imported: `Imported from another tool’s recording${one.recordedOn === '' ? '' : ` of ${one.recordedOn}`}.`,
    synthetic: 'Synthetic: computed from the model’s architecture; no operator was timed.',
    workload: 'A workload: operators are computed from the models’ architectures as requests are served; none was timed.',
  }[one.how]
  const predicted =
    one.predictedShare === 0
      ? 'None of its compute time was predicted: every operator keeps its recorded duration.'
      : `${formatShare(one.predictedShare)} of its compute time was predicted for ${device}, not recorded on it.`
  const guessed = one.inferred.map(({ field, rule, share }) => `${field} in ${formatShare(share)} of operators (${rule})`)
  const inferred =
    one.inferred.length === 0 ? 'No field of its operators was inferred.' : `Inferred by rule: ${guessed.join('; ')}.`
  return [how, predicted, inferred].map((sentence) => sentence.replace(/ %/g, '\u00a0%'))
}

export const identityOf = (one: ReportCase): string =>
  `${one.ops === null ? `Workload ${one.traceName}, ${cellText(one.requests, 'count')} requests` : `Trace ${one.traceName}, ${cellText(one.ops, 'count')} operators`}, content hash ${one.traceHash.slice(0, 16)}…`

/** The setting of every case, as pairs of a name and what it is. */
export function settingOf(data: ReportData): readonly (readonly [string, string])[] {
  return [
    ['Device', `${data.device.title} (${data.device.id})`],
    ['Memory pressure', formatBytes(data.pressureBytes)],
    [
      'Intervals',
      data.samples > 0
        ? `95 %, from ${data.samples} draws of the device’s parameters, seed ${data.seed}`
        : 'none: parameters at their central values',
    ],
    ['Replayed with', `worldswitch ${data.version}`],
  ]
}

/** Parameters over all cases, once each; `cases` names by number those that used exactly this value. */
export function parametersOf(data: ReportData): readonly { readonly row: ParameterRow; readonly cases: string }[] {
  const found = new Map<string, { row: ParameterRow; cases: number[] }>()
  for (const [i, one] of data.cases.entries()) {
    for (const row of one.tables.parameters) {
      const key = JSON.stringify([row.id, row.value, row.unit, row.spread, row.grade, row.source, row.informedBy])
      const entry = found.get(key) ?? { row, cases: [] }
      if (entry.cases.at(-1) !== i + 1) entry.cases.push(i + 1)
      found.set(key, entry)
    }
  }
  return [...found.values()].map(({ row, cases }) => ({
    row,
    cases: cases.length === data.cases.length ? 'all' : cases.join(', '),
  }))
}

export const recordedCaption = 'Measured beside replayed: world switches that were recorded with the ops (their time is all that was spent in the secure world, its work included), and those of each policy (their time is what of the switch family is exposed).'
export const taxCaption = 'What the normal world pays: memory that it cannot have, work lost to stage-2 while that is active, time until it gets memory back, NPU jobs that come late.'

/** What the words mean, and what the numbers must not be taken for. */
export const definitions: readonly (readonly [term: string, meaning: string])[] = [
  ['TTFT', 'Time to first token: from the request’s arrival to the end of its prefill.'],
  ['TPOT', 'Time per output token after the first: the mean length of the decode steps.'],
  [
    'Exposed',
    'The part of a cause’s time that lies on the critical path. The exposed times of a window’s causes sum to its ' +
      'length, to the nanosecond.',
  ],
  ['Hidden', 'The part of a cause’s time that other work overlaps. Exposed and hidden sum to the time the cause was busy.'],
  [
    'Switch overhead',
    'The exposed time of the cause family “switch”: world switches, NPU mode switches and launches, protecting and ' +
      'releasing pages, mapping, invalidating, scrubbing.',
  ],
  [
    'Saving',
    'What a window would lose if a cause cost nothing, found by replaying it so. A share of the critical path is not ' +
      'a saving: take one cause away, and another path may be nearly as long.',
  ],
  ['Step', 'Step 0 is the prefill, step k the k-th decode step.'],
  [
    'Assumed split',
    'A measured total is authoritative; where its parts were not measured, an assumption divides it. Such parts are ' +
      'drawn paler, with a dashed edge.',
  ],
  ['Predicted', 'An operator moved to a processor it was not recorded on takes a duration from that processor’s sourced rates.'],
  [
    'Grade',
    'Measured: published or calibrated as it stands. Derived: computed from measured figures. Assumed: reasoned, with' +
      ' its reason as source. “Informed by” lists published claims that shaped the value; they do not validate it.',
  ],
  [
    'What not to read here',
    'On a lone request flex-npu does not beat co-driver. What it wins shows when the normal world wants the NPU too, ' +
      'in memory that can be taken back, and in what has to be trusted.',
  ],
]

export const comparisonCaption = (one: ReportCase): string => `The policies side by side; speed-ups are over ${one.baseline}.`
