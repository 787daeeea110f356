import { UsageFault } from '../../base/errors.js'
import { quoteFound } from '../../base/quote.js'
import { parseBytes } from '../../base/units.js'
import { mechanismMaker, mechanisms } from '../../policies/mechanisms.js'
import { PolicyOptions, withOptions } from '../../policies/options.js'
import { policies } from '../../policies/policies.js'
import { factors, type Factor } from '../../replay/factors.js'
import { isModuleReference, NO_CODE, type Consent } from '../policy-module/consent.js'
import { partsOfModule, withMechanisms } from '../policy-module/resolve.js'

/** A level of a factor: a mechanism with the options that it does not have by itself, as a policy's reference writes them. */
export interface Level {
  readonly mechanism: string
  readonly options: Readonly<Record<string, string>>
  /** Of a user's module; absent: built in. */
  readonly own?: true
}
/** A factor in which two policies differ, and the way from one to the other. */
export interface FactorPath {
  readonly factor: Factor
  readonly levels: readonly Level[]
}

/** Levels that lie between two mechanisms, so that what is easily taken for one thing becomes two. */
const between: readonly { readonly factor: Factor; readonly from: string; readonly to: string; readonly via: string }[] = [{ factor: 'npu', from: 'none', to: 'flex-npu', via: 'co-driver' }]

/** The factors in which the policies differ, in the order of factors. `given`: paths that the user names, factor → mechanisms
 *  from the first to the last. Throws `UsageFault`: a path that does not lead from one to the other; no difference; two modules. */
export async function factorPaths(from: string, to: string, given: ReadonlyMap<string, readonly string[]>, consent: Consent = NO_CODE): Promise<FactorPath[]> {
  if (isModuleReference(from) && isModuleReference(to)) throw new UsageFault('an ablation goes between built-in policies, or from one of them to a module or back', 'ablate each of the two modules against the same built-in policy')
  const [start, end] = [await levelsOf(from, consent), await levelsOf(to, consent)]
  for (const factor of given.keys()) if (!(factors as readonly string[]).includes(factor)) throw new UsageFault(`--path: there is no factor ${factor}`, `factors are ${factors.join(', ')}`)
  const paths = factors.flatMap((factor): FactorPath[] => {
    const [first, last] = [start[factor], end[factor]]
    if (first.mechanism === last.mechanism && first.own === last.own && JSON.stringify(first.options) === JSON.stringify(last.options)) {
      if (given.has(factor)) throw new UsageFault(`--path ${factor}: both policies have the same ${factor}, ${first.mechanism}`)
      return []
    }
    const named = given.get(factor)
    if (named !== undefined && (named[0] !== first.mechanism || named[named.length - 1] !== last.mechanism || named.length < 2))
      throw new UsageFault(`--path ${factor}=${named.join(',')}: expected a path from ${first.mechanism} to ${last.mechanism}`)
    const via = named?.slice(1, -1) ?? between.filter((one) => one.factor === factor && one.from === first.mechanism && one.to === last.mechanism).map((one) => one.via)
    for (const id of via) if (!Object.hasOwn(mechanisms[factor], id)) throw new UsageFault(`--path ${factor}: there is no mechanism ${quoteFound(id)}`, `known are ${Object.keys(mechanisms[factor]).join(', ')}`)
    return [{ factor, levels: [first, ...via.map((mechanism) => ({ mechanism, options: {} })), last] }]
  })
  if (paths.length === 0) throw new UsageFault(`${from} and ${to} do not differ in any factor`, 'choose two policies that do')
  return paths
}

/** The policy with each factor at a level: `from` or `to` themselves; else `from` with mechanisms in place of its own, or, where
 *  one of both is a module, that one with built-in ones. */
export function referenceAt(from: string, to: string, paths: readonly FactorPath[], at: readonly number[]): string {
  if (at.every((level) => level === 0)) return from
  if (isModuleReference(from) || isModuleReference(to)) return ofModule(from, to, paths, at)
  const parts: Record<string, string> = {}
  for (const [i, { factor, levels }] of paths.entries()) {
    if (at[i] === 0) continue
    const { mechanism, options } = levels[at[i]!]!
    Object.assign(parts, { [factor]: mechanism, ...options })
  }
  return withOptions(from, parts)
}

function ofModule(from: string, to: string, paths: readonly FactorPath[], at: readonly number[]): string {
  if (paths.every(({ levels }, i) => at[i] === levels.length - 1)) return to
  const isFrom = isModuleReference(from)
  const exchanged = paths.flatMap(({ factor, levels }, i): [Factor, string][] => {
    const { mechanism, options } = levels[at[i]!]!
    return at[i] === (isFrom ? 0 : levels.length - 1) ? [] : [[factor, withOptions(mechanism, options)]]
  })
  return withMechanisms(isFrom ? from : to, exchanged)
}

export const levelName = ({ mechanism, options, own }: Level): string => `${mechanism}${own === true ? ' (own)' : ''}${Object.entries(options).map(([key, value]) => ` ${key} ${value}`).join('')}`

/** Each factor's mechanism in a policy, with those options whose value is not what the mechanism has by itself. */
async function levelsOf(reference: string, consent: Consent): Promise<Record<Factor, Level>> {
  if (isModuleReference(reference)) return levelsOfModule(reference, consent)
  const { id, options } = PolicyOptions.parse(reference)
  const template = policies.find((policy) => policy.id === id)
  if (template === undefined) throw new UsageFault(`there is no policy ${quoteFound(id)}`, `known are ${policies.map((policy) => policy.id).join(', ')}, or a module`)
  const parts = template.compose(options)
  const inTemplate = new Map(options.known().map(({ key, fallback }) => [key, fallback]))
  const given = new Map(Object.entries(PolicyOptions.parse(reference).options.all()))
  return levelsBy((factor) => {
    const exchanged = given.get(factor)
    return levelOf(factor, exchanged ?? parts[factor].id, given, exchanged === undefined ? inTemplate : new Map())
  })
}

async function levelsOfModule(reference: string, consent: Consent): Promise<Record<Factor, Level>> {
  const parts = await partsOfModule(reference, consent)
  return levelsBy((factor) => {
    const { builtIn, id } = parts[factor]
    if (builtIn === undefined) return { mechanism: id, options: {}, own: true }
    const parsed = PolicyOptions.parse(builtIn)
    return levelOf(factor, parsed.id, new Map(Object.entries(parsed.options.all())), new Map())
  })
}

const levelsBy = (of: (factor: Factor) => Level): Record<Factor, Level> => Object.fromEntries(factors.map((factor) => [factor, of(factor)])) as Record<Factor, Level>

/** Sizes may be written in several ways. */
const isSame = (value: string, fallback: string): boolean => value === fallback || (parseBytes(value) !== undefined && parseBytes(value) === parseBytes(fallback))

function levelOf(factor: Factor, mechanism: string, given: ReadonlyMap<string, string>, inTemplate: ReadonlyMap<string, string>): Level {
  const alone = PolicyOptions.parse('alone').options
  const make = mechanismMaker(factor, mechanism)
  if (make === undefined) throw new UsageFault(`there is no ${factor} ${quoteFound(mechanism)}`, `known are ${Object.keys(mechanisms[factor]).join(', ')}`)
  make(alone)
  const own = alone.known().flatMap(({ key, fallback }) => {
    const value = given.get(key) ?? inTemplate.get(key) ?? fallback
    return isSame(value, fallback) ? [] : [[key, value] as const]
  })
  return { mechanism, options: Object.fromEntries(own) }
}
