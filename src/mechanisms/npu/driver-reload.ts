import { MS } from '../../base/units.js'
import type { DecodePlacement, Lowering, NpuMechanism } from '../../replay/factors.js'
import { npuLaunchNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import { CPU, NPU } from '../../run/resources.js'
import { rank, type Rank } from '../../run/tasks.js'

/** The naive hand-over: the normal world's driver is detached, the secure world's attached, and back after the request.
 *  Inside, jobs run as they would without protection. */
export const driverReload = (options: { decode?: DecodePlacement } = {}): NpuMechanism => ({
  factor: 'npu',
  id: 'driver-reload',
  version: 2,
  summary: 'the NPU’s driver is detached in one world and attached in the other',
  source: 'arXiv 2511.13717 §2.3: 32 ms each way',
  needs: ['secure-pages'],
  builtWith: ['contiguous'],
  usesNpu: true,
  decodesOnNpu: options.decode !== 'cpu',
  needsMap: false,
  boundary: 'request',
  eager: false,
  take: (l, after) => handOver(l, after, rank.compute, effect.npuDrained | effect.npuClaimed | effect.npuProtected),
  give: (l, after, at) => handOver(l, after, at, effect.npuFlushed | effect.npuYielded | effect.npuUnprotected),
  beginStep: (l, after) => l.write.add({ cause: 'dispatch', mask: CPU, rank: rank.compute, durationNs: npuLaunchNs, count: 1 }, after),
  submit: () => -1,
})

function handOver(l: Lowering, after: number, at: Rank, does: number): number {
  return l.write.add({ cause: 'npu-init', mask: CPU | NPU, rank: at, durationNs: (c) => c.sample['npu.driverReloadMs'] * MS, count: 1, effect: does }, after)
}
