import { causeIndex } from '../run/causes.js'
import type { Counts } from '../run/result.js'
import { NPU } from '../run/resources.js'
import type { TaskGraph } from '../run/tasks.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export const noCounts = (): Mutable<Counts> => ({
  worldSwitches: 0,
  npuModeSwitches: 0,
  npuLaunches: 0,
  pagesProtected: 0,
  pagesUnprotected: 0,
  tlbInvalidations: 0,
  regionPrograms: 0,
  flashBytes: 0,
  decryptedBytes: 0,
  allocatedBytes: 0,
})

/** Counts of one request by the inference step that its tasks serve, whenever they ran. A co-driver submission is one
 *  mode switch of the NPU (there and back) and holds one world switch. Launches are NPU jobs submitted. */
export function countsByStep(graph: TaskGraph, request: number, steps: readonly number[]): Mutable<Counts>[] {
  const { tasks } = graph
  const place = new Map(steps.map((step, i) => [step, i]))
  const all = steps.map(noCounts)
  for (let t = 0; t < tasks.length; t++) {
    if (tasks.request[t] !== request) continue
    const into = all[place.get(tasks.step[t]!) ?? -1]
    if (into === undefined) continue
    const count = tasks.count[t]!
    into.worldSwitches += tasks.worldSwitches[t]!
    switch (tasks.cause[t]) {
      case causeIndex['npu-switch']:
        into.npuModeSwitches += count
        break
      case causeIndex.compute:
        if (tasks.mask[t] === NPU) into.npuLaunches += count
        break
      case causeIndex.protect:
        into.pagesProtected += count
        break
      case causeIndex['region-program']:
        into.regionPrograms += count
        break
      case causeIndex['tlb-invalidate']:
        into.tlbInvalidations += count
        break
      case causeIndex['flash-read']:
        into.flashBytes += tasks.bytes[t]!
        break
      case causeIndex.decrypt:
        into.decryptedBytes += tasks.bytes[t]!
        break
      case causeIndex.allocate:
        into.allocatedBytes += tasks.bytes[t]!
        break
    }
  }
  return all
}

export function addCounts(into: Mutable<Counts>, more: Counts): void {
  for (const key of Object.keys(into) as (keyof Counts)[]) into[key] += more[key]
}
