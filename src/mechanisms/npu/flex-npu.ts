import { US } from '../../base/units.js'
import type { DecodePlacement, Lowering, NpuMechanism } from '../../replay/factors.js'
import { CPU, MONITOR, NPU } from '../../run/resources.js'
import { rank, type Rank } from '../../run/tasks.js'

/** Flex-NPU: the whole NPU becomes protected for as long as a request runs. A mode switch each way, a launch once a
 *  step, and the driver's sandbox entered at each submission. */
export const flexNpu = (options: { decode?: DecodePlacement } = {}): NpuMechanism => ({
  factor: 'npu',
  id: 'flex-npu',
  version: 1,
  summary: 'protected for a request at a time, its driver reused in a stage-2 sandbox',
  source: 'arXiv 2603.09046 §4.3, Table 1',
  needs: ['secure-pages'],
  builtWith: ['page-granular'],
  usesNpu: true,
  decodesOnNpu: options.decode !== 'cpu',
  needsMap: true,
  beginRequest: (l, after) => modeSwitch(l, after, rank.compute),
  endRequest: (l, after) => modeSwitch(l, after, rank.after),
  beginStep: (l, after) => l.write.add({ cause: 'npu-launch', mask: CPU | MONITOR, rank: rank.compute, durationNs: l.costs.npuLaunchNs, count: 1 }, after),
  submit: (l, submissions, layer, op, after) =>
    l.write.add(
      { cause: 'npu-launch', mask: CPU | MONITOR, rank: rank.compute, durationNs: submissions * l.costs.sample['npu.submitFlexUs'] * US, count: submissions, layer, op },
      after,
    ),
})

function modeSwitch(l: Lowering, after: number, at: Rank): number {
  return l.write.add({ cause: 'npu-switch', mask: CPU | NPU | MONITOR, rank: at, durationNs: l.costs.npuModeSwitchNs, count: 1 }, after, l.protectionOn)
}
