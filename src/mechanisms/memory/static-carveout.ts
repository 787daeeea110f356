import { KERNEL } from '../../run/resources.js'
import type { MemoryMechanism } from '../../replay/factors.js'
import { rank } from '../../run/tasks.js'

/** A contiguous region set aside at boot: nothing to allocate and nothing to protect, ever; what it costs is memory that
 *  the normal world never has. Cleared before another request's secrets can meet it. */
export const staticCarveout = (): MemoryMechanism => ({
  factor: 'memory',
  id: 'static-carveout',
  version: 1,
  summary: 'a region reserved at boot, denied to the normal world for good',
  source: 'arXiv 2511.13717 §2.2–2.4: why static reservation is not an option on phones',
  provides: ['secure-pages', 'contiguous'],
  secure: true,
  reservesKv: true,
  kernelThreads: 1,
  regionsPerModel: 1,
  begin: () => -1,
  allocate: (_l, _bytes, _layer, after) => after,
  protect: (_l, _bytes, _layer, after) => after,
  mapForNpu: () => -1,
  release: (l, bytes, after) => l.write.add({ cause: 'scrub', mask: KERNEL, rank: rank.after, durationNs: bytes * l.costs.scrubNsPerByte, bytes }, after),
})
