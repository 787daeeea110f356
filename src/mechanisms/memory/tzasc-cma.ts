import { GiB, MS, MiB } from '../../base/units.js'
import type { Costs } from '../../device/costs.js'
import type { MemoryMechanism } from '../../replay/factors.js'
import { regionProgramNs, scrubNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import { CPU, KERNEL, MONITOR } from '../../run/resources.js'
import { rank, type Price } from '../../run/tasks.js'

export interface CmaOptions {
  readonly threads?: number
  /** Whose cores migrate: the kernel's, or the LLM's own, each at its share of the many-threaded rate (TZ-LLM). */
  readonly on?: 'kernel' | 'cpu'
  /** `in-order`: one region, its top moves up piece by piece. `out-of-order`: a region a thread, pieces dealt out in turn,
   *  so that a late one holds up only its own (TZ-LLM's artifact). */
  readonly commit?: 'in-order' | 'out-of-order'
}

/** A contiguous region that grows from CMA: pages in its way migrate, then the TZASC's region is programmed up to a
 *  rounded top. It shrinks from its end (first in, last out) and is cleared as it does. */
export const tzascCma = (options: CmaOptions = {}): MemoryMechanism => {
  const threads = options.threads ?? 1
  const on = options.on ?? 'kernel'
  const stripes = options.commit === 'out-of-order' ? threads : 1
  return {
    factor: 'memory',
    id: 'tzasc-cma',
    version: 2,
    summary: `contiguous growth from CMA on ${threads === 1 ? 'one thread' : `${threads} threads`}, TZASC regions reprogrammed${stripes > 1 ? ', one a thread' : ''}`,
    source: 'arXiv 2511.13717 §2.4.2, §4; FlexServe’s baselines',
    provides: ['secure-pages', 'contiguous', 'recallable'],
    promises: ['kernel-reading', 'page-reuse', 'region-rounding'],
    secure: true,
    reservesKv: true,
    kernelThreads: on === 'kernel' ? threads : 1,
    // For the weights, and one for activations and KV (TZ-LLM §4).
    regionsPerModel: stripes + 1,
    begin: () => -1,
    allocate(l, { id, bytes, layer }, after) {
      // The region's top is programmed in whole steps, so pages up to the next one must come along.
      const step = l.costs.sample['tzasc.granularityMiB'] * MiB
      const grown = roundUp(l.allocatedBytes + bytes, step) - roundUp(l.allocatedBytes, step)
      const { allocatedBytes, pressureBytes } = l
      return l.write.add({ cause: 'allocate', mask: on === 'cpu' ? CPU : KERNEL, rank: rank.allocate, durationNs: (c) => cmaNs(c, grown, allocatedBytes, pressureBytes, threads), bytes: grown, layer, extent: id, effect: effect.allocated }, after)
    },
    protect(l, { id, bytes, layer, firstPage, pages }, after, earlier) {
      const step = (l.costs.sample['tzasc.granularityMiB'] * MiB) / l.costs.pageBytes
      return l.write.add(
        { cause: 'region-program', mask: KERNEL | MONITOR, rank: rank.protect, durationNs: regionProgramNs, count: 1, bytes, layer, extent: id, effect: effect.firewalled, detail: roundUp(firstPage + pages, step) },
        after,
        earlier[earlier.length - stripes] ?? -1,
      )
    },
    mapForNpu: () => -1,
    release(l, { id, bytes, pages }, after, at) {
      const scrubbed = l.write.add({ cause: 'scrub', mask: KERNEL, rank: at, durationNs: clearNs, bytes, extent: id, effect: effect.scrubbed }, after)
      return l.write.add({ cause: 'unprotect', mask: KERNEL | MONITOR, rank: at, durationNs: returnNs, count: pages, bytes, extent: id, effect: effect.remapped | effect.freed }, scrubbed)
    },
  }
}

/** The measured reclaim of a region is a total: what clearing takes is carved out of it. */
const reclaimNs: Price = ({ sample }, bytes) => (bytes * sample['cma.reclaim8GiBMs'] * MS) / (8 * GiB)
const clearNs: Price = (costs, bytes, count) => Math.min(reclaimNs(costs, bytes, count), scrubNs(costs, bytes, count))
const returnNs: Price = (costs, bytes, count) => reclaimNs(costs, bytes, count) - clearNs(costs, bytes, count)

const roundUp = (bytes: number, step: number): number => Math.ceil(bytes / step) * step

/**
 * Migration time of the next `bytes` behind `allocated` ones, in ns, for one of `threads` equal threads. A MiB's
 * cost grows linearly with the normal world's pressure from the fast rate to the measured one, flat above. Reading
 * `knee`: the measured mean is a fast rate until little headroom is left, and what remains of it below.
 */
export function cmaNs(costs: Costs, bytes: number, allocated: number, pressure: number, threads: number): number {
  const { sample, choices } = costs
  const share = Math.min(1, pressure / (sample['cma.highPressureGiB'] * GiB))
  const fastNsPerByte = 1e9 / (sample['cma.fastGiBs'] * GiB)
  const measuredNsPerByte = (sample['cma.allocate8GiBMs'] * MS) / (8 * GiB)
  const perByte = (high: number): number => fastNsPerByte + (Math.max(high, fastNsPerByte) - fastNsPerByte) * share
  // Threads beyond one: the four-threaded speed-up, linear in between; each thread does its share of it.
  const speedup = 1 + ((sample['cma.threads4Speedup'] - 1) * (Math.min(threads, 4) - 1)) / 3
  const slowdown = threads / speedup
  if (choices['cma.reading'] !== 'knee') return bytes * perByte(measuredNsPerByte) * slowdown
  const knee = sample['cma.kneeHeadroomGiB'] * GiB
  const aboveNsPerByte = 1e9 / (sample['cma.kneeFastMiBs'] * MiB)
  // The mean was measured over 8 GiB, the last `knee` of them without headroom.
  const belowNsPerByte = (measuredNsPerByte * 8 * GiB - aboveNsPerByte * (8 * GiB - knee)) / knee
  const headroom = Math.max(0, sample['memory.sizeGiB'] * GiB - pressure - allocated - knee)
  const above = Math.min(bytes, headroom)
  return (above * perByte(aboveNsPerByte) + (bytes - above) * Math.max(perByte(aboveNsPerByte), belowNsPerByte)) * slowdown
}
