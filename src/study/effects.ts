import { UsageFault } from '../base/errors.js'
import { costsOf } from '../device/costs.js'
import { clamped } from '../device/bounds.js'
import { parametersOf, type ParameterId } from '../device/profile.js'
import { latencySample } from '../analysis/quantiles.js'
import { latencies, type Setting } from '../replay/replay.js'
import { Repricer } from '../replay/repricer.js'
import { replaySetting } from './replay-setting.js'
import { breather } from './breathe.js'
import type { ResolvedDevice } from './device.js'

const NUDGE = 1.1
/** Parameters whose nudge moves TTFT or TPOT of some policy by at least this share decided the result. */
export const MATTERS = 0.001

/** How far each parameter, raised by 10 %, moves TTFT or TPOT of any of the settings: the largest |relative change|.
 *  One at a time, unsampled. Structure that must stay whole is left out. */
export async function parameterEffects(settings: readonly Setting[], device: ResolvedDevice, onReplay?: () => void): Promise<Map<ParameterId, number>> {
  const repricers = settings.map(() => new Repricer())
  const plain = settings.map((setting, i) => latencySample(latencies(replaySetting(setting, repricers[i]))))
  const effects = new Map<ParameterId, number>()
  const breathe = breather()
  for (const [id, { fixed, value }] of parametersOf(device.profile)) {
    if (fixed === true || value === 0) continue
    let most = 0
    for (const [i, setting] of settings.entries()) {
      await breathe()
      onReplay?.()
      try {
        const costs = costsOf({ ...device.values, [id]: clamped(id, value * NUDGE) }, device.choices)
        const moved = latencySample(latencies(replaySetting({ ...setting, costs }, repricers[i])))
        most = Math.max(most, change(plain[i]!.ttftNs, moved.ttftNs), change(plain[i]!.tpotNs ?? 0, moved.tpotNs ?? 0))
      } catch (error) {
        if (!(error instanceof UsageFault)) throw error
      }
    }
    effects.set(id, most)
  }
  return effects
}

const change = (from: number, to: number): number => (from === 0 ? 0 : Math.abs(to - from) / from)
