import { MiB } from '../../base/units.js'
import type { MemoryMechanism } from '../../replay/factors.js'
import { scrubNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import { KERNEL } from '../../run/resources.js'

/** A contiguous region set aside at boot: nothing to allocate and nothing to protect, ever; what it costs is memory that
 *  the normal world never has (`sizeBytes`, by default what the largest request needs). Cleared before another
 *  request's secrets can meet it. */
export const staticCarveout = (options: { sizeBytes?: number } = {}): MemoryMechanism => ({
  factor: 'memory',
  id: 'static-carveout',
  version: 2,
  summary: 'a region reserved at boot, denied to the normal world for good',
  source: 'arXiv 2511.13717 §2.2–2.4: why static reservation is not an option on phones',
  provides: ['secure-pages', 'contiguous'],
  promises: ['kernel-reading', 'page-reuse'],
  secure: true,
  reservesKv: true,
  kernelThreads: 1,
  regionsPerModel: 1,
  reserved: (needBytes) => options.sizeBytes ?? Math.ceil(needBytes / MiB) * MiB,
  begin: () => -1,
  allocate(l, { id, layer, firstPage, pages }, after) {
    const t = l.write.join([after], layer)
    l.write.at.extent[t] = id
    l.write.at.effect[t] = effect.allocated | effect.firewalled
    l.write.at.detail[t] = firstPage + pages
    return t
  },
  protect: (_l, _extent, after) => after,
  mapForNpu: () => -1,
  release: (l, { id, bytes }, after, at) =>
    l.write.add({ cause: 'scrub', mask: KERNEL, rank: at, durationNs: scrubNs, bytes, extent: id, effect: effect.scrubbed | effect.freed }, after),
})
