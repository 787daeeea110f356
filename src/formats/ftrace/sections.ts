import type { Spool } from '../../trace/spool.js'
import type { AtraceMark } from '../atrace.js'
import type { OpDrafts } from '../op-drafts.js'
import type { Skipped } from '../skipped.js'
import { PAIR_WIDTH, SlicePairs } from '../slice-pairs.js'
import { FLOW_WIDTH } from '../slice-flows.js'
import { SliceSections } from '../slice-sections.js'
import { SLICE_WIDTH, addSlice } from '../slice-tree.js'
import { addSlices } from '../slices.js'
import { SwitchCuts } from '../switch-cuts.js'
import { WordTable } from '../word-table.js'
import type { Moment, SwitchPart } from './parts.js'
import type { TaskNames } from './task-names.js'

/** Sections that apps wrote into a trace of the kernel, beside its world switches: ops, or the phases around them. */
export class FtraceSections {
  private readonly words: WordTable
  private readonly slices: Spool
  private readonly flows: Spool
  private readonly pairs: SlicePairs
  private readonly sections: SliceSections
  private readonly cuts: SwitchCuts

  constructor(
    private readonly file: string,
    private readonly tasks: TaskNames,
    private readonly skipped: Skipped,
    spool: (width: number, keys: number) => Spool,
  ) {
    this.words = new WordTable('names', 250_000, file)
    this.slices = spool(SLICE_WIDTH, 4)
    this.flows = spool(FLOW_WIDTH, 3)
    this.pairs = new SlicePairs(spool(PAIR_WIDTH, 3))
    this.sections = new SliceSections(this.pairs, this.words, skipped)
    this.cuts = new SwitchCuts(this.slices, this.words)
  }

  readonly mark = (at: Moment, mark: AtraceMark): void => {
    this.sections.mark(this.tasks.of(at), at.timeNs, mark)
  }

  /** Time that its task did not spend in its sections. */
  readonly cut = (part: SwitchPart): void => this.cuts.cut(this.tasks.of(part), part)

  /** Adds an op for each section that holds no other; how many sections there were. */
  addTo(drafts: OpDrafts): number {
    const { words, slices, flows, skipped, file } = this
    this.pairs.finish(skipped, file, (group, lane, name, cat, startNs, durationNs) =>
      addSlice(slices, lane === 0 ? group : words.of(`${words.text(group)} #${lane + 1}`), name, cat, startNs, durationNs),
    )
    const none = (): undefined => undefined
    const count = slices.length - this.cuts.length
    if (count > 0) addSlices({ slices, flows, words, skipped, trackName: none, processOf: none, leftOut: none }, drafts, file)
    return count
  }
}
