import type { DecodePlacement, NpuMechanism } from '../../replay/factors.js'
import { npuLaunchNs, submitCoDriverNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import { CPU, MONITOR } from '../../run/resources.js'
import { rank } from '../../run/tasks.js'

/** TZ-LLM's co-driver: the normal world schedules, the secure world launches; every job moves the NPU over and back
 *  (SMC, TZPC, TZASC, GIC). One measured constant a submission, its world switches inside, is all that sharing costs; a
 *  step's launch is the device's own, as without protection (0 where the rates contain it). */
export const coDriver = (options: { decode?: DecodePlacement } = {}): NpuMechanism => ({
  factor: 'npu',
  id: 'co-driver',
  version: 2,
  summary: 'the NPU changes worlds for each job',
  source: 'arXiv 2511.13717 §4.3; constant derived from its decode overheads',
  needs: ['secure-pages'],
  builtWith: ['contiguous'],
  promises: ['kernel-at-npu'],
  usesNpu: true,
  decodesOnNpu: options.decode !== 'cpu',
  needsMap: false,
  boundary: 'job',
  eager: false,
  take: (_l, after) => after,
  give: (_l, after) => after,
  beginStep: (l, after) => l.write.add({ cause: 'dispatch', mask: CPU, rank: rank.compute, durationNs: npuLaunchNs, count: 1 }, after),
  submit: (l, submissions, layer, op, after) =>
    l.write.add(
      {
        cause: 'npu-switch',
        mask: CPU | MONITOR,
        rank: rank.compute,
        durationNs: submitCoDriverNs,
        count: submissions,
        worldSwitches: submissions,
        effect: effect.npuClaimed | effect.npuDrained | effect.npuProtected,
        layer,
        op,
      },
      after,
    ),
})
