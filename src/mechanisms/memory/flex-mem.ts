import { MS } from '../../base/units.js'
import type { Lowering, MemoryMechanism } from '../../replay/factors.js'
import { flexAllocateNs, flexUnprotectNs, scrubNs, smmuMapNs, tlbInvalidateNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import type { Extent } from '../../run/extents.js'
import { CPU, KERNEL, MONITOR } from '../../run/resources.js'
import { rank, type Rank, type TaskIndex } from '../../run/tasks.js'

export interface FlexMemOptions {
  /** `lazy`: pages go back uncleared on a list that stays out of the normal world's tables, and are cleared when
   *  somebody needs them (first text). `eager`: cleared, then given back (later text). */
  readonly scrub?: 'lazy' | 'eager'
  /** Protection goes off when all is released; after `idleMs` without a request; never. */
  readonly off?: 'released' | 'idle-window' | 'never'
  readonly idleMs?: number
  /** Bytes a monitor call; undefined: the device's. */
  readonly batchBytes?: number
}

/** Flex-Mem: any page becomes secure through stage-2 tables, so nothing migrates. An untrusted manager of the normal
 *  world finds the pages; protecting costs a monitor call and a TLB invalidation a batch and a table write a page.
 *  The measured allocation is a total: what protecting takes is carved out of it (`costsOf`). */
export const flexMem = (options: FlexMemOptions = {}): MemoryMechanism => {
  const lazy = options.scrub !== 'eager'
  const off = options.off ?? 'released'
  return {
    factor: 'memory',
    id: 'flex-mem',
    version: 2,
    summary: `page by page through stage-2 tables, cleared ${lazy ? 'lazily' : 'before they go back'}`,
    source: 'arXiv 2603.09046 §4.1–4.2, §4.4, Table 1; eager and idle window: arXiv 2606.23370 §4.2, §4.4',
    provides: ['secure-pages', 'page-granular', 'recallable'],
    promises: ['kernel-reading', 'other-master', 'malicious-manager', 'page-reuse', 'protection-off'],
    secure: true,
    reservesKv: false,
    kernelThreads: 1,
    regionsPerModel: 0,
    begin: (l, after) =>
      l.write.add({ cause: 'monitor-resume', mask: KERNEL | MONITOR, rank: rank.protect, durationNs: (c) => c.monitorResumeNs, count: 1, effect: effect.protectionOn | effect.verified }, after),
    ...(off === 'never' ? {} : { off: { idleNs: off === 'idle-window' ? (options.idleMs ?? 0) * MS : 0, end: turnOff } }),
    allocate: (l, { id, bytes, layer }, after) =>
      l.write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: flexAllocateNs, bytes, layer, extent: id, effect: effect.allocated }, after),
    protect(l, { id, bytes, layer, pages }, after) {
      const { write } = l
      const calls = Math.ceil(bytes / (options.batchBytes ?? l.costs.batchBytes))
      const unmapped = write.add({ cause: 'protect', mask: KERNEL | MONITOR, rank: rank.protect, durationNs: (c) => bytes * c.flexProtectNsPerByte + calls * c.hypercallNs, count: pages, layer, extent: id, effect: effect.unmapped | effect.mastersUnmapped }, after, l.protectionOn)
      return write.add(
        { cause: 'tlb-invalidate', mask: KERNEL | MONITOR, rank: rank.protect, durationNs: tlbInvalidateNs, count: calls, layer, extent: id, effect: effect.invalidated | effect.mastersDrained },
        unmapped,
      )
    },
    mapForNpu: (l, { id, bytes, layer, pages }, after) =>
      l.write.add({ cause: 'smmu-map', mask: CPU | MONITOR, rank: rank.map, durationNs: smmuMapNs, count: pages, bytes, layer, extent: id, effect: effect.npuMapped }, after),
    release(l, extent, after, at) {
      const { id, bytes, pages } = extent
      const ready = lazy ? after : scrubbed(l, extent, after, at)
      // Mapping a page again needs no invalidation: nothing stale can be cached of an entry that was not there.
      return l.write.add({ cause: 'unprotect', mask: KERNEL | MONITOR, rank: at, durationNs: flexUnprotectNs, count: pages, bytes, extent: id, effect: lazy ? effect.lazy : effect.remapped | effect.freed }, ready)
    },
    ...(lazy ? { drain } : {}),
  }
}

function scrubbed(l: Lowering, { id, bytes }: Extent, after: TaskIndex, at: Rank): TaskIndex {
  return l.write.add({ cause: 'scrub', mask: KERNEL, rank: at, durationNs: scrubNs, bytes, extent: id, effect: effect.scrubbed }, after)
}

/** The monitor overwrites a page of the list, then maps it again; the table write is in what `release` took. */
function drain(l: Lowering, extent: Extent, after: TaskIndex, at: Rank): TaskIndex {
  const cleared = scrubbed(l, extent, after, at)
  return l.write.add({ cause: 'unprotect', mask: 0, rank: at, durationNs: 0, extent: extent.id, effect: effect.remapped | effect.freed }, cleared)
}

/** EL3 hashes and freezes EL2 (assumed: as long as the check on resume, which is the same hash). */
function turnOff(l: Lowering, after: TaskIndex): TaskIndex {
  return l.write.add({ cause: 'monitor-resume', mask: KERNEL | MONITOR, rank: rank.after, durationNs: (c) => c.monitorPauseNs, count: 1, effect: effect.protectionOff }, after)
}
