import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import { Passes } from './annotations.js'
import type { ByteStrings } from './byte-strings.js'
import { embeddingPasses, joinLaunches, joinOperators } from './kineto-join.js'
import { opRow } from './kineto-rows.js'
import type { OperatorTable } from './operator-table.js'
import { Runs } from './runs.js'
import type { Skipped } from './skipped.js'
import type { TorchOp } from './torch-cost.js'

/** Device work, the calls that launched it and the operators around those, out of whichever file: rows as
 *  `kineto-rows.ts` lays them out, words by their numbers. */
export interface DeviceEvents {
  readonly gpu: Spool
  readonly launches: Spool
  readonly cpu: Spool
  readonly names: ByteStrings
  /** What the rows of `cpu` call. */
  readonly operators: OperatorTable
  /** Forward passes that a serving engine annotated, and the profiler's steps. */
  readonly serving: Passes
  readonly steps: Passes
  readonly deviceName: string
  /** Operators whose shapes came from an execution trace. */
  readonly shapedByStructure: number
  operator(name: number): TorchOp
  kernel(name: number): { kind: number; dataType: number }
  threadName(thread: number): string
  /** Events by category that became no ops. `kept`: the categories that did. */
  leftOut(kept: readonly string[]): Skipped
}

/** Device work with its launch and its operator. `launched` and `ops` are fresh spools. */
export function joinDevice(events: DeviceEvents, launched: Spool, ops: Spool): void {
  joinLaunches(events.gpu, events.launches, launched)
  events.gpu.close()
  events.launches.close()
  joinOperators(launched, events.cpu, events.operators, ops, (type, kernel) => {
    const kernelKind = events.kernel(kernel).kind
    return kernelKind === 0 || kernelKind === events.operator(type).kind
  })
  launched.close()
}

/** Forward passes: by a serving engine's annotations, else the profiler's steps, else embeddings, else one. */
export function passesOf(events: DeviceEvents, ops: Spool, source: Source): { passes: Passes; runs: Runs } {
  const runs = new Runs(source.name)
  const { serving, steps } = events
  let passes = serving.length > 0 ? serving : steps
  if (passes.length === 0) {
    passes = new Passes()
    embeddingPasses(
      events.cpu,
      events.operators,
      (name) => events.operator(name).kind,
      (startNs, endNs) => passes.add(startNs, endNs),
    )
    if (passes.length > 0) passes.rule = 'embedding-op'
  }
  passes.sortInto(runs)
  if (passes === serving) return { passes, runs }
  const sorted = ops.sorted()
  while (sorted.next()) {
    const { data, at } = sorted
    if (data[at + opRow.m]! > 0) runs.note(passes.at(data[at + opRow.atNs]!), data[at + opRow.m]!)
  }
  return { passes, runs }
}
