import type { Lowering, PipelineMechanism } from '../../replay/factors.js'
import { decryptNs, flashReadNs, worldSwitchNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import type { Extent } from '../../run/extents.js'
import { CPU, FLASH, MONITOR } from '../../run/resources.js'
import { rank, type TaskIndex } from '../../run/tasks.js'

/** One stage after the other over all weights: allocate, load, protect, decrypt, then compute. One flash request. */
export const serial = (): PipelineMechanism => ({
  factor: 'pipeline',
  id: 'serial',
  version: 2,
  summary: 'allocate, load, protect, decrypt, compute: one after the other',
  source: 'strawman of arXiv 2511.13717 §2.3 and 2603.09046',
  depth: Infinity,
  restore(l, units, after) {
    const { write, policy } = l
    const extents = units.map(({ content, layer, bytes }) => l.extent(content, layer, bytes))
    let at = write.join(extents.map((extent) => l.allocate(extent, after)))
    if (policy.memory.secure && units.length > 0)
      at = write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.issue, durationNs: worldSwitchNs, count: 1, worldSwitches: 1 }, at)
    for (const { id, bytes, layer } of extents)
      at = write.add({ cause: 'flash-read', mask: FLASH, rank: rank.issue, durationNs: flashReadNs, bytes, layer, extent: id, effect: effect.loaded }, at)
    const protections: TaskIndex[] = []
    for (const extent of extents) protections.push((at = policy.memory.protect(l, extent, at, protections)))
    if (policy.memory.secure) for (const extent of extents) at = decryptWide(l, extent, at)
    let mapped: TaskIndex = -1
    if (policy.npu.needsMap) for (const extent of extents) mapped = policy.memory.mapForNpu(l, extent, mapped >= 0 ? mapped : at)
    const ready = write.join([at, mapped])
    return units.map(() => ({ ready, gate: ready }))
  },
})

/** All cores decrypt their share of the unit. */
function decryptWide(l: Lowering, { id, bytes, layer }: Extent, after: TaskIndex): TaskIndex {
  const cores = l.costs.sample['cpu.cores']
  const parts = Array.from({ length: cores }, (_, i) => Math.floor((bytes * (i + 1)) / cores) - Math.floor((bytes * i) / cores))
  return l.write.join(
    parts.map((part) => l.write.add({ cause: 'decrypt', mask: CPU, rank: rank.decrypt, durationNs: decryptNs, bytes: part, layer, extent: id, effect: effect.plaintext | effect.authenticated }, after)),
    layer,
  )
}
