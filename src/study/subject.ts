import type { DeviceProfile } from '../device/profile.js'
import { traceRequests, type RequestSource } from '../replay/request-source.js'
import type { Trace } from '../trace/trace.js'
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
}

export const traceSubject = (trace: Trace): Subject => ({ name: trace.header.name, hash: trace.hash, source: traceRequests(trace), trace })

/** Throws `UsageFault`: unknown model or quantisation. */
export function workloadSubject(workload: Workload, device: DeviceProfile): Subject {
  return { name: workload.name, hash: workloadHash(workload), source: workloadRequests(workload, device), trace: undefined }
}
