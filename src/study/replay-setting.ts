import { serve, type Replayed, type Setting } from '../replay/replay.js'
import { withinTime } from './policy-module/time-limit.js'

/** Replays a setting; under a user's policy within a limit of time. Throws `UsageFault`, `BadInput` (the policy), `BrokenLaw`. */
export function replaySetting(setting: Setting): Replayed {
  const { file } = setting.policy
  return file === undefined ? serve(setting) : withinTime(() => serve(setting), file)
}
