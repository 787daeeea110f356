import { BadInput, type Place } from '../base/errors.js'
import type { OpDraft } from './op-draft.js'
import type { OpDrafts } from './op-drafts.js'

type Untimed = Omit<OpDraft, 'durationNs'>

/** So many executions took so long in all. */
export interface Aggregate {
  /** What each of them is; a function where that hangs on the pass or on which one of the pass's it is (from 0). */
  readonly draft: Untimed | ((at: PassPlace, j: number) => Untimed)
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
    const shares = this.shares(rows, passes)
    for (let pass = 0; pass < passes; pass++) await shares(next())
  }

  /** The same, a call a pass: for rows that belong between those of others. */
  shares(rows: readonly Aggregate[], passes: number): (at: PassPlace) => Promise<void> {
    for (const { count, place } of rows)
      if (count > MAX_COUNT) throw new BadInput({ ...place, field: 'count' }, `at most ${MAX_COUNT} executions a row`, count)
    const made = rows.map(() => 0)
    let pass = 0
    return async (at) => {
      pass++
      if (++this.sinceTurn % TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      for (const [r, { draft, count, totalNs, place }] of rows.entries()) {
        const until = Math.floor((count * pass) / passes)
        const first = made[r]!
        if (first === until) continue
        const meanNs = Math.floor(totalNs / count)
        const longer = totalNs - meanNs * count
        const isSame = typeof draft !== 'function'
        const short = isSame ? { ...draft, ...at, durationNs: meanNs } : undefined
        const long = short === undefined || longer === 0 ? short : { ...short, durationNs: meanNs + 1 }
        for (let j = first; j < until; j++) {
          const durationNs = j < longer ? meanNs + 1 : meanNs
          this.drafts.add(isSame ? (j < longer ? long! : short!) : { ...draft(at, j - first), ...at, durationNs }, place)
          if (++this.sinceTurn % TURN === 0) await new Promise((resolve) => setTimeout(resolve))
        }
        made[r] = until
      }
    }
  }
}
