import { Ajv2020 } from 'ajv/dist/2020.js'
import { BadInput } from '../base/errors.js'
import { valueAtPointer } from '../base/json-pointer.js'
import type { DeviceProfile } from './profile.js'
import { deviceSchema } from './schema.js'

/** Checks a user's profile against the schema and what a schema cannot say. Throws `BadInput` with the field. */
export function checkProfile(json: unknown, file: string): DeviceProfile {
  const ajv = new Ajv2020({ allErrors: false, strict: true })
  const valid = ajv.compile(deviceSchema)
  if (!valid(json)) {
    const error = valid.errors![0]!
    const field = error.instancePath.slice(1).replaceAll('/', '.') || 'the profile'
    throw new BadInput({ file, field }, error.message ?? 'a valid value', valueAtPointer(json, error.instancePath), 'see schemas/device.schema.json')
  }
  const profile = json as DeviceProfile
  for (const [id, { value, spread }] of Object.entries(profile.parameters)) {
    const field = `parameters.${id}.spread`
    if (spread !== null && 'range' in spread && !(spread.range[0] <= value && value <= spread.range[1])) throw new BadInput({ file, field }, `a range that holds the value ${value}`, spread.range)
    if (spread !== null && 'quantiles' in spread)
      for (const [i, [p, v]] of spread.quantiles.entries()) {
        const before = spread.quantiles[i - 1]
        if (p < 0 || p > 1 || (before !== undefined && (p <= before[0] || v < before[1]))) throw new BadInput({ file, field }, 'probabilities from 0 to 1 and values, both rising', spread.quantiles)
      }
  }
  for (const [id, { value, options }] of Object.entries(profile.choices)) if (!options.includes(value)) throw new BadInput({ file, field: `choices.${id}.value` }, options.join(' or '), value)
  return profile
}
