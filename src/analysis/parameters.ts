import type { DeviceProfile, Parameter, ParameterId } from '../device/profile.js'
import type { ParameterRow } from './tables.js'

/** Parameters that decided a result, strongest first (ties by id), with what the profile says of them. */
export function parameterRows(profile: DeviceProfile, effects: ReadonlyMap<ParameterId, number>, atLeast: number): ParameterRow[] {
  return [...effects]
    .filter(([, effect]) => effect >= atLeast)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .flatMap(([id, effect]) => {
      const parameter = profile.parameters[id]
      return parameter === undefined ? [] : [{ id, ...described(parameter), effect }]
    })
}

export function described({ value, unit, spread, grade, source, informedBy }: Parameter): Omit<ParameterRow, 'id' | 'effect'> {
  return { value, unit, spread: spreadInWords(spread), grade, source, informedBy: informedBy.join(', ') }
}

export function spreadInWords(spread: Parameter['spread']): string {
  if (spread === null) return 'unknown'
  if ('range' in spread) return `${spread.range[0]}–${spread.range[1]}`
  if ('sd' in spread) return `sd ${spread.sd}`
  return spread.quantiles.map(([p, v]) => `${p * 100} %: ${v}`).join(', ')
}
