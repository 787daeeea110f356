import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { wholeBytes } from '../whole-text.js'
import { readRunBlocks, type ProfileEvent } from './etdump-buffer.js'

const MAX_BYTES = 128 << 20

/** The innermost events of each run block; what encloses them is counted. A tick is taken as a nanosecond, as the
 *  Inspector does by default (rule `ticks-as-ns`). Throws `BadInput`. */
export async function readEtdump(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const blocks = readRunBlocks(await wholeBytes(source, tools, MAX_BYTES), source.name)
  const drafts = new OpDrafts(source, into, tools)
  let step = 0
  try {
    for (const { name: block, events } of blocks) {
      const isLoad = /^Default$/i.test(block)
      const inner = innermost(events, skipped)
      for (const { name, start, end } of inner) {
        if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end < start) throw new BadInput({ file: source.name, byteOffset: 0, field: name }, 'an event that ends behind its start', `${start} to ${end}`)
        const type = name.replace(/^native_call_/, '')
        drafts.add(
          {
            name,
            type,
            kind: kindOfOpWord(type),
            phase: isLoad ? 'load' : 'other',
            step: isLoad ? 0 : step,
            layer: layerOfOpName(type),
            startNs: start,
            durationNs: end - start,
            rules: { kind: 'op-name', phase: 'run-block', step: 'run-block', startNs: 'ticks-as-ns', durationNs: 'ticks-as-ns' },
          },
          { file: source.name, byteOffset: 0 },
        )
      }
      if (!isLoad && inner.length > 0) step++
    }
    return await drafts.finish({
      device: 'unknown (ExecuTorch)',
      tool: 'ExecuTorch ETDump',
      format: 'etdump',
      note: 'ticks are taken as ns; the file does not say what a tick is',
      skipped,
    })
  } finally {
    drafts.close()
  }
}

/** Events in order of start that hold no other one. */
function innermost(events: readonly ProfileEvent[], skipped: Skipped): ProfileEvent[] {
  const sorted = [...events].sort((a, b) => a.start - b.start || b.end - a.end)
  return sorted.filter((event, i) => {
    const next = sorted[i + 1]
    const isAround = next !== undefined && next.start >= event.start && next.end <= event.end && event.end > event.start && next.start < event.end
    if (isAround) skipped.count('event around others')
    return !isAround
  })
}
