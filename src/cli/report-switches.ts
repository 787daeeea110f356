import { switchTables } from '../analysis/switch-tables.js'
import { worldSwitches } from '../analysis/world-switches.js'
import { UsageFault } from '../base/errors.js'
import { switchesPage } from '../report/switches-page.js'
import { writeTablesPage } from '../report/tables-page.js'
import { resolveTrace } from '../study/import-file.js'
import { holdsOnlySwitches } from '../study/subject.js'
import { isWorkloadFile } from '../study/workload-file.js'
import type { Store } from '../store/store.js'
import type { Trace } from '../trace/trace.js'
import { version } from './version.js'

/** The trace of recorded world switches that a verb's only argument means; undefined: it means something to replay.
 *  Throws `BadInput` for such a trace beside others: there is nothing to compare it with. */
export async function recordedSwitches(store: Store, references: readonly string[]): Promise<Trace | undefined> {
  const [reference, ...others] = references
  if (reference === undefined || others.length > 0 || (await isWorkloadFile(reference))) return undefined
  try {
    const trace = await resolveTrace(store, reference)
    return holdsOnlySwitches(trace) ? trace : undefined
  } catch (error) {
    if (error instanceof UsageFault) return undefined // a workload, or unknown: told where subjects are resolved
    throw error
  }
}

/** Writes the page on a trace's recorded world switches; returns the paths. */
export async function reportSwitches(trace: Trace, options: { readonly out: string; readonly name: string; readonly command: string }): Promise<string[]> {
  const found = worldSwitches(trace)!
  const page = switchesPage(trace.header, found, switchTables(trace, found), { hash: trace.hash, version: version(), command: options.command })
  return writeTablesPage(page, options.out, options.name)
}
