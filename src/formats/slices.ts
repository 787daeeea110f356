import type { Spool } from '../trace/spool.js'
import type { Phase, ProcessorName } from '../trace/words.js'
import type { OpDrafts } from './op-drafts.js'
import { OwnTime } from './own-time.js'
import type { Skipped } from './skipped.js'
import { Flows } from './slice-flows.js'
import { NO_SLICE, SliceTree, sliceRow, type SliceName } from './slice-tree.js'
import type { WordTable } from './word-table.js'

/** Slices of tracks, whoever wrote them. */
export interface SliceEvents {
  readonly slices: Spool
  readonly flows: Spool
  readonly words: WordTable
  /** The name of a track by its word, and of the process that it is of. */
  trackName(track: string): string | undefined
  processOf(track: string): string | undefined
  readonly skipped: Skipped
  /** A slice that is no work, by its track and category: why; undefined: it is. */
  leftOut(track: number, cat: number): string | undefined
}

/** A slice that has begun. */
interface Begun {
  readonly name: SliceName
  readonly cat: number
  readonly durationNs: number
}

/** Adds an op for every piece of time in which a slice is the innermost of its track: slices that hold no others as they
 *  are, of those that call others their own time between the calls (`dispatch`, unless most of their time is their
 *  own). An operator whose inner slices name no operators is one op. Flows between slices become dependencies. */
export function addSlices(events: SliceEvents, drafts: OpDrafts, file: string): void {
  const { skipped, words } = events
  const left = (track: number, cat: number): boolean => events.leftOut(track, cat) !== undefined
  const tree = new SliceTree(events.slices, words, left)
  const flows = new Flows(events.flows)
  const place = { file, byteOffset: 0 }
  let begun = new Map<number, Begun>()
  let room = 4096
  let track = -1
  let lane = ''
  let processors: ProcessorName[] = [] // of the lane, by category
  const sweep = new OwnTime((row, startNs, endNs, isCut) => {
    const slice = begun.get(row)
    if (slice === undefined) return // the thread was away
    const { name, cat, durationNs } = slice
    const isParent = isCut && tree.holds(row)
    const { text } = name
    const processor = (processors[cat] ??= processorOf(`${lane} ${words.text(cat)}`))
    const number = tree.annotation(row)
    const isAnnotation = name.phase !== undefined
    if (isParent && isAnnotation && processor !== 'cpu') return skipped.count('gap within a pass, on a device’s track')
    const pass = number < 0 ? tree.passes.at(startNs) : tree.passes.within(number)
    const isDispatch = isParent && (isAnnotation || !tree.isOwnWork(row, name, durationNs))
    drafts.add(
      {
        name: text,
        type: words.text(cat) || text,
        kind: isDispatch ? 'dispatch' : name.kind,
        phase: pass.phase,
        request: pass.request,
        step: pass.step,
        layer: name.layer,
        processor,
        lane,
        startNs,
        durationNs: endNs - startNs,
        rules: rulesOf(pass.phase, number >= 0, isDispatch ? 1 : isCut && !isParent ? 2 : 0),
      },
      place,
    )
    flows.leaf(track, startNs, endNs, drafts.length - 1)
  })
  const reader = events.slices.sorted()
  let wholeEndNs = -Infinity
  for (let row = 0; reader.next(); row++) {
    const { data, at } = reader
    const startNs = data[at + sliceRow.startNs]!
    const durationNs = -data[at + sliceRow.minusDurationNs]!
    const word = data[at + sliceRow.name]!
    const cat = data[at + sliceRow.cat]!
    if (data[at + sliceRow.track]! !== track) {
      sweep.finish()
      begun.clear()
      track = data[at + sliceRow.track]!
      lane = laneOf(events, track)
      processors = []
      sweep.keepsOverlaps = processorOf(lane) !== 'cpu'
      wholeEndNs = -Infinity
    }
    if (word === NO_SLICE) {
      sweep.enter(row, startNs, startNs + durationNs)
      continue
    }
    const name = tree.name(word)
    const reason = events.leftOut(track, cat)
    if (reason !== undefined) skipped.count(reason)
    else if (startNs < wholeEndNs && startNs + durationNs <= wholeEndNs) skipped.count('slice within an operator')
    else {
      begun.set(row, { name, cat, durationNs })
      sweep.enter(row, startNs, startNs + durationNs)
      if (tree.isWhole(row, name)) wholeEndNs = startNs + durationNs
    }
    if (begun.size > room) {
      const still = new Map<number, Begun>()
      sweep.eachOpen((one) => {
        const slice = begun.get(one)
        if (slice !== undefined) still.set(one, slice)
      })
      begun = still
      room = Math.max(4096, 2 * begun.size)
    }
  }
  sweep.finish()
  if (sweep.overlaps.kept > 0) skipped.count('slice that begins a little before the one ahead of it on its track ends (kept)', sweep.overlaps.kept)
  if (sweep.overlaps.clipped > 0) skipped.count('slice that ends behind the begin of the next one of its track (cut there)', sweep.overlaps.clipped)
  flows.join(drafts, skipped)
}

const rules = { kind: 'slice-name', layer: 'slice-name', processor: 'track-name' }
const ownTime = { kind: 'own-time-of-a-caller', durationNs: 'own-time-of-a-caller' }
const around = { phase: 'slice-around', step: 'slice-around', request: 'slice-around' }
const beside = { phase: 'slice-at-that-time', step: 'slice-at-that-time', request: 'slice-at-that-time' }
const lessSwitches = { durationNs: 'less-world-switches' }
const ruleSets = [{}, ownTime, lessSwitches].map((more) => [rules, { ...rules, ...around }, { ...rules, ...beside }].map((one) => ({ ...one, ...more })))

/** `what`: 0 all of a slice, 1 the time of a caller between what it calls, 2 a piece between world switches. */
const rulesOf = (phase: Phase, isWithin: boolean, what: 0 | 1 | 2): Readonly<Record<string, string>> =>
  ruleSets[what]![phase === 'other' ? 0 : isWithin ? 1 : 2]!

function laneOf(events: SliceEvents, track: number): string {
  const key = events.words.text(track)
  const [process, thread] = [events.processOf(key), events.trackName(key)]
  if (thread !== undefined) return process === undefined ? `${thread} (${key})` : `${process}: ${thread} (${key})`
  return process === undefined ? key : `${process} (${key})`
}

const processorOf = (text: string): ProcessorName =>
  /\b(npu|htp|dsp|hexagon|tpu|ane|apu)\b/i.test(text) ? 'npu' : /\b(gpu|cuda|stream|opencl|vulkan|metal|adreno|mali|kernel)\b/i.test(text) ? 'gpu' : 'cpu'
