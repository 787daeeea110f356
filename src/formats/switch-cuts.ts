import type { Spool } from '../trace/spool.js'
import { NO_SLICE, sliceRow } from './slice-tree.js'
import type { WordTable } from './word-table.js'

/** Behind all slices of the same start and length: a section holds the switch, not the switch the section. */
const BEHIND = 2 ** 40

/** World switches of threads among their slices: the thread is away, so that its time is not that of the slice around. */
export class SwitchCuts {
  length = 0

  constructor(
    private readonly slices: Spool,
    private readonly words: WordTable,
  ) {}

  /** A handler that ran in a switch is within it. */
  cut(track: string, { kind, startNs, untilNs }: { readonly kind: string; readonly startNs: number; readonly untilNs: number }): void {
    if (kind === 'interrupt' || !(untilNs > startNs)) return
    const { row } = this.slices
    row[sliceRow.track] = this.words.of(track)
    row[sliceRow.startNs] = startNs
    row[sliceRow.minusDurationNs] = startNs - untilNs
    row[sliceRow.seq] = BEHIND + this.length++
    row[sliceRow.name] = NO_SLICE
    row[sliceRow.cat] = this.words.of('')
    this.slices.add()
  }
}
