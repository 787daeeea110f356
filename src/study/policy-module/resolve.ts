import { basename } from 'node:path'
import { BadInput } from '../../base/errors.js'
import { closest } from '../../base/closest.js'
import { quoteFound } from '../../base/quote.js'
import { refuseImpossible } from '../../policies/legality.js'
import { mechanisms } from '../../policies/mechanisms.js'
import { PolicyOptions } from '../../policies/options.js'
import { policyOf } from '../../policies/policies.js'
import { factors, type AnyMechanism, type Capability, type Factor, type Policy } from '../../replay/factors.js'
import { checkedMechanism } from './checked-mechanism.js'
import { evaluateModule } from './evaluate.js'
import { expectedOf, shapes } from './shape.js'

const capabilities: readonly Capability[] = ['plain-pages', 'secure-pages', 'contiguous', 'page-granular', 'recallable']
const common = { id: 'text', summary: 'text', source: 'text' } as const

/** Whether a reference names a file: `./my-policy.mjs`, with options behind `?`. */
const isModuleReference = (reference: string): boolean => /\.m?js$/.test(fileOf(reference))
const fileOf = (reference: string): string => reference.split('?')[0]!

/** A built-in policy, or a user's module. Throws `UsageFault` (unknown, impossible), `BadInput` (the module). */
export async function resolvePolicy(reference: string): Promise<Policy> {
  return isModuleReference(reference) ? policyFromModule(reference) : policyOf(reference)
}

/** The policy of a module: its default export, an object or a function of the options in the reference. In a cell it goes
 *  by its file's name, its content's hash and its options. */
async function policyFromModule(reference: string): Promise<Policy> {
  const file = fileOf(reference)
  const { value, hash } = await evaluateModule(file)
  const { options } = PolicyOptions.parse(reference)
  const given = options.all()
  const made = typeof value === 'function' ? answered(value as (options: Record<string, string>) => unknown, given, file) : value
  if (typeof value !== 'function' && Object.keys(given).length > 0) throw new BadInput({ file }, 'no options: its default export is no function', Object.keys(given).join(', '))
  if (typeof made !== 'object' || made === null) throw new BadInput({ file, field: 'default' }, 'a policy: { id, summary, source, memory, npu, … }', made)
  const policy = made as Record<string, unknown>
  for (const [name, member] of Object.entries(common)) must(file, name, member, policy[name])
  const parts = Object.fromEntries(factors.map((factor) => [factor, partOf(file, factor, policy[factor])])) as unknown as Pick<Policy, Factor>
  const query = reference.slice(file.length)
  const composed: Policy = { id: `${basename(file)}#${hash.slice(0, 12)}${query}`, summary: policy['summary'] as string, source: policy['source'] as string, file, ...parts }
  refuseImpossible(composed)
  return composed
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
  const make = (mechanisms[factor] as Readonly<Record<string, (options: PolicyOptions) => AnyMechanism>>)[id]
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
