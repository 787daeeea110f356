import type { Spool } from '../trace/spool.js'
import { OwnTime } from './own-time.js'
import { IS_CALLER, IS_FURTHER, IS_INNER, ORT_WIDTH, ortRow } from './ort-rows.js'

interface Thread {
  readonly sweep: OwnTime
  /** Rows that have begun, by the number that the sweep knows them by. */
  rows: Map<number, Float64Array>
  room: number
  /** Until when what may hold others does. */
  holderEndNs: number
  /** Of whom a piece was written. */
  readonly begun: Set<number>
}

/** Fills `into` with the nodes of each thread as pieces of their own time: control flow and what else holds nodes is a caller of those
 *  (dispatch) unless its type is that of an operator (`isOperator`), which stays one. */
export function nodesOfOwnTime(nodes: Spool, into: Spool, isOperator: (type: number) => boolean): void {
  const threads = new Map<number, Thread>()
  const threadOf = (id: number): Thread => {
    let thread = threads.get(id)
    if (thread === undefined) {
      const begun = new Set<number>()
      const rows = new Map<number, Float64Array>()
      const made: Thread = {
        sweep: new OwnTime((number, startNs, endNs, isParent) => {
          const row = made.rows.get(number)!
          const isCaller = isParent && !isOperator(row[ortRow.type]!)
          into.row.set(row)
          into.row[ortRow.startNs] = startNs
          into.row[ortRow.durationNs] = endNs - startNs
          into.row[ortRow.facts] = row[ortRow.facts]! | (isCaller ? IS_CALLER : 0) | (begun.has(number) ? IS_FURTHER : 0)
          into.add()
          if (isParent) begun.add(number)
        }),
        rows,
        room: 1024,
        holderEndNs: -Infinity,
        begun,
      }
      threads.set(id, (thread = made))
    }
    return thread
  }
  const sorted = nodes.sorted()
  for (let number = 0; sorted.next(); number++) {
    const { data, at } = sorted
    const thread = threadOf(data[at + ortRow.thread]!)
    const startNs = data[at + ortRow.startNs]!
    const endNs = startNs + data[at + ortRow.durationNs]!
    const row = data.slice(at, at + ORT_WIDTH)
    if (startNs < thread.holderEndNs) row[ortRow.facts]! |= IS_INNER
    if (row[ortRow.order] === 0) thread.holderEndNs = Math.max(thread.holderEndNs, endNs)
    thread.rows.set(number, row)
    thread.sweep.enter(number, startNs, endNs)
    if (thread.rows.size > thread.room) forget(thread)
  }
  for (const { sweep } of threads.values()) sweep.finish()
}

/** Rows that have ended are let go. */
function forget(thread: Thread): void {
  const still = new Map<number, Float64Array>()
  thread.sweep.eachOpen((number) => still.set(number, thread.rows.get(number)!))
  for (const number of thread.begun) if (!still.has(number)) thread.begun.delete(number)
  thread.rows = still
  thread.room = Math.max(1024, 2 * still.size)
}
