import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'
import { usingSpools } from '../spools.js'
import type { SwitchPart } from './parts.js'
import { FtraceReader, type FtraceTally } from './reader.js'
import { FtraceSections } from './sections.js'
import { SwitchDrafts } from './switch-drafts.js'
import { TaskNames } from './task-names.js'

/** Reads recorded world switches: each SMC an op of kind `world-switch`, each return to the normal world in the middle
 *  of a call an `rpc`, each handler that ran before the end event an `interrupt`; sections that apps wrote become ops beside them.
 *  Throws `BadInput` without any. */
export function readFtrace(source: Source, into: TraceWriter, tools: ImportTools, format = 'ftrace'): Promise<HeaderFacts> {
  return usingSpools(tools, (spool) => read(source, into, { ...tools, spool }, format))
}

async function read(source: Source, into: TraceWriter, tools: ImportTools, format: string): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  let line = 0
  const tasks = new TaskNames()
  const switches = new SwitchDrafts(drafts, tasks, () => ({ file: source.name, line }))
  const sections = new FtraceSections(source.name, tasks, skipped, tools.spool)
  const part = (one: SwitchPart): void => {
    switches.part(one)
    sections.cut(one)
  }
  const reader = new FtraceReader(skipped, part, switches.mark, sections.mark)
  await eachLogLine(source, tools, skipped, (text, number) => {
    line = number
    reader.line(text)
  })
  reader.finish()
  const { tally } = reader
  const sectionCount = sections.addTo(drafts)
  if (switches.switches === 0 && sectionCount === 0)
    throw new BadInput(
      { file: source.name, line: 1 },
      'events of world switches (optee_invoke_fn_begin and _end, scm_smc_request and _done, scm_call_start and _end, or optee_smccc_smc in a function graph), or sections of ATrace',
      `${tally.events} events without one: ${namesOf(tally)}`,
      'record with `trace-cmd record -e optee -e irq -e sched`',
    )
  if (tally.overwritten > 0) skipped.count('event overwritten in the ring (its header)', tally.overwritten)
  if (tally.lost > 0) skipped.count('event lost (LOST lines)', tally.lost)
  const partial = tally.overwritten > 0 || tally.lost > 0
  return await drafts.finish({
    device: 'unknown (Linux with a trusted OS)',
    tool: format === 'ftrace' ? 'Linux ftrace' : 'trace-cmd',
    format,
    note:
      `${tally.events} events of ${tally.cpus.size} CPUs; ${switches.hasClock ? 'times by the trace clock of the kernel' : 'no clock in the file: starts laid out in file order'}` +
      (partial ? '; events were lost: counts are a lower bound' : ''),
    ...(sectionCount > 0 ? {} : { requests: [{ id: 'recording', arrivalNs: 0, promptTokens: 0, outputTokens: 0 }] }),
    skipped,
    ...(switches.switches > 0 ? { calls: reader.calls.recorded } : {}),
  })
}

function namesOf({ byName }: FtraceTally): string {
  const names = [...byName].sort(([, a], [, b]) => b - a)
  return names.length === 0 ? 'none' : names.slice(0, 4).map(([name, count]) => `${count} ${name}`).join(', ')
}
