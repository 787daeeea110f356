import { DEVICE_SCHEMA, parametersOf, type DeviceProfile, type Parameter } from './profile.js'

/** A profile to be filled in on a board: another device's values in place of what nobody has measured yet, each assumed, half
 *  to twice; it can be replayed from the start, and every result says that it is extrapolated. */
export function deviceTemplate(id: string, base: DeviceProfile): DeviceProfile {
  return {
    schema: DEVICE_SCHEMA,
    id,
    title: `${id}: to be measured`,
    note: `Values are those of ${base.id} until they are measured here. Measured one: set its value, its spread ({ "sd": … }, { "range": [low, high] } or null), grade "measured" and your source; when all are, take "extrapolated" out.`,
    extrapolated: true,
    parameters: Object.fromEntries(parametersOf(base).map(([id, parameter]) => [id, unmeasured(parameter, base.id)])),
    choices: base.choices,
    ...(base.masters === undefined ? {} : { masters: base.masters }),
  }
}

function unmeasured({ value, unit, source, fixed }: Parameter, base: string): Parameter {
  const from = `there: ${source}`
  if (fixed === true) return { value, unit, spread: null, grade: 'assumed', source: `to be looked up here; ${base}’s, ${from}`, informedBy: [], fixed }
  // A share stays one.
  const high = value < 1 && /share/.test(unit) ? Math.min(1, 2 * value) : 2 * value
  return { value, unit, spread: { range: [value / 2, high] }, grade: 'assumed', source: `to be measured here; ${base}’s, half to twice, ${from}`, informedBy: [] }
}
