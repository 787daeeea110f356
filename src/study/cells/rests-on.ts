import { originLine, type Origin } from '../../analysis/origin-line.js'
import type { Shares } from '../../run/shares.js'
import type { StoredCell } from '../../store/cells.js'
import { holdComparable, incomparable, type LeftOut } from '../comparable.js'
import type { CellMaker } from './cell-maker.js'
import type { CellOrder } from './order.js'

/** Policies named in a warning. */
const NAMED = 3

/** What the replays of one subject on one device rest on. */
export interface RestsOn {
  /** Of the subject's content. */
  readonly hash: string
  readonly subject: string
  /** The first line of every output: what was recorded here, predicted, carried over. */
  readonly origin: Origin & { readonly line: string }
  readonly hasPrefill: boolean
  /** Policies, as they were asked for, whose results cannot stand beside an unprotected run here. */
  readonly incomparable: readonly LeftOut[]
}

/** Of cells that were replayed: a row for each subject and device, in order of appearance. `cells`: of each order, in order. */
export function restsOn(maker: CellMaker, orders: readonly CellOrder[], cells: readonly StoredCell[]): RestsOn[] {
  const groups = new Map<string, { order: CellOrder; runs: { policy: string; shares: Shares }[] }>()
  for (const [i, order] of orders.entries()) {
    const key = `${order.subject}\n${order.device.id}`
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = { order, runs: [] }))
    const shares = cells[i]!.summary?.shares
    if (shares !== undefined) group.runs.push({ policy: order.policy.reference, shares })
  }
  return [...groups.values()].map(({ order, runs }): RestsOn => {
    const { name, origin, hasPrefill } = maker.subjectOf(order)
    const found = incomparable(runs, origin)
    const line = originLine(origin, runs.map(({ shares }) => shares))
    return { hash: order.subject, subject: name, origin: { ...origin, line }, hasPrefill, incomparable: found.filter(({ policy }, i) => found.findIndex((one) => one.policy === policy) === i) }
  })
}

/** What a study that needs all of its `asked` policies says of those whose times are carried over from another machine.
 *  Throws `BadInput` where there are such and they were not asked for. */
export function heldComparable({ subject, incomparable: found }: RestsOn, asked: number, carryOver: boolean): string[] {
  if (!carryOver) holdComparable(subject, asked, found, asked)
  return carriedOver(found)
}

/** Policies that are shown all the same, by reason; an ablation has dozens. */
export function carriedOver(found: readonly LeftOut[]): string[] {
  const byReason = new Map<string, string[]>()
  for (const { policy, reason } of found) byReason.set(reason, [...(byReason.get(reason) ?? []), policy])
  return [...byReason].map(([reason, policies]) => `carried over *: ${policies.slice(0, NAMED).join(', ')}${policies.length > NAMED ? ` and ${policies.length - NAMED} more` : ''}: ${reason}`)
}
