import type { Boundary, DecodePlacement, Lowering, NpuMechanism } from '../../replay/factors.js'
import { npuLaunchNs, npuModeSwitchNs, submitFlexNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import { CPU, MONITOR, NPU } from '../../run/resources.js'
import { rank, type Rank } from '../../run/tasks.js'

export interface FlexNpuOptions {
  readonly decode?: DecodePlacement
  /** Where jobs of the normal world that wait can have the NPU back. Without waiting ones it stays until the end. */
  readonly granularity?: Exclude<Boundary, 'job'>
  /** Back to the normal world at every boundary, wanted or not: the worst case. */
  readonly eager?: boolean
}

/** Flex-NPU: the whole NPU becomes protected for as long as a request runs. A mode switch each way, a launch once a
 *  step, and the driver's sandbox entered at each submission. The switch drains and flushes: it holds the NPU. */
export const flexNpu = (options: FlexNpuOptions = {}): NpuMechanism => ({
  factor: 'npu',
  id: 'flex-npu',
  version: 2,
  summary: `protected for a ${options.granularity ?? 'request'} at a time${options.eager === true ? ', given back at every one' : ''}, its driver reused in a stage-2 sandbox`,
  source: 'arXiv 2603.09046 §4.3, Table 1; granularity: not published',
  needs: ['secure-pages'],
  builtWith: ['page-granular'],
  promises: ['malicious-npu-job', 'kernel-at-npu'],
  usesNpu: true,
  decodesOnNpu: options.decode !== 'cpu',
  needsMap: true,
  boundary: options.granularity ?? 'request',
  eager: options.eager === true,
  take: (l, after) => modeSwitch(l, after, rank.compute, effect.npuClaimed | effect.npuDrained | effect.npuProtected),
  give: (l, after, at) => modeSwitch(l, after, at, effect.npuFlushed | effect.npuYielded | effect.npuUnprotected),
  beginStep: (l, after) => l.write.add({ cause: 'npu-launch', mask: CPU | MONITOR, rank: rank.compute, durationNs: npuLaunchNs, count: 1 }, after),
  submit: (l, submissions, layer, op, after) =>
    l.write.add(
      { cause: 'npu-launch', mask: CPU | MONITOR, rank: rank.compute, durationNs: submitFlexNs, count: submissions, layer, op },
      after,
    ),
})

function modeSwitch(l: Lowering, after: number, at: Rank, does: number): number {
  return l.write.add({ cause: 'npu-switch', mask: CPU | NPU | MONITOR, rank: at, durationNs: npuModeSwitchNs, count: 1, effect: does }, after, l.protectionOn)
}
