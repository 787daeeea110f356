import type { Repricer } from '../replay/repricer.js'
import { serve, type Replayed, type Setting } from '../replay/replay.js'
import { withinTime } from './policy-module/time-limit.js'

/** Replays a setting, with the tasks of the one before where a repricer finds that they are the same; under a user's policy
 *  within a limit of time. Throws `UsageFault`, `BadInput` (the policy), `BrokenLaw`. */
export function replaySetting(setting: Setting, repricer?: Repricer): Replayed {
  const { file } = setting.policy
  if (file !== undefined) return withinTime(() => serve(setting), file)
  return repricer === undefined ? serve(setting) : repricer.replay(setting)
}
