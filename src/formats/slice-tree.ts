import type { RowSink, Spool } from '../trace/spool.js'
import { movesNothing, kindIndex, type OpKind, type Phase } from '../trace/words.js'
import { kindOfOpWord, layerOfOpName } from './op-roles.js'
import { OwnTime } from './own-time.js'
import { SlicePasses, phaseOf } from './slice-passes.js'
import type { WordTable } from './word-table.js'

/** Slices; sorted by track, start, length (longest first) and the order of the file. */
export const sliceRow = { track: 0, startNs: 1, minusDurationNs: 2, seq: 3, name: 4, cat: 5 } as const
export const SLICE_WIDTH = 6
/** Instead of a name: the thread was away, in what other ops tell. */
export const NO_SLICE = -1
/** Adds a slice to a spool of them, in the order of the file. */
export function addSlice(slices: RowSink, track: number, name: number, cat: number, startNs: number, durationNs: number): void {
  const { row } = slices
  row[sliceRow.track] = track
  row[sliceRow.startNs] = startNs
  row[sliceRow.minusDurationNs] = -durationNs
  row[sliceRow.seq] = slices.length
  row[sliceRow.name] = name
  row[sliceRow.cat] = cat
  slices.add()
}

/** Of a caller that takes this share of its time itself, the work is its own. */
const OWN_WORK = 0.5
/** Bits: it holds others; operators of rank 1, of rank 2 lie in it. */
const HOLDS = 1
const within = [0, 2, 4] as const

/** What a slice's name says, read once. */
export interface SliceName {
  readonly text: string
  readonly kind: OpKind
  /** 0: no operator; 1: one that moves data; 2: one that computes. */
  readonly rank: 0 | 1 | 2
  /** Of an annotation. */
  readonly phase: Phase | undefined
  readonly layer: number
}

/** What a first pass over sorted slices learns of each, by its number in that order: what holds it, its own time, whether
 *  operators lie in it. */
export class SliceTree {
  readonly passes = new SlicePasses()
  private parents = new Int32Array(256)
  /** The annotation that a slice is or lies in; -1: none. */
  private annotations = new Int32Array(256)
  private ownNs = new Float64Array(256)
  private flags = new Uint8Array(256)
  private length = 0
  private readonly names: SliceName[] = []

  constructor(
    slices: Spool,
    private readonly words: WordTable,
    isLeft: (track: number, cat: number) => boolean,
  ) {
    const sweep = new OwnTime((row, startNs, endNs) => {
      this.ownNs[row]! += endNs - startNs
    })
    let track = -1
    const reader = slices.sorted()
    while (reader.next()) {
      const { data, at } = reader
      const row = this.length++
      if (row === this.parents.length) this.widen()
      if (data[at + sliceRow.track]! !== track) sweep.finish()
      track = data[at + sliceRow.track]!
      this.parents[row] = this.annotations[row] = -1
      if (isLeft(track, data[at + sliceRow.cat]!)) continue
      const startNs = data[at + sliceRow.startNs]!
      const endNs = startNs - data[at + sliceRow.minusDurationNs]!
      const parent = sweep.enter(row, startNs, endNs)
      const name = data[at + sliceRow.name]!
      if (name === NO_SLICE) this.annotations[row] = parent < 0 ? -1 : this.annotations[parent]!
      else this.place(row, parent, track, startNs, endNs, this.name(name))
    }
    sweep.finish()
    this.passes.finish()
  }

  /** The annotation that slice `row` is or lies in; -1: none. */
  annotation(row: number): number {
    return this.annotations[row]!
  }

  name(word: number): SliceName {
    return (this.names[word] ??= nameFacts(this.words.text(word)))
  }

  /** Whether other slices lie in it. */
  holds(row: number): boolean {
    return (this.flags[row]! & HOLDS) !== 0
  }

  /** An operator whose inside ranks below itself: what lies in it is a part of it (a matmul with its copies, anything with slices that name no
   *  operators). */
  isWhole(row: number, { rank, phase }: SliceName): boolean {
    const flags = this.flags[row]!
    return (flags & HOLDS) !== 0 && rank > 0 && phase === undefined && (flags & within[2]) === 0 && (rank === 2 || (flags & within[1]) === 0)
  }

  /** Of a slice that holds others: whether the larger part of its time is its own work. */
  isOwnWork(row: number, { rank }: SliceName, durationNs: number): boolean {
    return rank > 0 && this.ownNs[row]! >= OWN_WORK * durationNs
  }

  private place(row: number, parent: number, track: number, startNs: number, endNs: number, { text, phase, rank }: SliceName): void {
    this.parents[row] = parent
    this.annotations[row] = parent < 0 ? -1 : this.annotations[parent]!
    if (phase !== undefined) this.annotations[row] = this.passes.add(track, startNs, endNs, text, phase, this.annotations[row])
    if (parent < 0 || endNs === startNs) return
    this.flags[parent]! |= HOLDS
    if (phase !== undefined || rank === 0) return
    for (let up = parent; up >= 0 && (this.flags[up]! & within[rank]) === 0; up = this.parents[up]!) this.flags[up]! |= within[rank]
  }

  private widen(): void {
    const room = this.length * 2
    const wider = <T extends Int32Array | Float64Array | Uint8Array>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    this.parents = wider(this.parents, new Int32Array(room))
    this.annotations = wider(this.annotations, new Int32Array(room))
    this.ownNs = wider(this.ownNs, new Float64Array(room))
    this.flags = wider(this.flags, new Uint8Array(room))
  }
}

function nameFacts(text: string): SliceName {
  const kind = kindOfOpWord(text)
  return { text, kind, rank: kind === 'other' || movesNothing(kindIndex[kind]) ? 0 : kind === 'copy' ? 1 : 2, phase: phaseOf(text), layer: layerOfOpName(text) }
}
