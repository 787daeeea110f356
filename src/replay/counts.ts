import { causeIndex } from '../run/causes.js'
import type { Counts } from '../run/result.js'
import { NPU } from '../run/resources.js'
import type { TaskIndex, TaskTable } from '../run/tasks.js'

export type Mutable<T> = { -readonly [K in keyof T]: T[K] }

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

/** Adds what task `t` counts. A co-driver submission is one mode switch of the NPU (there and back) and holds one world
 *  switch. Launches are NPU jobs submitted. */
export function countTask(into: Mutable<Counts>, tasks: TaskTable, t: TaskIndex): void {
  const count = tasks.count[t]!
  into.worldSwitches += tasks.worldSwitches[t]!
  switch (tasks.cause[t]) {
    case causeIndex['npu-switch']:
    case causeIndex['npu-init']:
      into.npuModeSwitches += count
      break
    case causeIndex.compute:
      if (tasks.mask[t] === NPU) into.npuLaunches += count
      break
    case causeIndex.protect:
      into.pagesProtected += count
      break
    case causeIndex.unprotect:
      into.pagesUnprotected += count
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

export function addCounts(into: Mutable<Counts>, more: Counts): void {
  for (const key of Object.keys(into) as (keyof Counts)[]) into[key] += more[key]
}
