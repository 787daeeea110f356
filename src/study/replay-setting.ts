import type { Repricer } from '../replay/repricer.js'
import { factors } from '../replay/factors.js'
import { serve, type Replayed, type Setting } from '../replay/replay.js'
import { ownedBy, replayInModule } from './policy-module/process/ask.js'

/** Replays a setting, with the tasks of the one before where a repricer finds that they are the same; under a user's policy in that
 *  module's process, within its limits. Throws `UsageFault`, `BadInput` (the policy), `BrokenLaw`. */
export function replaySetting(setting: Setting, repricer?: Repricer): Replayed {
  const { policy } = setting
  const module = policy.file === undefined ? undefined : factors.map((factor) => ownedBy.get(policy[factor])).find((one) => one !== undefined)
  if (module !== undefined) return replayInModule(setting, module)
  return repricer === undefined ? serve(setting) : repricer.replay(setting)
}
