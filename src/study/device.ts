import { readFile } from 'node:fs/promises'
import { closest } from '../base/closest.js'
import { BadInput, UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { bounds, numberWithin } from '../device/bounds.js'
import { deviceOf, devices } from '../device/devices.js'
import { checkProfile } from '../device/check.js'
import { choiceOf, defaultChoices } from '../device/choices.js'
import { choiceIds, nominal, parameterIds, parametersOf, type ChoiceId, type DeviceChoices, type DeviceProfile, type DeviceValues, type Parameter, type ParameterId } from '../device/profile.js'

/** A device as a cell uses it: its profile with what the user set, which parameters are pinned by that. */
export interface ResolvedDevice {
  readonly profile: DeviceProfile
  readonly choices: DeviceChoices
  readonly values: DeviceValues
  readonly pinned: ReadonlySet<string>
  /** As given: parameter or choice → value. */
  readonly set: Readonly<Record<string, number | string>>
}

/** A built-in id, or a profile in a JSON file. Throws `UsageFault` (unknown id or parameter), `BadInput` (the file). */
export async function resolveDevice(reference: string, assignments: readonly (readonly [string, string])[] = []): Promise<ResolvedDevice> {
  const profile = deviceOf(reference) ?? (await readProfile(reference))
  const values: Record<string, number> = { ...nominal(profile) }
  const choices: Record<string, string> = { ...defaultChoices(profile) }
  const set: Record<string, number | string> = {}
  for (const [id, text] of assignments) {
    if ((parameterIds as readonly string[]).includes(id)) {
      set[id] = values[id] = numberWithin(`parameter ${id}`, bounds[id as ParameterId], text)
    } else if ((choiceIds as readonly string[]).includes(id)) {
      const { options } = choiceOf(profile, id as ChoiceId)
      if (!options.includes(text)) throw new UsageFault(`choice ${id}: expected ${options.join(' or ')}, found ${quoteFound(text)}`)
      set[id] = choices[id] = text
    } else {
      const near = closest(id, [...parameterIds, ...choiceIds])
      throw new UsageFault(`device ${profile.id} has no parameter ${quoteFound(id)}`, near === undefined ? 'see `worldswitch devices show`' : `did you mean ${near}?`)
    }
  }
  const parameters: Partial<Record<ParameterId, Parameter>> = Object.fromEntries(parametersOf(profile).map(([id, parameter]) => [id, { ...parameter, value: values[id]! }]))
  for (const id of parameterIds) if (profile.parameters[id] === undefined && values[id] !== undefined) parameters[id] = { value: values[id], unit: bounds[id].unit, spread: null, grade: 'assumed', source: 'given on the command line', informedBy: [] }
  return { profile: { ...profile, parameters }, choices: choices as DeviceChoices, values, pinned: new Set(Object.keys(set)), set }
}

/** The machine that a user says a recording was made on: a device; null: `unknown`, none that is described. */
export const machineNamed = async (reference: string): Promise<DeviceProfile | null> => (reference === 'unknown' ? null : (await resolveDevice(reference)).profile)

async function readProfile(path: string): Promise<DeviceProfile> {
  if (!/[./\\]/.test(path)) {
    const near = closest(path, devices.map((device) => device.id))
    throw new UsageFault(`there is no device ${quoteFound(path)}`, near === undefined ? `known are ${devices.map((device) => device.id).join(', ')}, or a file` : `did you mean ${near}?`)
  }
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new BadInput({ file: path }, 'a readable device profile in JSON', undefined, `or one of ${devices.map((device) => device.id).join(', ')}`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new BadInput({ file: path }, 'JSON', error instanceof Error ? error.message : error)
  }
  return checkProfile(json, path)
}
