import type { BadInput } from '../base/errors.js'
import type { Skipped } from './skipped.js'

/** Events of a recording that cannot be as they are written: a few are left out and counted, where they are the rule the file is
 *  refused for the first of them. */
export class Damaged {
  private found = 0
  private first: BadInput | undefined

  constructor(private readonly skipped: Skipped) {}

  /** Leaves one out. */
  leaveOut(reason: string, fault: () => BadInput): void {
    this.first ??= fault()
    this.found++
    this.skipped.count(reason)
  }

  /** The file ends; `whole` of its events were read. Throws `BadInput` where no more of them were whole than damaged. */
  finish(whole: number): void {
    if (this.first !== undefined && this.found >= whole) throw this.first
  }
}
