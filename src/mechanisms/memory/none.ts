import type { MemoryMechanism } from '../../replay/factors.js'
import { pageAllocateNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import { KERNEL } from '../../run/resources.js'
import { rank } from '../../run/tasks.js'

/** Ordinary pages of the normal world: allocated, never protected. Giving them back costs nothing that is published. */
export const ordinaryPages = (): MemoryMechanism => ({
  factor: 'memory',
  id: 'none',
  version: 2,
  summary: 'ordinary pages, readable by the normal world’s kernel',
  source: 'FlexServe’s NW-Base, TZ-LLM’s REE-LLM',
  provides: ['plain-pages', 'recallable'],
  secure: false,
  reservesKv: false,
  kernelThreads: 1,
  regionsPerModel: 0,
  begin: () => -1,
  allocate: (l, { id, bytes, layer }, after) =>
    l.write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: pageAllocateNs, bytes, layer, extent: id, effect: effect.allocated }, after),
  protect: (_l, _extent, after) => after,
  mapForNpu: () => -1,
  release: (l, { id }, after, at) => l.write.add({ cause: 'unprotect', mask: 0, rank: at, durationNs: 0, extent: id, effect: effect.freed }, after),
})
