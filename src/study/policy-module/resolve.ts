import { basename } from 'node:path'
import { BadInput, UsageFault } from '../../base/errors.js'
import { closest } from '../../base/closest.js'
import { quoteFound } from '../../base/quote.js'
import { refuseImpossible } from '../../policies/legality.js'
import { mechanismMaker, mechanisms } from '../../policies/mechanisms.js'
import { PolicyOptions } from '../../policies/options.js'
import { policyOf } from '../../policies/policies.js'
import { factors, type AnyMechanism, type Capability, type Factor, type Policy } from '../../replay/factors.js'
import { checkedMechanism } from './checked-mechanism.js'
import { fileOf, isModuleReference, NO_CODE, type Consent } from './consent.js'
import { evaluateModule } from './evaluate.js'
import { expectedOf, shapes } from './shape.js'

const capabilities: readonly Capability[] = ['plain-pages', 'secure-pages', 'contiguous', 'page-granular', 'recallable']
const common = { id: 'text', summary: 'text', source: 'text' } as const

/** A built-in policy, or a user's module, where its code may run. Throws `UsageFault` (unknown, impossible, no consent),
 *  `BadInput` (the module). */
export async function resolvePolicy(reference: string, consent: Consent = NO_CODE): Promise<Policy> {
  return isModuleReference(reference) ? (await policyFromModule(reference, consent)).policy : policyOf(reference)
}

/** The policy of a module, and what the module said it is made of. In a cell it goes by its file's name, its content's hash and
 *  its options. */
async function policyFromModule(reference: string, consent: Consent): Promise<{ readonly policy: Policy; readonly made: Readonly<Record<string, unknown>> }> {
  const file = fileOf(reference)
  const { made, hash } = await madeBy(reference, consent)
  for (const [name, member] of Object.entries(common)) must(file, name, member, made[name])
  const parts = Object.fromEntries(factors.map((factor) => [factor, partOf(file, factor, made[factor])])) as unknown as Pick<Policy, Factor>
  const query = reference.slice(file.length)
  const composed: Policy = { id: `${basename(file)}#${hash.slice(0, 12)}${query}`, summary: made['summary'] as string, source: made['source'] as string, file, ...parts }
  refuseImpossible(composed)
  return { policy: composed, made }
}

/** What a module's default export makes of the options in the reference: an object, or a function of them. Options
 *  `with.FACTOR` put a built-in mechanism in place of one of its own (`;` between that one's options). */
async function madeBy(reference: string, consent: Consent): Promise<{ readonly made: Record<string, unknown>; readonly hash: string }> {
  const file = fileOf(reference)
  const { value, hash } = await evaluateModule(file, consent)
  const all = Object.entries(PolicyOptions.parse(reference).options.all())
  const given = Object.fromEntries(all.filter(([key]) => !key.startsWith(WITH)))
  const exchanged = Object.fromEntries(all.flatMap(([key, mechanism]) => (key.startsWith(WITH) ? [[factorNamed(key.slice(WITH.length)), mechanism.replaceAll(';', '&')]] : [])))
  const made = typeof value === 'function' ? answered(value as (options: Record<string, string>) => unknown, given, file) : value
  if (typeof value !== 'function' && Object.keys(given).length > 0) throw new BadInput({ file, field: 'default' }, 'no options: its default export is no function', Object.keys(given).join(', '))
  if (typeof made !== 'object' || made === null) throw new BadInput({ file, field: 'default' }, 'a policy: { id, summary, source, memory, npu, … }', made)
  return { made: { ...made, ...exchanged }, hash }
}

const WITH = 'with.'

/** A module's reference with built-in mechanisms in place of some of its own. */
export function withMechanisms(reference: string, exchanged: readonly (readonly [factor: Factor, mechanism: string])[]): string {
  const [file = '', ...rest] = reference.split('?')
  const own = rest.join('?').split('&').filter((pair) => pair !== '' && !exchanged.some(([factor]) => pair.startsWith(`${WITH}${factor}=`)))
  const pairs = [...own, ...exchanged.map(([factor, mechanism]) => `${WITH}${factor}=${mechanism.replaceAll('&', ';')}`)]
  return pairs.length === 0 ? file : `${file}?${pairs.join('&')}`
}

function factorNamed(name: string): Factor {
  if (!(factors as readonly string[]).includes(name)) throw new UsageFault(`${WITH}${name}: there is no such factor`, `factors are ${factors.join(', ')}`)
  return name as Factor
}

/** Of each factor: the reference of a built-in mechanism, or undefined where it is the module's own; and its id. Throws as
 *  `resolvePolicy`. */
export async function partsOfModule(reference: string, consent: Consent = NO_CODE): Promise<Readonly<Record<Factor, { readonly builtIn: string | undefined; readonly id: string }>>> {
  const { policy, made } = await policyFromModule(reference, consent)
  return Object.fromEntries(factors.map((factor) => [factor, { builtIn: typeof made[factor] === 'string' ? made[factor] : undefined, id: policy[factor].id }])) as Record<Factor, { builtIn: string | undefined; id: string }>
}

function answered(make: (options: Record<string, string>) => unknown, given: Record<string, string>, file: string): unknown {
  try {
    return make(given)
  } catch (error) {
    throw new BadInput({ file, field: 'default' }, 'a policy', `an error: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A built-in mechanism by its id, or one of the module's own. */
function partOf(file: string, factor: Factor, part: unknown): AnyMechanism {
  if (typeof part === 'string') return builtIn(file, factor, part)
  if (typeof part !== 'object' || part === null) throw new BadInput({ file, field: factor }, `the id of a built-in mechanism (${Object.keys(mechanisms[factor]).join(', ')}) or a mechanism`, part)
  const mechanism = part as Record<string, unknown>
  const at = (name: string): string => `${factor}.${name}`
  if (mechanism['factor'] !== factor) throw new BadInput({ file, field: at('factor') }, factor, mechanism['factor'])
  for (const [name, member] of Object.entries(common)) must(file, at(name), member, mechanism[name])
  if (!Number.isInteger(mechanism['version']) || (mechanism['version'] as number) < 1) throw new BadInput({ file, field: at('version') }, 'a whole number from 1', mechanism['version'], 'raise it when a number may change')
  for (const [name, member] of Object.entries(shapes[factor])) must(file, at(name), member, mechanism[name])
  for (const list of ['provides', 'needs', 'builtWith'] as const) {
    const found = mechanism[list]
    if (found !== undefined && !(Array.isArray(found) && found.every((one) => (capabilities as readonly unknown[]).includes(one)))) throw new BadInput({ file, field: at(list) }, `a list of ${capabilities.join(', ')}`, found)
  }
  return checkedMechanism(mechanism as unknown as AnyMechanism, file)
}

function builtIn(file: string, factor: Factor, reference: string): AnyMechanism {
  const { id, options } = PolicyOptions.parse(reference)
  const make = mechanismMaker(factor, id)
  if (make === undefined) {
    const near = closest(id, Object.keys(mechanisms[factor]))
    throw new BadInput({ file, field: factor }, `a built-in mechanism: ${Object.keys(mechanisms[factor]).join(', ')}`, id, near === undefined ? undefined : `did you mean ${quoteFound(near)}?`)
  }
  const mechanism = make(options)
  options.refuseUnknown()
  return mechanism
}

function must(file: string, field: string, member: Parameters<typeof expectedOf>[0], value: unknown): void {
  const expected = expectedOf(member, value)
  if (expected !== undefined) throw new BadInput({ file, field }, expected, typeof value === 'function' ? 'a function' : value)
}
