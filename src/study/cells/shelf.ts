import { UsageFault } from '../../base/errors.js'
import type { DeviceProfile } from '../../device/profile.js'
import { traceRequests, type RequestSource } from '../../replay/request-source.js'
import type { Column } from '../../trace/columns.js'
import type { Trace } from '../../trace/trace.js'
import type { Workload } from '../../trace/workload.js'
import { workloadRequests } from '../workload-requests.js'

/** What a cell replays, as data that can cross to a thread: a trace's columns lie in shared memory there. */
export type ShelfItem = { readonly trace: Trace } | { readonly workload: Workload; readonly device: DeviceProfile }

/** What the cells of a study replay, by content hash. */
export type Shelf = ReadonlyMap<string, ShelfItem>

/** Requests made of a shelf's items once each, however many cells ask: the expansion of a trace depends on nothing else. */
export class ShelfSources {
  private readonly made = new Map<string, RequestSource>()
  constructor(private readonly shelf: Shelf) {}

  get(hash: string): { readonly source: RequestSource; readonly isWorkload: boolean } {
    const item = this.shelf.get(hash)
    if (item === undefined) throw new UsageFault(`nothing with hash ${hash.slice(0, 12)} is here to replay`)
    let source = this.made.get(hash)
    if (source === undefined) this.made.set(hash, (source = 'trace' in item ? traceRequests(item.trace) : workloadRequests(item.workload, item.device)))
    return { source, isWorkload: 'workload' in item }
  }
}

/** The same with every column of a trace in memory that threads share; nothing is copied when it is sent. */
export function sharedItem(item: ShelfItem): ShelfItem {
  if (!('trace' in item)) return item
  const { trace } = item
  const { length, ...columns } = trace.ops
  const ops = { ...Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, shared(column)])), length } as unknown as Trace['ops']
  return { trace: { ...trace, ops, after: { first: shared(trace.after.first), to: shared(trace.after.to) } } }
}

function shared<C extends Column>(column: C): C {
  if (column.buffer instanceof SharedArrayBuffer) return column
  const Class = column.constructor as new (buffer: SharedArrayBuffer) => C
  const copy = new Class(new SharedArrayBuffer(column.byteLength))
  copy.set(column)
  return copy
}
