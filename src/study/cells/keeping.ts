import type { CellRecord } from '../../store/cells.js'
import type { Store } from '../../store/store.js'

/** Finished cells wait this long at most before they are stored, or until there are so many. */
const FLUSH_MS = 200
const FLUSH_CELLS = 256
/** How long a study goes on, at most, before it tries again to write to a store that others write to. */
const LONGEST_PAUSE_MS = 2000

/** Cells on their way into a store. While other processes write to it they are kept, and the study goes on; before it ends, and
 *  when the process ends, they wait for their turn as long as any write does. */
export class Keeping {
  private waiting: CellRecord[] = []
  private lastMs = performance.now()
  private pauseMs = FLUSH_MS

  constructor(private readonly store: Store) {}

  /** Does `work`, whose cells are all stored when this returns, also where it throws. */
  async during(work: () => Promise<void>): Promise<void> {
    const atExit = (): void => this.store.cells.putAll(this.waiting)
    process.once('exit', atExit) // Ctrl-C ends the process between two cells
    try {
      await work()
    } finally {
      try {
        await this.store.cells.put(this.waiting)
      } finally {
        process.removeListener('exit', atExit)
      }
    }
  }

  add(records: readonly CellRecord[]): void {
    for (const record of records) this.waiting.push(record)
    const sinceMs = performance.now() - this.lastMs
    if (sinceMs > this.pauseMs || (this.waiting.length >= FLUSH_CELLS && this.pauseMs === FLUSH_MS)) this.flush()
  }

  private flush(): void {
    const isKept = this.store.cells.putIfFree(this.waiting)
    if (isKept) this.waiting = []
    this.pauseMs = isKept ? FLUSH_MS : Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2)
    this.lastMs = performance.now()
  }
}
