import { BadInput, type Place } from '../base/errors.js'
import type { OpDraft } from './op-draft.js'
import type { OpDrafts } from './op-drafts.js'

/** So many executions took so long in all. */
export interface Aggregate {
  readonly draft: Omit<OpDraft, 'durationNs'>
  readonly count: number
  readonly totalNs: number
  readonly place: Place
}

/** Where the ops of a pass belong. */
export type PassPlace = Pick<OpDraft, 'phase' | 'step' | 'request' | 'layer'>

const MAX_COUNT = 2_000_000
const TURN = 1 << 16

/** Expands aggregates by their counts: every execution gets the mean in whole ns, the remainder goes to the first
 *  ones, so that totals stay exact. The event loop gets a turn every 64 Ki ops. */
export class Expansion {
  private sinceTurn = 0

  constructor(private readonly drafts: OpDrafts) {}

  /** Spreads the rows over `passes` forward passes, in order of the rows within each; `next` is asked once a pass.
   *  Throws `BadInput` for a count beyond 2 M. */
  async spread(rows: readonly Aggregate[], passes: number, next: () => PassPlace): Promise<void> {
    for (const { count, place } of rows)
      if (count > MAX_COUNT) throw new BadInput({ ...place, field: 'count' }, `at most ${MAX_COUNT} executions a row`, count)
    const made = rows.map(() => 0)
    for (let pass = 0; pass < passes; pass++) {
      const at = next()
      for (const [r, { draft, count, totalNs, place }] of rows.entries()) {
        const until = Math.floor((count * (pass + 1)) / passes)
        const meanNs = Math.floor(totalNs / count)
        const longer = totalNs - meanNs * count
        if (made[r]! === until) continue
        const short = { ...draft, ...at, durationNs: meanNs }
        const long = longer === 0 ? short : { ...short, durationNs: meanNs + 1 }
        for (; made[r]! < until; made[r]!++) {
          this.drafts.add(made[r]! < longer ? long : short, place)
          if (++this.sinceTurn % TURN === 0) await new Promise((resolve) => setTimeout(resolve))
        }
      }
    }
  }
}
