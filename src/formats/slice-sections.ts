import type { AtraceMark } from './atrace.js'
import { NAMELESS, THREAD, type SlicePairs } from './slice-pairs.js'
import type { Skipped } from './skipped.js'
import { numberOfText } from './text-number.js'
import type { WordTable } from './word-table.js'

/** Sections of ATrace as begins and ends of slices: those of a task on its track, asynchronous ones beside it. */
export class SliceSections {
  constructor(
    private readonly pairs: SlicePairs,
    private readonly words: WordTable,
    private readonly skipped: Skipped,
  ) {}

  /** A mark of the task that is called `task`. */
  mark(task: string, atNs: number, { what, name, pid, cookie }: AtraceMark): void {
    if (Number.isNaN(atNs)) return this.skipped.count('section without a time')
    if (what === 'other') return this.skipped.count('counter or instant of ATrace')
    const { pairs, words } = this
    const cat = words.of('')
    if (what === 'begin') pairs.begin(words.of(task), THREAD, atNs, words.of(name), cat)
    else if (what === 'end') pairs.end(words.of(task), THREAD, atNs, NAMELESS)
    else {
      const group = words.of(`process ${pid} asynchronous sections`)
      const key = numberOfText(`${pid} ${cookie} ${name}`)
      if (what === 'async-begin') pairs.begin(group, key, atNs, words.of(name), cat)
      else pairs.end(group, key, atNs, words.of(name))
    }
  }
}
