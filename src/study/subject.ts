import { BadInput } from '../base/errors.js'
import type { DeviceProfile } from '../device/profile.js'
import { traceRequests, type RequestSource } from '../replay/request-source.js'
import type { Trace } from '../trace/trace.js'
import { isSwitchKind } from '../trace/words.js'
import type { Workload } from '../trace/workload.js'
import { workloadHash } from '../trace/workload-hash.js'
import { workloadRequests } from './workload-requests.js'

/** What is replayed: a trace, or a workload whose operators follow from its models. */
export interface Subject {
  readonly name: string
  /** Of the content, 64 hex digits; the name is not part of it. */
  readonly hash: string
  readonly source: RequestSource
  /** Undefined: a workload. */
  readonly trace: Trace | undefined
  /** Undefined: a trace. */
  readonly workload?: Workload
}

/** Throws `BadInput`: the trace holds recorded world switches and nothing that a policy could run. */
export function traceSubject(trace: Trace): Subject {
  if (holdsOnlySwitches(trace))
    throw new BadInput(
      { file: trace.header.name },
      'operators to replay',
      'recorded world switches only',
      'look at them with `traces show` and `report`, or join them to the operators of the same run: import FILE --join FILE',
    )
  return { name: trace.header.name, hash: trace.hash, source: traceRequests(trace), trace }
}

/** Whether every op is a recorded world switch. */
export const holdsOnlySwitches = ({ ops }: Trace): boolean => ops.length > 0 && ops.kind.every(isSwitchKind)

/** Throws `UsageFault`: unknown model or quantisation. */
export function workloadSubject(workload: Workload, device: DeviceProfile): Subject {
  return { name: workload.name, hash: workloadHash(workload), source: workloadRequests(workload, device), trace: undefined, workload }
}
