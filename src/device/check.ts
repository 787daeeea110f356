import { Ajv2020 } from 'ajv/dist/2020.js'
import { BadInput, OutOfBounds } from '../base/errors.js'
import { valueAtPointer } from '../base/json-pointer.js'
import { bounds, boundsInWords, isWithin } from './bounds.js'
import { choiceWords } from './choices.js'
import { choiceIds, parametersOf, type DeviceProfile, type Parameter, type ParameterId } from './profile.js'
import { deviceSchema } from './schema.js'

/** Units by what they measure: one that stands in a profile must be the parameter's own, or its value means another. */
const scales: readonly (readonly string[])[] = [
  ['s', 'ms', 'µs', 'ns', 'min'],
  ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'kB', 'MB', 'GB', 'TB'],
  ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s', 'KiB/s', 'MiB/s', 'GiB/s', 'TiB/s'],
  ['FLOP/s', 'MFLOP/s', 'GFLOP/s', 'TFLOP/s'],
  ['share', '%'],
]
/** `us`, and the Greek letter in place of the sign of micro. */
const spelt = (unit: string): string => unit.trim().replace(/^[uμ]s$/, 'µs')

/** Checks a user's profile against the schema, the parameters' bounds and what a schema cannot say. Throws `BadInput` with the
 *  field, `OutOfBounds`: a value outside the bounds that hold for every setting. */
export function checkProfile(json: unknown, file: string): DeviceProfile {
  const ajv = new Ajv2020({ allErrors: false, strict: true })
  const valid = ajv.compile(deviceSchema)
  if (!valid(json)) {
    const error = valid.errors![0]!
    const field = error.instancePath.slice(1).replaceAll('/', '.') || 'the profile'
    const found = valueAtPointer(json, error.instancePath)
    const id = /^parameters\.(.+)\.(value|spread\..*)$/.exec(field)?.[1] as ParameterId | undefined
    if (id !== undefined && typeof found === 'number') throw new OutOfBounds({ file, field }, boundsInWords(bounds[id]), found, 'see schemas/device.schema.json')
    throw new BadInput({ file, field }, error.message ?? 'a valid value', found, 'see schemas/device.schema.json')
  }
  const given = json as Omit<DeviceProfile, 'choices'> & Partial<Pick<DeviceProfile, 'choices'>>
  const profile: DeviceProfile = { ...given, choices: given.choices ?? {} }
  for (const [id, parameter] of parametersOf(profile)) checkParameter(id, parameter, file)
  for (const id of choiceIds) {
    const choice = profile.choices[id]
    if (choice === undefined) continue
    const unknown = choice.options.find((option) => !choiceWords[id].includes(option))
    if (unknown !== undefined) throw new BadInput({ file, field: `choices.${id}.options` }, choiceWords[id].join(', '), unknown)
    if (!choice.options.includes(choice.value)) throw new BadInput({ file, field: `choices.${id}.value` }, choice.options.join(' or '), choice.value)
  }
  return profile
}

function checkParameter(id: ParameterId, { value, spread, unit }: Parameter, file: string): void {
  const own = bounds[id]
  const at = `parameters.${id}`
  const held = (field: string, found: number): void => {
    if (!isWithin(found, own)) throw new OutOfBounds({ file, field: `${at}.${field}` }, boundsInWords(own), found)
  }
  held('value', value)
  if (spelt(unit) !== own.unit && scales.some((scale) => scale.includes(own.unit) && scale.includes(spelt(unit)))) throw new BadInput({ file, field: `${at}.unit` }, own.unit, unit, 'write the value in that unit')
  if (spread === null) return
  const field = `${at}.spread`
  if ('range' in spread) {
    for (const [i, end] of spread.range.entries()) held(`spread.range.${i}`, end)
    if (!(spread.range[0] <= value && value <= spread.range[1])) throw new BadInput({ file, field }, `a range that holds the value ${value}`, spread.range)
  } else if ('sd' in spread) {
    if (spread.sd > own.most) throw new OutOfBounds({ file, field: `${field}.sd` }, boundsInWords(own), spread.sd)
  } else
    for (const [i, [p, v]] of spread.quantiles.entries()) {
      held(`spread.quantiles.${i}.1`, v)
      const before = spread.quantiles[i - 1]
      if (p < 0 || p > 1 || (before !== undefined && (p <= before[0] || v < before[1]))) throw new BadInput({ file, field }, 'probabilities from 0 to 1 and values, both rising', spread.quantiles)
    }
}
