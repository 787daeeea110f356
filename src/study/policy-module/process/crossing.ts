import { deserialize, serialize } from 'node:v8'
import { costsOf } from '../../../device/costs.js'
import { parameterIds, type DeviceValues } from '../../../device/profile.js'
import type { Policy } from '../../../replay/factors.js'
import type { Replayed, Setting } from '../../../replay/replay.js'
import type { RequestSource } from '../../../replay/request-source.js'
import { Tally } from '../../../replay/tally.js'
import { checkReplayed } from './check-replayed.js'
import type { SettingData } from './messages.js'

/** A setting without its source and its policy, as data. */
export function settingData({ here, placement, costs, pressureBytes, initial, forgetFrom }: Setting): Omit<SettingData, 'exchanged' | 'item'> {
  const values: { -readonly [K in keyof DeviceValues]: DeviceValues[K] } = {}
  // A parameter that the profile does not have is a getter that throws.
  for (const id of parameterIds) {
    const value: unknown = Object.getOwnPropertyDescriptor(costs.sample, id)?.value
    if (typeof value === 'number') values[id] = value
  }
  return { here: here === true, placement, values, choices: costs.choices, pressureBytes, initial, forgetFrom }
}

export function settingFrom({ here, placement, values, choices, pressureBytes, initial, forgetFrom }: SettingData, source: RequestSource, policy: Policy): Setting {
  return { source, policy, here, costs: costsOf(values, choices), pressureBytes, ...(placement === undefined ? {} : { placement }), ...(initial === undefined ? {} : { initial }), ...(forgetFrom === undefined ? {} : { forgetFrom }) }
}

/** A replay as bytes: its tables as they lie in memory, all else as structured clones. The source stays where it is. */
export function replayedBytes({ plan, schedule }: Replayed): Uint8Array<ArrayBuffer> {
  const { source: _source, tally, ...rest } = plan
  const { startNs, holder, endNs } = schedule
  return serialize({ plan: { ...rest, tally: tally?.packed() }, schedule: { startNs, holder, endNs } }) as unknown as Uint8Array<ArrayBuffer>
}

/** The replay of these bytes, whose source is here. Throws `BadInput`: it is none. */
export function replayedFrom(bytes: Uint8Array, source: RequestSource, file: string): Replayed {
  const { plan, schedule } = checkReplayed(deserialize(bytes), source, file)
  const { tally, ...rest } = plan
  return { plan: { ...rest, source, tally: tally === undefined ? undefined : Tally.unpacked(tally, source, plan.extents) }, schedule }
}
