import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { givenClock, noClock, ticksToNs } from '../cycles.js'
import type { ImportTools } from '../format.js'
import { kindOfGraphOp } from '../graph-kinds.js'
import type { OpDraft } from '../op-draft.js'
import { OpDrafts } from '../op-drafts.js'
import { layerOfOpName } from '../op-roles.js'
import { OwnTime } from '../own-time.js'
import { Skipped } from '../skipped.js'
import { untoldRequest } from '../untold-request.js'
import { wholeBytes } from '../whole-text.js'
import { xnnpackType } from '../xnnpack-type.js'
import { readRunBlocks, type ProfileEvent } from './etdump-buffer.js'

const MAX_BYTES = 64 << 20
const MAX_SPANS = 4
const TURN = 1 << 16

/** The events of each run block, one run a step: what holds others keeps its own time. The file does not say what a tick is, so the caller does.
 *  Throws `BadInput`. */
export async function readEtdump(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const bytes = await wholeBytes(source, tools, MAX_BYTES)
  const clock = givenClock(tools)
  const drafts = new OpDrafts(source, into, tools)
  const spans: string[] = []
  const place = { file: source.name, byteOffset: 0 }
  let step = 0
  let firstTick = NaN
  let added = 0
  try {
    for await (const { name: block, events } of readRunBlocks(bytes, source.name)) {
      const isLoad = /^Default$/i.test(block)
      const own = onHostClock(events, skipped)
      for (const { name, start, end } of own)
        if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end < start)
          throw new BadInput({ ...place, field: name }, 'an event that ends behind its start', `${start} to ${end}`)
      if (own.length === 0) continue
      if (clock === undefined) throw noClock(place, 'raw ticks', '; the Inspector takes a tick for a nanosecond (--clock 1GHz)')
      const order = inOrder(own)
      if (Number.isNaN(firstTick)) firstTick = order[0]!.start
      const ns = (tick: number): number => ticksToNs(tick - firstTick, clock)
      const pieces: Piece[] = []
      const sweep = new OwnTime((row, start, end, isParent) => pieces.push({ event: order[row]!, start, end, isParent }))
      for (const [row, event] of order.entries()) sweep.enter(row, event.start, event.end)
      sweep.finish()
      if (sweep.overlaps.clipped > 0) skipped.count('event that ends behind the begin of the next one (cut there)', sweep.overlaps.clipped)
      for (const { event, start, end, isParent } of pieces) {
        const startNs = ns(start)
        drafts.add({ ...(isParent ? callerOf(event, isLoad) : draftOf(event, isLoad)), step: isLoad ? 0 : step, startNs, durationNs: ns(end) - startNs }, place)
        if (++added % TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      }
      if (spans.length <= MAX_SPANS) spans.push(spans.length === MAX_SPANS ? '…' : `${isLoad ? 'load' : 'run'} ${spanOf(own)}`)
      if (!isLoad) step++
    }
    return await drafts.finish({
      device: 'unknown (ExecuTorch)',
      tool: 'ExecuTorch ETDump',
      format: 'etdump',
      note: `ticks by the clock that was given; from first start to last end, in ticks: ${spans.join(', ')}`,
      requests: untoldRequest,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

/** A stretch in which an event is the innermost. */
interface Piece {
  readonly event: ProfileEvent
  readonly start: number
  readonly end: number
  readonly isParent: boolean
}

type Untimed = Omit<OpDraft, 'startNs' | 'durationNs' | 'step'>

const hostRules = { kind: 'op-name', phase: 'run-block', step: 'run-block', durationNs: 'clock-given' }
const delegateRules = { ...hostRules, processor: 'no-processor-in-file' }
const callerRules = { ...hostRules, kind: 'own-time-of-a-caller' }

function draftOf({ name, isDelegated }: ProfileEvent, isLoad: boolean): Untimed {
  const type = name.replace(/^native_call_/, '').replace(/ #\d{1,6}$/, '')
  const dataType = xnnpackType(type)
  return {
    name,
    type,
    kind: kindOfGraphOp(type),
    phase: isLoad ? 'load' : 'other',
    layer: layerOfOpName(type),
    lane: isDelegated ? 'delegate' : '',
    ...(dataType === undefined ? {} : { dataType }),
    rules: { ...(isDelegated ? delegateRules : hostRules), ...(dataType === undefined ? {} : { dataType: 'op-name' }) },
  }
}

const callerOf = ({ name }: ProfileEvent, isLoad: boolean): Untimed => ({ name, kind: 'dispatch', phase: isLoad ? 'load' : 'other', rules: callerRules })

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

/** Events in order of start. Of two with the same times the later in the file holds the other: events are written when they
 *  end. One of no length holds nothing. */
function inOrder(events: readonly ProfileEvent[]): ProfileEvent[] {
  return Array.from(events, (_, i) => i)
    .sort((i, j) => {
      const [a, b] = [events[i]!, events[j]!]
      return a.start - b.start || b.end - a.end || j - i
    })
    .map((i) => events[i]!)
}
