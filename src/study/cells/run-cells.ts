import { basename } from 'node:path'
import { BadInput } from '../../base/errors.js'
import type { CellRecord, StoredCell } from '../../store/cells.js'
import type { Store } from '../../store/store.js'
import type { Executor } from '../executors/executor.js'
import type { Consent } from '../policy-module/consent.js'
import { Keeping } from './keeping.js'
import { keyed, kinTogether, type CellOrder, type KeyedOrder } from './order.js'
import type { Shelf } from './shelf.js'

export interface RunCellsOptions {
  readonly retryFailed?: boolean
  readonly keepTasks?: boolean
  /** Users' modules that may be evaluated; none unless given. */
  readonly consent?: Consent | undefined
  /** Called as cells are replayed: `done` of `total` that were not stored. */
  readonly onProgress?: (done: number, total: number) => void
}
export interface RanCells {
  /** Of each order, in order. */
  readonly cells: readonly StoredCell[]
  readonly keys: readonly string[]
  /** Distinct cells replayed now, and found stored. */
  readonly replayed: number
  readonly reused: number
}

/** Replays the cells that the store does not hold yet and stores each as it ends; an interrupted run goes on where it
 *  stopped. Returns all of them from the store, in order. Throws `BadInput` at the end: a user's module failed, whose cells are not
 *  stored; all others are. */
export async function runCells(store: Store, orders: readonly CellOrder[], shelf: Shelf, executor: Executor, options: RunCellsOptions = {}): Promise<RanCells> {
  const all = orders.map((order) => keyed(options.keepTasks === true ? { ...order, keepTasks: true } : order))
  const distinct = new Map(all.map((one) => [one.key, one]))
  const finished = store.cells.finished([...distinct.keys()], options.retryFailed === true)
  const missing = [...distinct.values()].filter(({ key }) => !finished.has(key) || (options.keepTasks === true && store.cells.lacksTasks(key)))
  if (missing.length > 0) await replayMissing(store, missing, shelf, executor, options)
  const cells = new Map(store.cells.read([...distinct.keys()]).map((cell) => [cell.key, cell]))
  return { cells: all.map(({ key }) => cells.get(key)!), keys: all.map(({ key }) => key), replayed: missing.length, reused: distinct.size - missing.length }
}

async function replayMissing(store: Store, missing: readonly KeyedOrder[], shelf: Shelf, executor: Executor, { onProgress, consent }: RunCellsOptions): Promise<void> {
  const orders = new Map(missing.map(({ key, order }) => [key, order]))
  const keeping = new Keeping(store)
  let done = 0
  const faults: ModuleFault[] = []
  await keeping.during(() =>
    executor.run(kinTogether(missing), shelf, (some) => {
      const records: CellRecord[] = []
      for (const { key, outcome } of some) {
        const order = orders.get(key)!
        const { subject, policy, device } = order
        if (outcome.state === 'failed' && policy.file !== undefined) {
          faults.push(new ModuleFault(policy.file, outcome.message))
          continue // a user's module that is broken today may be whole tomorrow: the cell was not replayed
        }
        records.push({ key, subject, policy: policy.id, device: device.id, order, outcome })
      }
      onProgress?.((done += some.length), missing.length)
      keeping.add(records)
    }, consent),
  )
  const [fault] = faults
  if (fault !== undefined) throw fault
}

/** What a user's module did instead of an answer, as whoever replayed its cell said it. */
class ModuleFault extends BadInput {
  constructor(file: string, said: string) {
    super({ file }, 'a policy that can be replayed')
    this.message = said.includes(basename(file)) ? said : `${this.message}, found ${said}`
  }
}
