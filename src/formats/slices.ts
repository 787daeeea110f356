import type { Spool } from '../trace/spool.js'
import type { Phase, ProcessorName } from '../trace/words.js'
import type { OpDrafts } from './op-drafts.js'
import { kindOfOpWord, layerOfOpName } from './op-roles.js'
import type { Skipped } from './skipped.js'
import type { WordTable } from './word-table.js'

/** Slices; sorted by track, start, length (longest first) and the order of the file. */
export const sliceRow = { track: 0, startNs: 1, minusDurationNs: 2, seq: 3, name: 4, cat: 5 } as const
export const SLICE_WIDTH = 6
/** Ends of flows; sorted by track, time and the order of the file. */
export const flowRow = { track: 0, atNs: 1, seq: 2, id: 3, isEnd: 4 } as const
export const FLOW_WIDTH = 5

/** Slices of tracks, whoever wrote them. */
export interface SliceEvents {
  readonly slices: Spool
  readonly flows: Spool
  readonly words: WordTable
  /** By a track's word, and by its process alone. */
  readonly trackNames: ReadonlyMap<string, string>
  readonly skipped: Skipped
}

interface Around {
  readonly endNs: number
  readonly phase: Phase | undefined
}

/** Adds the innermost slices as ops, track by track in order of start, with the slices around a moment on a stack; flows
 *  between them become dependencies. */
export function innermost(events: SliceEvents, drafts: OpDrafts, file: string): void {
  const { slices, skipped } = events
  const flows = new Flows(events)
  const reader = slices.sorted()
  const place = { file, byteOffset: 0 }
  let decodes = -1
  let hasPrefill = false
  let around: Around[] = []
  let track = -1
  let pending: { name: number; cat: number; startNs: number; endNs: number; phase: Phase | undefined } | undefined
  const add = (): void => {
    if (pending === undefined) return
    const { name, cat, startNs, endNs, phase } = pending
    const text = events.words.text(name)
    const lane = laneOf(events, track)
    drafts.add(
      {
        name: text,
        type: events.words.text(cat) || text,
        kind: kindOfOpWord(text),
        phase: phase ?? 'other',
        step: phase === 'decode' ? Math.max(1, decodes + 1) : 0,
        layer: layerOfOpName(text),
        processor: processorOf(`${lane} ${events.words.text(cat)}`),
        lane,
        startNs,
        durationNs: endNs - startNs,
        rules: phase === undefined ? plainRules : phaseRules,
      },
      place,
    )
    flows.leaf(track, startNs, endNs, drafts.length - 1)
    pending = undefined
  }
  while (reader.next()) {
    const { data, at } = reader
    const startNs = data[at + sliceRow.startNs]!
    const endNs = startNs - data[at + sliceRow.minusDurationNs]!
    if (data[at + sliceRow.track]! !== track) {
      add()
      track = data[at + sliceRow.track]!
      around = []
    }
    if (pending !== undefined && startNs < pending.endNs && endNs <= pending.endNs) {
      // The one before holds this one: it is no op itself.
      around.push({ endNs: pending.endNs, phase: pending.phase })
      pending = undefined
      skipped.count('slice around others')
    } else add()
    while (around.length > 0 && around.at(-1)!.endNs <= startNs) around.pop()
    const name = data[at + sliceRow.name]!
    const own = phaseOf(events.words.text(name))
    if (own === 'decode') decodes++
    hasPrefill ||= own === 'prefill'
    pending = { name, cat: data[at + sliceRow.cat]!, startNs, endNs, phase: own ?? around.findLast(({ phase }) => phase !== undefined)?.phase }
  }
  add()
  flows.join(drafts, skipped)
}

const plainRules = { kind: 'slice-name', layer: 'slice-name', processor: 'track-name' }
const phaseRules = { ...plainRules, phase: 'slice-around', step: 'slice-around' }

function phaseOf(name: string): Phase | undefined {
  if (/\bprefill\b/i.test(name)) return 'prefill'
  return /\bdecod(e|ing)\b/i.test(name) ? 'decode' : undefined
}

function laneOf({ words, trackNames }: SliceEvents, track: number): string {
  const key = words.text(track)
  const slash = key.indexOf('/')
  const [process, thread] = [slash < 0 ? undefined : trackNames.get(key.slice(0, slash)), trackNames.get(key)]
  if (thread !== undefined) return process === undefined ? `${thread} (${key})` : `${process}: ${thread} (${key})`
  return process === undefined ? key : `${process} (${key})`
}

const processorOf = (words: string): ProcessorName =>
  /\b(npu|htp|dsp|hexagon|tpu|ane|apu)\b/i.test(words) ? 'npu' : /\b(gpu|cuda|stream|opencl|vulkan|metal|adreno|mali|kernel)\b/i.test(words) ? 'gpu' : 'cpu'

/** Flows bound to ops: each end belongs to the op of its track that is on at its time, a finish also to the next one. */
class Flows {
  private readonly reader
  private has: boolean
  private readonly starts = new Map<number, number>()
  private readonly finishes = new Map<number, number>()
  private unbound = 0

  constructor(events: SliceEvents) {
    this.reader = events.flows.sorted()
    this.has = this.reader.next()
  }

  /** An op of the track in order of start: takes the flow ends up to its own end. */
  leaf(track: number, startNs: number, endNs: number, draft: number): void {
    for (; this.has; this.has = this.reader.next()) {
      const { data, at } = this.reader
      const order = data[at + flowRow.track]! - track || data[at + flowRow.atNs]! - endNs
      if (order > 0) return
      const isEnd = data[at + flowRow.isEnd] === 1
      const isHere = data[at + flowRow.track] === track && (data[at + flowRow.atNs]! >= startNs || isEnd)
      const ends = isEnd ? this.finishes : this.starts
      if (!isHere || ends.size >= 4_000_000) this.unbound++
      else ends.set(data[at + flowRow.id]!, draft)
    }
  }

  join(drafts: OpDrafts, skipped: { count(reason: string, times?: number): void }): void {
    for (; this.has; this.has = this.reader.next()) this.unbound++
    for (const [id, to] of this.finishes) {
      const from = this.starts.get(id)
      if (from === undefined) this.unbound++
      else if (from !== to) drafts.waits(to, from)
    }
    if (this.unbound > 0) skipped.count('flow that meets no op', this.unbound)
  }
}
