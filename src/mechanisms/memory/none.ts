import type { MemoryMechanism } from '../../replay/factors.js'
import { KERNEL } from '../../run/resources.js'
import { rank } from '../../run/tasks.js'

/** Ordinary pages of the normal world: allocated, never protected. Giving them back costs nothing that is published. */
export const ordinaryPages = (): MemoryMechanism => ({
  factor: 'memory',
  id: 'none',
  version: 1,
  summary: 'ordinary pages, readable by the normal world’s kernel',
  source: 'FlexServe’s NW-Base, TZ-LLM’s REE-LLM',
  provides: ['plain-pages'],
  secure: false,
  reservesKv: false,
  kernelThreads: 1,
  regionsPerModel: 0,
  begin: () => -1,
  allocate: (l, bytes, layer, after) =>
    l.write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: bytes * l.costs.pageAllocateNsPerByte, bytes, layer }, after),
  protect: (_l, _bytes, _layer, after) => after,
  mapForNpu: () => -1,
  release: (_l, _bytes, after) => after,
})
