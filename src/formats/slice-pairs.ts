import { BadInput } from '../base/errors.js'
import type { Spool } from '../trace/spool.js'
import type { Skipped } from './skipped.js'

/** Begins and ends; sorted by group, time and the order of the file. */
export const pairRow = { group: 0, atNs: 1, seq: 2, key: 3, isEnd: 4, name: 5, cat: 6 } as const
export const PAIR_WIDTH = 7
/** The key of what runs one inside the other on its track, as all below 0 are; those from 0 on are jobs, which may overlap others. */
export const THREAD = -1
/** The name of an end that has none. */
export const NAMELESS = -1
const MAX_OPEN = 1_000_000
/** Of more jobs at a time all others share the last lane. */
const MAX_LANES = 1000

/** A slice that has begun. */
interface Begun {
  readonly name: number
  readonly cat: number
  readonly startNs: number
  isOver: boolean
}

/** What has begun and not ended under one key. */
interface Open {
  readonly stack: Begun[]
  readonly byName: Map<number, Begun[]>
  readonly lane: number
}

/** What a pair becomes: a slice of a group's lane (0: the only one, or the first). */
export type OnSlice = (group: number, lane: number, name: number, cat: number, startNs: number, durationNs: number) => void

/** Begins and ends of slices on their way to each other: by name within a track (an end without one ends the innermost), in order of
 *  time, since a file may hold them in another one. Jobs with keys of their own may overlap: each is put on the first lane of its
 *  group that is free. */
export class SlicePairs {
  /** The latest time of a group, to know which are out of order. */
  private readonly latestNs = new Map<number, number>()
  private readonly isDisordered = new Set<number>()

  constructor(private readonly spool: Spool) {}

  begin(group: number, key: number, atNs: number, name: number, cat: number): void {
    this.add(group, key, atNs, 0, name, cat)
  }

  /** `name`: of what ends, or NAMELESS. */
  end(group: number, key: number, atNs: number, name: number): void {
    this.add(group, key, atNs, 1, name, 0)
  }

  /** Gives all pairs, group by group in order of their ends; what has no partner is counted. Throws `BadInput`. */
  finish(skipped: Skipped, file: string, onSlice: OnSlice): void {
    const reader = this.spool.sorted()
    let group = -1
    let open = new Map<number, Open>()
    let openCount = 0
    const lanes = new FreeLanes()
    const leave = (): void => {
      for (const { stack } of open.values()) for (const { isOver } of stack) if (!isOver) skipped.count('begin without its end')
      open = new Map()
      openCount = 0
      lanes.clear()
    }
    while (reader.next()) {
      const { data, at } = reader
      if (data[at + pairRow.group] !== group) {
        leave()
        group = data[at + pairRow.group]!
      }
      const key = data[at + pairRow.key]!
      const atNs = data[at + pairRow.atNs]!
      const name = data[at + pairRow.name]!
      let of = open.get(key)
      if (data[at + pairRow.isEnd] === 0) {
        if (++openCount > MAX_OPEN) throw new BadInput({ file }, `at most ${MAX_OPEN} slices begun and not ended`, 'more of them')
        if (of === undefined) open.set(key, (of = { stack: [], byName: new Map(), lane: key < 0 ? 0 : lanes.take() }))
        const begun: Begun = { name, cat: data[at + pairRow.cat]!, startNs: atNs, isOver: false }
        of.stack.push(begun)
        const alike = of.byName.get(name)
        if (alike === undefined) of.byName.set(name, [begun])
        else alike.push(begun)
        continue
      }
      const begun = of === undefined ? undefined : name === NAMELESS ? innermost(of, atNs, this.isDisordered.has(group)) : latest(of.byName.get(name))
      if (of === undefined || begun === undefined) {
        skipped.count('end without its begin')
        continue
      }
      begun.isOver = true
      openCount--
      onSlice(group, of.lane, begun.name, begun.cat, begun.startNs, atNs - begun.startNs)
      if (latest(of.stack) !== undefined) continue
      open.delete(key)
      if (key >= 0) lanes.free(of.lane)
    }
    leave()
  }

  private add(group: number, key: number, atNs: number, isEnd: number, name: number, cat: number): void {
    if (atNs < (this.latestNs.get(group) ?? -Infinity)) this.isDisordered.add(group)
    else this.latestNs.set(group, atNs)
    const { row } = this.spool
    row[pairRow.group] = group
    row[pairRow.atNs] = atNs
    row[pairRow.seq] = this.spool.length
    row[pairRow.key] = key
    row[pairRow.isEnd] = isEnd
    row[pairRow.name] = name
    row[pairRow.cat] = cat
    this.spool.add()
  }
}

/** The last one that is not over; those that are over are taken off. */
function latest(stack: Begun[] | undefined): Begun | undefined {
  while (stack !== undefined && stack.length > 0) {
    const top = stack.at(-1)!
    if (!top.isOver) return top
    stack.pop()
  }
  return undefined
}

/** What an end without a name ends. Where the file is out of order, one that began at the very time of the end began behind it. */
function innermost({ stack }: Open, atNs: number, isDisordered: boolean): Begun | undefined {
  const top = latest(stack)
  if (top === undefined || !isDisordered || top.startNs < atNs) return top
  for (let i = stack.length - 1; i >= Math.max(0, stack.length - 64); i--) if (!stack[i]!.isOver && stack[i]!.startNs < atNs) return stack[i]
  return top
}

/** The lanes of a group that are taken and free: the lowest free one is taken. */
class FreeLanes {
  private readonly taken: boolean[] = []
  /** All below are taken. */
  private lowest = 0

  take(): number {
    while (this.taken[this.lowest] === true && this.lowest < MAX_LANES) this.lowest++
    this.taken[this.lowest] = true
    return this.lowest
  }

  free(lane: number): void {
    this.taken[lane] = false
    this.lowest = Math.min(this.lowest, lane)
  }

  clear(): void {
    this.taken.length = this.lowest = 0
  }
}
