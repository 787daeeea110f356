import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { firstClockUs } from '../first-clock.js'
import { OpDrafts } from '../op-drafts.js'
import { machineText } from '../machine-text.js'
import { FLOW_WIDTH } from '../slice-flows.js'
import { PAIR_WIDTH } from '../slice-pairs.js'
import { SLICE_WIDTH } from '../slice-tree.js'
import { addSlices } from '../slices.js'
import { usingSpools } from '../spools.js'
import { checkedChunks } from '../utf8.js'
import { TraceLines } from '../trace-lines.js'
import { ChromeEvents } from './chrome-events.js'

/** Reads slices (complete, begun and ended, asynchronous); what is the innermost of its track becomes an op, flows
 *  between them dependencies. A file that stops in the middle gives what stands there. Throws `BadInput`. */
export function readChrome(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  return usingSpools(tools, async (spool) => {
    const drafts = new OpDrafts(source, into, { ...tools, spool })
    const events = new ChromeEvents(source.name, spool(SLICE_WIDTH, 4), spool(FLOW_WIDTH, 3), spool(PAIR_WIDTH, 3), () => new TraceLines(source.name, into), firstClockUs(source.head))
    for await (const chunk of checkedChunks(source, tools)) events.scanner.feed(chunk)
    const ending = events.scanner.finish()
    if (events.own !== undefined) {
      if (ending.cut !== undefined) throw new BadInput(events.scanner.place(), `the end of ${ending.cut}`, 'the end of the file', 'the trace was cut off')
      return events.own.finish(2, true, tools)
    }
    events.finish()
    if (ending.cut === 'an event') events.skipped.count('event cut off by the end of the file')
    else if (ending.cut !== undefined) events.skipped.count('end of the file missing')
    addSlices(events, drafts, source.name)
    return await drafts.finish({
      device: machineText(events.machine) ?? 'unknown (trace events)',
      tool: 'trace events',
      format: 'chrome-trace',
      dependencies: 'program-order',
      skipped: events.skipped,
    })
  })
}
