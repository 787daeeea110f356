import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import type { OpDraft } from '../op-draft.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { wholeBytes } from '../whole-text.js'
import { readRunBlocks, type ProfileEvent } from './etdump-buffer.js'

const MAX_BYTES = 64 << 20
const MAX_SPANS = 4
const TURN = 1 << 16

/** The innermost events of each run block; what encloses them is counted. A tick is taken as a nanosecond, as the
 *  Inspector does by default (rule `ticks-as-ns`). Throws `BadInput`. */
export async function readEtdump(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const bytes = await wholeBytes(source, tools, MAX_BYTES)
  const drafts = new OpDrafts(source, into, tools)
  const spans: string[] = []
  const place = { file: source.name, byteOffset: 0 }
  let step = 0
  let added = 0
  try {
    for await (const { name: block, events } of readRunBlocks(bytes, source.name)) {
      const isLoad = /^Default$/i.test(block)
      const own = onHostClock(events, skipped)
      for (const { name, start, end } of own)
        if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end < start)
          throw new BadInput({ ...place, field: name }, 'an event that ends behind its start', `${start} to ${end}`)
      const inner = innermost(own, skipped)
      for (const event of inner) {
        drafts.add(draftOf(event, isLoad, step), place)
        if (++added % TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      }
      if (inner.length > 0 && spans.length <= MAX_SPANS) spans.push(spans.length === MAX_SPANS ? '…' : `${isLoad ? 'load' : 'run'} ${spanOf(own)}`)
      if (!isLoad && inner.length > 0) step++
    }
    return await drafts.finish({
      device: 'unknown (ExecuTorch)',
      tool: 'ExecuTorch ETDump',
      format: 'etdump',
      note: `ticks are taken as ns; the file does not say what a tick is. From first start to last end, in ticks: ${spans.join(', ')}`,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

const hostRules = { kind: 'op-name', phase: 'run-block', step: 'run-block', startNs: 'ticks-as-ns', durationNs: 'ticks-as-ns' }
const delegateRules = { ...hostRules, processor: 'no-processor-in-file' }

function draftOf({ name, start, end, isDelegated }: ProfileEvent, isLoad: boolean, step: number): OpDraft {
  const type = name.replace(/^native_call_/, '').replace(/ #\d{1,6}$/, '')
  return {
    name,
    type,
    kind: kindOfOpWord(type),
    phase: isLoad ? 'load' : 'other',
    step: isLoad ? 0 : step,
    layer: layerOfOpName(type),
    lane: isDelegated ? 'delegate' : '',
    startNs: start,
    durationNs: end - start,
    rules: isDelegated ? delegateRules : hostRules,
  }
}

const spanOf = (events: readonly ProfileEvent[]): number => {
  let [first, last] = [Infinity, -Infinity]
  for (const { start, end } of events) {
    first = Math.min(first, start)
    last = Math.max(last, end)
  }
  return last - first
}

/** Some delegates log ticks of a clock of their own (a GPU's) or cycles from 0: such events begin outside all that
 *  the host ran. They cannot be placed, and the call of the delegate holds their time. */
function onHostClock(events: readonly ProfileEvent[], skipped: Skipped): readonly ProfileEvent[] {
  let [first, last] = [Infinity, -Infinity]
  for (const { start, end, isDelegated } of events) {
    if (isDelegated) continue
    first = Math.min(first, start)
    last = Math.max(last, end)
  }
  if (first === Infinity) return events
  return events.filter(({ start, isDelegated }) => {
    const isForeign = isDelegated && (start < first || start > last)
    if (isForeign) skipped.count('delegate event on a clock of its own')
    return !isForeign
  })
}

/** Events in order of start that hold no other one. Of two with the same times the later in the file holds the other:
 *  events are written when they end. One of no length is held, and holds nothing. */
function innermost(events: readonly ProfileEvent[], skipped: Skipped): ProfileEvent[] {
  const order = Array.from(events, (_, i) => i).sort((i, j) => {
    const [a, b] = [events[i]!, events[j]!]
    return a.start - b.start || b.end - a.end || j - i
  })
  const inner: ProfileEvent[] = []
  let next: ProfileEvent | undefined // the next one that has a length
  for (const event of order.map((i) => events[i]!).reverse()) {
    const hasLength = event.end > event.start
    if (hasLength && next !== undefined && next.start < event.end && next.end <= event.end) skipped.count('event around others')
    else inner.push(event)
    if (hasLength) next = event
  }
  return inner.reverse()
}
