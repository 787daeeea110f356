import type { SwitchTableName, SwitchTables } from '../analysis/tables.js'
import type { WorldSwitches } from '../analysis/world-switches.js'
import { formatNs, formatShare } from '../base/units.js'
import type { TraceHeader } from '../trace/trace.js'
import { switchCharts } from './chart.js'
import type { TablesPage } from './tables-page.js'

/** Recorded world switches as a page: the switch microbenchmark of a recording. */
export function switchesPage(
  header: TraceHeader,
  found: WorldSwitches,
  tables: SwitchTables,
  facts: { readonly hash: string; readonly version: string; readonly command: string },
): TablesPage<SwitchTableName> {
  return {
    first: { line: switchesLine(header), policies: [], notices: [] },
    title: `World switches recorded in ${header.name}`,
    version: facts.version,
    command: facts.command,
    setting: [
      ['Trace', `${header.name} (${facts.hash.slice(0, 12)})`],
      ['Recorded by', header.provenance.tool],
      ['On', `${header.provenance.machine ?? header.device}${header.provenance.emulated === true ? ' (emulated)' : ''}`],
      ['Read with', `worldswitch ${facts.version}`],
    ],
    basis: { title: 'What was recorded', lines: switchLines(found, header) },
    charts: switchCharts().filter(({ meta }) => tables[meta.table].length > 0),
    tables,
    captions: [
      ['round-trips', 'Round trips', 'One SMC each, by how it ended: `done` ends a call, or a fast SMC, which is of none; the other ends are returns to the normal world in the middle of one. Without handlers that ran before the return was seen.'],
      ['switch-calls', 'Calls', 'Whole calls by the function of the driver that made them (where functions were traced), else by the SMC that began them; times from the first entry to the last return, without handlers.'],
      ['calls-by-round-trips', 'Round trips of a call', 'How many calls took how many round trips.'],
      ['time-in-worlds', 'Time in each world', 'Added up over tasks, so with several tasks it can exceed the length of the recording.'],
      ['switch-returns', 'Returns to the normal world', 'From a return in the middle of a call to its resumption: the work of an RPC, the handling of a foreign interrupt, the wait for a secure thread.'],
      ['switch-interrupts', 'Interrupts', 'Handlers, and other tasks, that ran between an entry and the event of its return.'],
      ['recorded-steps', 'Inference steps', 'Between the marks that the run wrote; calls of all tasks in that time.'],
      ['switch-tasks', 'Tasks', 'Who made the calls.'],
    ],
    notes: {
      id: 'left-out',
      title: 'What was lost or left out',
      lines: Object.entries(header.skipped).map(([reason, count]) => `${count} × ${reason}`),
    },
  }
}

/** The first line: whose times these are. */
export const switchesLine = ({ device, profile, provenance }: TraceHeader): string =>
  `recorded on ${device}${profile === undefined ? '' : `, the device ${profile}`}${provenance.emulated === true ? ' (emulated: which calls there are is real, their times are an emulator’s)' : ''}; nothing is replayed`

/** What a recording says in a few sentences. */
export function switchLines(found: WorldSwitches, header: TraceHeader): string[] {
  const { calls, fastSmcs, roundTrips, spanNs, secureNs } = found
  const { note } = header.provenance
  return [
    `${roundTrips.count} round trips${fastSmcs === 0 ? '' : `, ${fastSmcs} of them fast SMCs that are of no call`}; ${calls.started + calls.headless} calls, over ${formatNs(spanNs)}`,
    `a round trip takes ${formatNs(roundTrips.p50Ns)} in the median (90 %: ${formatNs(roundTrips.p90Ns)}, 99 %: ${formatNs(roundTrips.p99Ns)}, longest ${formatNs(roundTrips.maxNs)}), ${formatNs(secureNs)} in all, added up over ${found.byTask.length} task${found.byTask.length === 1 ? '' : 's'} (${formatShare(secureNs / Math.max(1, spanNs))} of the recording)`,
    `${calls.whole} calls are whole, ${calls.headless} without their head, ${calls.unfinished} without their end (as the recording was cut, or events of it were lost); ${calls.refused} round trips were refused for want of a secure thread`,
    ...(note === undefined ? [] : [note]),
  ]
}
