import type { DecodePlacement, NpuMechanism } from '../../replay/factors.js'
import { npuLaunchNs } from '../../replay/prices.js'
import { CPU } from '../../run/resources.js'
import { rank } from '../../run/tasks.js'

/** The normal world's NPU and driver as they are. A step's launch costs what it costs without any protection:
 *  ordinary dispatch, no switch overhead. */
export const sharedUnprotected = (options: { decode?: DecodePlacement } = {}): NpuMechanism => ({
  factor: 'npu',
  id: 'shared-unprotected',
  version: 2,
  summary: 'the normal world’s driver and queue, no isolation',
  source: 'FlexServe’s NW-Base; launch: arXiv 2603.09046 Table 1',
  needs: ['plain-pages'],
  usesNpu: true,
  decodesOnNpu: options.decode !== 'cpu',
  keepsPlacement: true,
  needsMap: false,
  boundary: 'job',
  eager: false,
  take: (_l, after) => after,
  give: (_l, after) => after,
  beginStep: (l, after) => l.write.add({ cause: 'dispatch', mask: CPU, rank: rank.compute, durationNs: npuLaunchNs, count: 1 }, after),
  submit: () => -1,
})
