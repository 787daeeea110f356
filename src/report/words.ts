import type { ReportCase, ReportData } from '../analysis/report-data.js'
import type { ParameterRow } from '../analysis/tables.js'
import { formatBytes, formatShare } from '../base/units.js'
import { cellText } from './cells.js'

/** The sentences that HTML and Markdown share. They quote untrusted text: each writer escapes them. */

/** What stands above everything else of a case: its first line, then what a reader must know before any number. */
export interface FirstWords {
  readonly line: string
  /** Policies that are not shown, and marks of those that are shown all the same. */
  readonly policies: readonly string[]
  /** Warnings that must not be missed. */
  readonly notices: readonly string[]
}

export const firstWordsOf = ({ origin, leftOut, carriedOver, notices }: Pick<ReportCase, 'origin' | 'leftOut' | 'carriedOver' | 'notices'>): FirstWords => ({
  line: origin.line,
  policies: [...leftOut.map(({ policy, reason, help }) => `Left out: ${policy}: ${reason}; ${help}.`), ...carriedOver.map(({ policy, reason }) => `* ${policy}: ${reason}.`)],
  notices,
})

/** What a case rests on: whose numbers these are, before any number. */
export function basisOf({ origin: { how, machine, emulated }, inferred }: ReportCase): readonly string[] {
  const whose = `${machine}${emulated ? ', which was emulated: its times are an emulator’s' : ''}`
  const said = {
    recorded: `Recorded: a real run, operator by operator, on ${whose}.`,
    imported: `Imported from another tool’s recording of ${whose}.`,
    synthetic: 'Synthetic: computed from the model’s architecture; no operator was timed.',
    workload: 'A workload: operators are computed from the models’ architectures as requests are served; none was timed.',
  }[how]
  const guessed = inferred.map(({ field, rule, share }) => `${field} in ${formatShare(share)} of operators (${rule})`)
  const sentences = [said, inferred.length === 0 ? 'No field of its operators was inferred.' : `Inferred by rule: ${guessed.join('; ')}.`]
  return sentences.map((sentence) => sentence.replace(/ %/g, '\u00a0%'))
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

export const switchesCaption = ({ origin }: ReportCase): string => `Recorded beside replayed: world switches that were recorded with the ops (their time is all that was spent in the secure world, its work included${origin.emulated ? '; the machine was emulated: its times are an emulator’s' : ''}), and those of each policy (their time is what of the switch family is exposed).`
export const recordedCaption = 'The recording itself, before anything is replayed: from its first start to its last end, how long something ran and how long nothing did, and the time of its operators by processor.'
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
  ['Run time', 'From the request’s arrival to the end of its last pass: what a run without a prefill has instead of a TTFT.'],
  ['Recorded here', 'On the machine that it was recorded on, and on the processor it ran on, an operator keeps its recorded duration.'],
  ['Predicted', 'An operator on another processor than it was recorded on takes a duration from that processor’s sourced rates.'],
  [
    'Carried over',
    'Neither the FLOPs nor the bytes of an operator are known, so that it keeps the duration it had on another machine. Policies that would move such operators to another processor are left out.',
  ],
  [
    'Grade',
    'Measured: published or calibrated as it stands. Derived: computed from measured figures. Assumed: reasoned, with' +
      ' its reason as source. “Informed by” lists published claims that shaped the value; they do not validate it.',
  ],
  [
    'What not to read here',
    'A lone request shows what a mechanism costs. What it is for may show only where the normal world wants the NPU or the ' +
      'memory too (a workload), and in what has to be trusted (the exposure audit).',
  ],
]

export const comparisonCaption = ({ baseline, carriedOver }: ReportCase): string => `The policies side by side; speed-ups are over ${baseline}.${carriedOver.length === 0 ? '' : ' *: times are carried over from another machine, and would be left out.'}`
