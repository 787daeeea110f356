import type { AsRecorded } from '../analysis/as-recorded.js'
import { formatNs } from '../base/units.js'
import { processorNames } from '../trace/words.js'
import type { TableColumn } from './table.js'

export const recordedColumns: readonly TableColumn[] = [
  { key: 'recorded', title: 'as recorded' },
  { key: 'span', align: 'right' },
  { key: 'busy', align: 'right' },
  { key: 'idle', align: 'right' },
  { key: 'perStep', title: 'idle a step', align: 'right' },
  { key: 'steps', align: 'right' },
  { key: 'device', title: 'time by processor' },
  { key: 'prefill', align: 'right' },
  { key: 'decode', title: 'decode step', align: 'right' },
  { key: 'ratio', title: 'replayed / recorded', align: 'right' },
]

/** The recording itself, as a row. `unprotected`: what an unprotected replay of it takes here, in ns; undefined: none was made. */
export function recordedCells(recorded: AsRecorded, unprotected?: { readonly policy: string; readonly ns: number }): Record<string, string>[] {
  const { machine, emulated, hasStarts, spanNs, busyNs, idleNs, deviceNs, steps, idlePerStepNs, prefillNs, decodeStepNs } = recorded
  const time = (ns: number | null): string => (ns === null ? '–' : formatNs(ns))
  return [
    {
      recorded: `${machine}${emulated ? ' (emulated)' : ''}`,
      span: formatNs(spanNs),
      busy: formatNs(busyNs),
      idle: hasStarts ? formatNs(idleNs) : '–',
      perStep: hasStarts ? formatNs(idlePerStepNs) : '–',
      steps: `${steps}`,
      device: processorNames.flatMap((name) => (deviceNs[name] === undefined ? [] : [`${name} ${formatNs(deviceNs[name])}`])).join(', '),
      prefill: time(prefillNs),
      decode: time(decodeStepNs),
      ratio: unprotected === undefined || spanNs === 0 ? '–' : `${(unprotected.ns / spanNs).toPrecision(3)} (${unprotected.policy})`,
    },
  ]
}
