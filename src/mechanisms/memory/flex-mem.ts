import type { MemoryMechanism } from '../../replay/factors.js'
import { CPU, KERNEL, MONITOR } from '../../run/resources.js'
import { rank } from '../../run/tasks.js'

/** Flex-Mem: any page becomes secure through stage-2 tables, so nothing migrates. Protecting costs a monitor call
 *  and a TLB invalidation a batch and a table write a page; clearing is put off until a page is used again (lazy).
 *  The measured allocation is a total: what protecting takes is carved out of it (`costsOf`). */
export const flexMem = (): MemoryMechanism => ({
  factor: 'memory',
  id: 'flex-mem',
  version: 1,
  summary: 'page by page through stage-2 tables, cleared lazily',
  source: 'arXiv 2603.09046 §4.1–4.2, Table 1',
  provides: ['secure-pages', 'page-granular', 'recallable'],
  secure: true,
  reservesKv: false,
  kernelThreads: 1,
  regionsPerModel: 0,
  begin: (l, after) =>
    l.write.add({ cause: 'monitor-resume', mask: KERNEL | MONITOR, rank: rank.protect, durationNs: l.costs.monitorResumeNs, count: 1 }, after),
  allocate: (l, bytes, layer, after) =>
    l.write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: bytes * l.costs.flexAllocateNsPerByte, bytes, layer }, after),
  protect(l, bytes, layer, after) {
    const { costs, write } = l
    const calls = Math.ceil(bytes / costs.batchBytes)
    const pages = Math.ceil(bytes / costs.pageBytes)
    const durationNs = bytes * costs.flexProtectNsPerByte + calls * costs.hypercallNs
    const unmapped = write.add({ cause: 'protect', mask: KERNEL | MONITOR, rank: rank.protect, durationNs, count: pages, layer }, after, l.protectionOn)
    const invalidate = { cause: 'tlb-invalidate', mask: KERNEL | MONITOR, rank: rank.protect, durationNs: calls * costs.tlbInvalidateNs, count: calls, layer } as const
    return write.add(invalidate, unmapped)
  },
  mapForNpu: (l, bytes, layer, after) =>
    l.costs.choices.smmu === 'inside' && l.costs.smmuMapNsPerByte === 0
      ? -1
      : l.write.add({ cause: 'smmu-map', mask: CPU | MONITOR, rank: rank.map, durationNs: bytes * l.costs.smmuMapNsPerByte, count: Math.ceil(bytes / l.costs.pageBytes), bytes, layer }, after),
  // Mapping a page again needs no invalidation: nothing stale can be cached of an entry that was not there.
  release: (l, bytes, after) =>
    l.write.add(
      { cause: 'unprotect', mask: KERNEL | MONITOR, rank: rank.after, durationNs: bytes * l.costs.flexUnprotectNsPerByte, count: Math.ceil(bytes / l.costs.pageBytes), bytes },
      after,
    ),
})
