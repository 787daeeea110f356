import type { PlainMechanism } from './compose.js'
import { factors, type Factor, type Policy } from '../../replay/factors.js'
import { shapes } from './shape.js'

/** What is known of a module's policy outside its process: data alone. */
export interface PolicyFacts {
  /** Of the module's text, as it was loaded. */
  readonly hash: string
  readonly summary: string
  readonly source: string
  /** Of each factor the reference of a built-in mechanism, or what its own says of itself. */
  readonly parts: Readonly<Record<Factor, string | PlainMechanism>>
}

/** Facts of a policy that was composed of what a module made. Methods are told by their names. */
export function factsOf(policy: Policy, made: Readonly<Record<string, unknown>>, hash: string): PolicyFacts {
  const parts = factors.map((factor) => {
    const part = made[factor]
    return [factor, typeof part === 'string' ? part : namesForMethods(part as PlainMechanism)] as const
  })
  return { hash, summary: policy.summary, source: policy.source, parts: Object.fromEntries(parts) as PolicyFacts['parts'] }
}

const METHOD = 'a method'
const namesForMethods = (part: PlainMechanism): PlainMechanism =>
  Object.fromEntries(Object.entries(part).map(([name, value]) => [name, typeof value === 'function' ? METHOD : name === 'off' && value !== undefined ? { idleNs: (value as { idleNs: unknown }).idleNs, end: METHOD } : value]))

/** What the module made, with methods that nobody may call here: it is held to the same shape as in its own process. Anything
 *  may come, since it comes from there. */
export function madeFrom(facts: unknown): Record<string, unknown> {
  const { summary, source, parts } = record(facts)
  const known = record(parts)
  return { id: 'module', summary, source, ...Object.fromEntries(factors.map((factor) => [factor, partFrom(factor, known[factor])])) }
}

function partFrom(factor: Factor, part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part
  const members: Record<string, unknown> = { ...part }
  for (const [name, member] of Object.entries(shapes[factor])) if ((member === 'method' || member === 'method?') && members[name] === METHOD) members[name] = elsewhere
  if (typeof members['off'] === 'object' && members['off'] !== null) members['off'] = { ...members['off'], end: elsewhere }
  return members
}

function elsewhere(): never {
  throw new Error('a mechanism of a user’s module is called in the module’s own process')
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {})
