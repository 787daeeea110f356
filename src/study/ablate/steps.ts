import { UsageFault } from '../../base/errors.js'
import { mechanisms } from '../../policies/mechanisms.js'
import { PolicyOptions } from '../../policies/options.js'
import { policies } from '../../policies/policies.js'
import { factors, type Factor } from '../../replay/factors.js'

/** A level of a factor: a mechanism with the options that it does not have by itself, as a policy's reference writes them. */
export interface Level {
  readonly mechanism: string
  readonly options: Readonly<Record<string, string>>
}
/** A factor in which two policies differ, and the way from one to the other. */
export interface FactorPath {
  readonly factor: Factor
  readonly levels: readonly Level[]
}

/** Levels that lie between two mechanisms, so that what is easily taken for one thing becomes two. */
const between: readonly { readonly factor: Factor; readonly from: string; readonly to: string; readonly via: string }[] = [{ factor: 'npu', from: 'none', to: 'flex-npu', via: 'co-driver' }]

/** The factors in which the policies differ, in the order of factors. `given`: paths that the user names, factor → mechanisms
 *  from the first to the last. Throws `UsageFault`: a path that does not lead from one to the other; no difference. */
export function factorPaths(from: string, to: string, given: ReadonlyMap<string, readonly string[]>): FactorPath[] {
  const [start, end] = [levelsOf(from), levelsOf(to)]
  for (const factor of given.keys()) if (!(factors as readonly string[]).includes(factor)) throw new UsageFault(`--path: there is no factor ${factor}`, `factors are ${factors.join(', ')}`)
  const paths = factors.flatMap((factor): FactorPath[] => {
    const [first, last] = [start[factor], end[factor]]
    if (first.mechanism === last.mechanism && JSON.stringify(first.options) === JSON.stringify(last.options)) {
      if (given.has(factor)) throw new UsageFault(`--path ${factor}: both policies have the same ${factor}, ${first.mechanism}`)
      return []
    }
    const named = given.get(factor)
    if (named !== undefined && (named[0] !== first.mechanism || named[named.length - 1] !== last.mechanism || named.length < 2))
      throw new UsageFault(`--path ${factor}=${named.join(',')}: expected a path from ${first.mechanism} to ${last.mechanism}`)
    const via = named?.slice(1, -1) ?? between.filter((one) => one.factor === factor && one.from === first.mechanism && one.to === last.mechanism).map((one) => one.via)
    for (const id of via) if (!Object.hasOwn(mechanisms[factor], id)) throw new UsageFault(`--path ${factor}: there is no mechanism ${id}`, `known are ${Object.keys(mechanisms[factor]).join(', ')}`)
    return [{ factor, levels: [first, ...via.map((mechanism) => ({ mechanism, options: {} })), last] }]
  })
  if (paths.length === 0) throw new UsageFault(`${from} and ${to} do not differ in any factor`, 'choose two policies that do')
  return paths
}

/** The policy with each factor at a level: `from` itself, or with mechanisms in place of its own. */
export function referenceAt(from: string, paths: readonly FactorPath[], at: readonly number[]): string {
  const parts = new Map<string, string>()
  for (const [i, { factor, levels }] of paths.entries()) {
    if (at[i] === 0) continue
    const { mechanism, options } = levels[at[i]!]!
    parts.set(factor, mechanism)
    for (const [key, value] of Object.entries(options)) parts.set(key, value)
  }
  if (parts.size === 0) return from
  const [id = '', query = ''] = from.split('?')
  const own = query.split('&').filter((pair) => pair !== '' && !parts.has(pair.split('=')[0]!))
  return `${id}?${[...own, ...[...parts].map(([key, value]) => `${key}=${value}`)].join('&')}`
}

export const levelName = ({ mechanism, options }: Level): string => `${mechanism}${Object.entries(options).map(([key, value]) => ` ${key} ${value}`).join('')}`

/** Each factor's mechanism in a policy, with those options whose value is not what the mechanism has by itself. */
function levelsOf(reference: string): Record<Factor, Level> {
  const { id, options } = PolicyOptions.parse(reference)
  const template = policies.find((policy) => policy.id === id)
  if (template === undefined) throw new UsageFault(`an ablation goes between built-in policies, and ${id} is none`, `known are ${policies.map((policy) => policy.id).join(', ')}; exchange mechanisms by options, such as flexserve?npu=co-driver`)
  const parts = template.compose(options)
  const inTemplate = new Map(options.known().map(({ key, fallback }) => [key, fallback]))
  const given = new Map(Object.entries(PolicyOptions.parse(reference).options.all()))
  return Object.fromEntries(
    factors.map((factor) => {
      const exchanged = given.get(factor)
      const mechanism = exchanged ?? parts[factor].id
      const alone = PolicyOptions.parse('alone').options
      const make = (mechanisms[factor] as Readonly<Record<string, (options: PolicyOptions) => unknown>>)[mechanism]
      if (make === undefined) throw new UsageFault(`there is no ${factor} ${mechanism}`, `known are ${Object.keys(mechanisms[factor]).join(', ')}`)
      make(alone)
      const own = alone.known().flatMap(({ key, fallback }) => {
        const value = given.get(key) ?? (exchanged === undefined ? inTemplate.get(key) : undefined) ?? fallback
        return value === fallback ? [] : [[key, value] as const]
      })
      return [factor, { mechanism, options: Object.fromEntries(own) }]
    }),
  ) as Record<Factor, Level>
}
