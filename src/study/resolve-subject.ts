import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { closest } from '../base/closest.js'
import type { DeviceProfile } from '../device/profile.js'
import type { Store } from '../store/store.js'
import type { Workload } from '../trace/workload.js'
import { resolveTrace } from './import-file.js'
import { traceSubject, workloadSubject, type Subject } from './subject.js'
import { isWorkloadFile, readWorkload, shippedNames, shippedWorkload } from './workload-file.js'

/** What a user names: a stored trace, else a workload (stored, shipped, a file), else a trace's file. `device`: whose
 *  processors a workload's operators are synthesised for. Throws `UsageFault` (unknown), `BadInput` (the file). */
export async function resolveSubject(store: Store, reference: string, device: DeviceProfile): Promise<Subject> {
  if (isStored(() => store.find(reference))) return traceSubject(store.load(reference))
  const workload = await findWorkload(store, reference)
  if (workload !== undefined) return workloadSubject(workload, device)
  try {
    return traceSubject(await resolveTrace(store, reference))
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error
    const names = [...store.list(), ...store.workloads.list()].flatMap(({ name, otherNames }) => [name, ...otherNames])
    const near = closest(reference, [...names, ...(await shippedNames())])
    throw near === undefined ? error : new UsageFault(`no trace or workload is called ${quoteFound(reference)}`, `did you mean ${quoteFound(near)}?`)
  }
}

/** A workload by name or id prefix, shipped name, or file. Throws `UsageFault`: none. */
export async function resolveWorkload(store: Store, reference: string): Promise<Workload> {
  const workload = await findWorkload(store, reference)
  if (workload !== undefined) return workload
  const near = closest(reference, [...store.workloads.list().map(({ name }) => name), ...(await shippedNames())])
  throw new UsageFault(`no workload is called ${quoteFound(reference)}, and no such file exists`, near === undefined ? 'see `worldswitch workloads list`' : `did you mean ${quoteFound(near)}?`)
}

async function findWorkload(store: Store, reference: string): Promise<Workload | undefined> {
  if (isStored(() => store.workloads.find(reference))) return store.workloads.load(reference)
  if ((await shippedNames()).includes(reference)) return shippedWorkload(reference)
  return (await isWorkloadFile(reference)) ? readWorkload(reference) : undefined
}

/** Several that a prefix fits are a fault of their own; none is not. */
function isStored(find: () => unknown): boolean {
  try {
    find()
    return true
  } catch (error) {
    if (error instanceof UsageFault && error.message.startsWith('no stored')) return false
    throw error
  }
}
