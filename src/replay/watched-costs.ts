import type { Costs } from '../device/costs.js'

/** Costs that note what is asked of them. */
export interface WatchedCosts {
  readonly costs: Costs
  /** Whether `other` would have answered everything that was asked the same way. */
  agrees(other: Costs): boolean
}

export function watchedCosts(costs: Costs): WatchedCosts {
  const top = watched(costs as unknown as Values)
  const sample = watched(costs.sample as Values)
  const choices = watched(costs.choices as Values)
  return {
    costs: Object.defineProperties(top.view, { sample: { value: sample.view }, choices: { value: choices.view } }) as unknown as Costs,
    agrees: (other) => top.agrees(other as unknown as Values) && sample.agrees(other.sample as Values) && choices.agrees(other.choices as Values),
  }
}

type Values = Readonly<Record<string, unknown>>

function watched(values: Values): { view: Values; agrees(other: Values): boolean } {
  const asked = new Set<string>()
  const getter = (name: string): PropertyDescriptor => ({
    enumerable: true,
    configurable: true,
    get: () => {
      asked.add(name)
      return values[name]
    },
  })
  return {
    view: Object.defineProperties({}, Object.fromEntries(Object.keys(values).map((name) => [name, getter(name)]))) as Values,
    agrees: (other) => [...asked].every((name) => Object.is(values[name], other[name])),
  }
}
