import { deflateRawSync } from 'node:zlib'
import type { CellOutcome, CellTasks, KeyedOutcome } from '../../run/outcome.js'
import { unpackHeld } from '../../store/unpacking.js'
import { printable } from '../../base/quote.js'
import { outcomeFault, taskNames } from '../cells/outcome-schema.js'
import type { KeyedOrder } from '../cells/order.js'

/** What a worker may answer to a job, as text: a cell's windows and tasks are some MiB, of sixteen at most. */
export const MOST_ANSWER_BYTES = 2 ** 28

/** Tasks as a queue carries them, which knows only JSON: numbers of each column, deflated, in base64. */
interface WireTasks {
  readonly length: number
  readonly columns: Readonly<Record<string, string>>
}

/** Outcomes as they go into the queue. A cell whose answer would be too large for it fails. */
export function wireOutcomes(outcomes: readonly KeyedOutcome[]): readonly object[] {
  let bytes = 0
  return outcomes.map(({ key, outcome }) => {
    const wire = { key, outcome: outcome.state === 'done' && outcome.tasks !== undefined ? { ...outcome, tasks: wireTasks(outcome.tasks) } : outcome }
    bytes += JSON.stringify(wire).length
    return bytes <= MOST_ANSWER_BYTES - 2 ** 20 ? wire : { key, outcome: { state: 'failed', message: 'what the cell keeps is too large for a queue: replay it without --queue' } satisfies CellOutcome }
  })
}

const wireTasks = ({ length, columns }: CellTasks): WireTasks => ({
  length,
  columns: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, deflateRawSync(new Uint8Array(Float64Array.from(column).buffer), { level: 1 }).toString('base64')])),
})

/** What a worker's answer says of the cells that were asked for. Nobody's word is taken: an outcome that is none fails its cell
 *  with the reason; what was not asked for is left out; what is missing is missing. Undefined: the answer is no list at all. */
export function outcomesIn(answer: unknown, asked: readonly KeyedOrder[]): KeyedOutcome[] | undefined {
  if (!Array.isArray(answer)) return undefined
  const open = new Map(asked.map((one) => [one.key, one]))
  const outcomes: KeyedOutcome[] = []
  for (const one of answer as readonly unknown[]) {
    if (typeof one !== 'object' || one === null) continue
    const { key, outcome } = one as { key?: unknown; outcome?: unknown }
    const order = typeof key === 'string' ? open.get(key) : undefined
    if (order === undefined) continue
    open.delete(order.key)
    outcomes.push({ key: order.key, outcome: checkedOutcome(outcome, order) })
  }
  return outcomes
}

function checkedOutcome(value: unknown, { key, order }: KeyedOrder): CellOutcome {
  const fault = outcomeFault(value)
  if (fault !== undefined) return { state: 'failed', message: printable(`what came from the queue is no outcome of a cell: ${fault}`, 1000) }
  const { tasks, ...outcome } = value as { readonly tasks?: WireTasks } & CellOutcome
  if (outcome.state !== 'done' || tasks === undefined || order.keepTasks !== true) return outcome as CellOutcome
  try {
    return { ...outcome, tasks: unpackedTasks(tasks, key) }
  } catch (error) {
    return { state: 'failed', message: printable(`what came from the queue is no outcome of a cell: ${(error as Error).message}`, 1000) }
  }
}

function unpackedTasks({ length, columns }: WireTasks, key: string): CellTasks {
  const unpacked = taskNames.map((name): [string, Float64Array] => {
    const bytes = unpackHeld('raw deflate', Buffer.from(columns[name]!, 'base64'), { field: `tasks of cell ${key.slice(0, 12)}, ${name}` }, length * 8)
    if (bytes.length !== length * 8) throw new Error(`${name}: expected ${length} numbers, found ${bytes.length} bytes`)
    return [name, new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))]
  })
  return { length, columns: Object.fromEntries(unpacked) }
}
