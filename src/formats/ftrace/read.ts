import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'
import { FtraceReader, type FtraceTally } from './reader.js'
import { SwitchDrafts } from './switch-drafts.js'

/** Reads recorded world switches: each SMC an op of kind `world-switch`, each return to the normal world in the middle
 *  of a call an `rpc`, each handler that ran before the end event an `interrupt`. Throws `BadInput` without any. */
export async function readFtrace(source: Source, into: TraceWriter, tools: ImportTools, format = 'ftrace'): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  let line = 0
  const switches = new SwitchDrafts(drafts, () => ({ file: source.name, line }))
  const reader = new FtraceReader(skipped, switches.part, switches.mark)
  try {
    await eachLogLine(source, tools, skipped, (text, number) => {
      line = number
      reader.line(text)
    })
    reader.finish()
    const { tally } = reader
    if (switches.switches === 0)
      throw new BadInput(
        { file: source.name, line: 1 },
        'events of world switches (optee_invoke_fn_begin and _end, scm_call_start and _end, or optee_smccc_smc in a function graph)',
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
      requests: [{ id: 'recording', arrivalNs: 0, promptTokens: 0, outputTokens: 0 }],
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function namesOf({ byName }: FtraceTally): string {
  const names = [...byName].sort(([, a], [, b]) => b - a)
  return names.length === 0 ? 'none' : names.slice(0, 4).map(([name, count]) => `${count} ${name}`).join(', ')
}
