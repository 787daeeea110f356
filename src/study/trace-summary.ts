import { asRecorded, type AsRecorded } from '../analysis/as-recorded.js'
import { fieldOrigins, type FieldOrigin } from '../analysis/field-origins.js'
import { worldSwitches, type WorldSwitches } from '../analysis/world-switches.js'
import type { Group, GroupField } from '../store/group-by.js'
import type { InferredShare } from '../store/inferred.js'
import type { Store } from '../store/store.js'
import type { Doubt, Provenance, TraceModel, TraceRequest } from '../trace/trace.js'

const shown = ['phase', 'kind', 'processor', 'dataType'] as const satisfies readonly GroupField[]

/** What `traces show` says of a trace. */
export interface TraceSummary {
  readonly schema: 'worldswitch-trace-summary/1'
  readonly name: string
  readonly hash: string
  readonly ops: number
  /** Sum over ops, which may have overlapped. */
  readonly durationNs: number
  /** The machine in the recording's own words; of what is synthetic the device that it was computed for. */
  readonly device: string
  /** The device profile that the machine is; null: unknown. */
  readonly profile: string | null
  /** The recording itself: span, busy, idle; null: there is none. */
  readonly asRecorded: AsRecorded | null
  readonly provenance: Provenance
  readonly dependencies: string
  readonly dependencyCount: number
  readonly models: readonly TraceModel[]
  readonly tensors: number
  readonly requests: readonly (TraceRequest & { readonly ops: number; readonly steps: number })[]
  readonly groups: Readonly<Record<(typeof shown)[number], readonly Group[]>>
  readonly inferred: readonly InferredShare[]
  /** By field: shares of ops whose value stood in the file, was worked out, was guessed, is unknown. */
  readonly origins: readonly FieldOrigin[]
  readonly skipped: Readonly<Record<string, number>>
  /** Laws of plausibility that it breaks; docs/recordings.md. */
  readonly doubts: readonly Doubt[]
  /** Recorded round trips to the secure world; null: none. */
  readonly worldSwitches: WorldSwitches | null
}

/** Throws `UsageFault` for an unknown trace, `BadInput` for a damaged one (all of it is held against its hash). */
export function traceSummary(store: Store, ref: string): TraceSummary {
  const trace = store.load(ref)
  const { header, hash, ops, after } = trace
  const { device, provenance, dependencies, models, tensors, requests, skipped, name } = header
  const opsOf = requests.map(() => 0)
  const lastStep = requests.map(() => -1)
  for (let i = 0; i < ops.length; i++) {
    const request = ops.request[i]!
    opsOf[request]!++
    if (ops.step[i]! > lastStep[request]!) lastStep[request] = ops.step[i]!
  }
  const groups = Object.fromEntries(
    shown.map((by) => [
      by,
      [...store.groupBy(hash, by, ['durationNs', 'flops', 'bytes'])].sort((a, b) => b.durationNs - a.durationNs),
    ]),
  ) as Record<(typeof shown)[number], Group[]>
  return {
    schema: 'worldswitch-trace-summary/1',
    name,
    hash,
    ops: ops.length,
    durationNs: ops.durationNs.reduce((sum, ns) => sum + ns, 0),
    device,
    profile: header.profile ?? null,
    asRecorded: asRecorded(trace),
    provenance,
    dependencies,
    dependencyCount: after.to.length,
    models,
    tensors: tensors.length,
    requests: requests.map((request, r) => ({ ...request, ops: opsOf[r]!, steps: lastStep[r]! + 1 })),
    groups,
    inferred: store.inferred(hash),
    origins: fieldOrigins(trace),
    skipped,
    doubts: header.doubts ?? [],
    worldSwitches: worldSwitches(trace) ?? null,
  }
}
