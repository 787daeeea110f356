import type { Lowering, PipelineMechanism } from '../../replay/factors.js'
import { CPU, FLASH, MONITOR } from '../../run/resources.js'
import { rank, type TaskIndex } from '../../run/tasks.js'

/** One stage after the other over all weights: allocate, load, protect, decrypt, then compute. One flash request. */
export const serial = (): PipelineMechanism => ({
  factor: 'pipeline',
  id: 'serial',
  version: 1,
  summary: 'allocate, load, protect, decrypt, compute: one after the other',
  source: 'strawman of arXiv 2511.13717 §2.3 and 2603.09046',
  restore(l, units, after) {
    const { write, costs, policy } = l
    let at = write.join(units.map((unit) => l.allocate(unit.bytes, unit.layer, after)))
    if (policy.memory.secure && units.length > 0)
      at = write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.issue, durationNs: costs.worldSwitchNs, count: 1, worldSwitches: 1 }, at)
    for (const { bytes, layer } of units) at = write.add({ cause: 'flash-read', mask: FLASH, rank: rank.issue, durationNs: bytes * costs.flashNsPerByte, bytes, layer }, at)
    for (const { bytes, layer } of units) at = policy.memory.protect(l, bytes, layer, at, at)
    if (policy.memory.secure) for (const { bytes, layer } of units) at = decryptWide(l, bytes, layer, at)
    let mapped: TaskIndex = -1
    if (policy.npu.needsMap) for (const { bytes, layer } of units) mapped = policy.memory.mapForNpu(l, bytes, layer, mapped >= 0 ? mapped : at)
    const ready = write.join([at, mapped])
    return units.map(() => ready)
  },
})

/** All cores decrypt their share of the unit. */
function decryptWide(l: Lowering, bytes: number, layer: number, after: TaskIndex): TaskIndex {
  const cores = l.costs.sample['cpu.cores']
  const parts = Array.from({ length: cores }, (_, i) => Math.floor((bytes * (i + 1)) / cores) - Math.floor((bytes * i) / cores))
  return l.write.join(
    parts.map((part) => l.write.add({ cause: 'decrypt', mask: CPU, rank: rank.decrypt, durationNs: part * l.costs.decryptNsPerByte, bytes: part, layer }, after)),
    layer,
  )
}
