import { basename } from 'node:path'
import { BadInput, UsageFault } from '../../base/errors.js'
import { closest } from '../../base/closest.js'
import { quoteFound } from '../../base/quote.js'
import { refuseImpossible } from '../../policies/legality.js'
import { mechanismMaker, mechanisms } from '../../policies/mechanisms.js'
import { PolicyOptions } from '../../policies/options.js'
import { factors, type AnyMechanism, type Capability, type Factor, type Policy } from '../../replay/factors.js'
import { attackers } from '../../run/audit.js'
import { checkedMechanism } from './checked-mechanism.js'
import { fileOf } from './consent.js'
import { messageOf } from './message-of.js'
import { expectedOf, shapes } from './shape.js'

const capabilities: readonly Capability[] = ['plain-pages', 'secure-pages', 'contiguous', 'page-granular', 'recallable']
const common = { id: 'text', summary: 'text', source: 'text' } as const
const lists = { provides: capabilities, needs: capabilities, builtWith: capabilities, promises: attackers } as const

/** A mechanism's members, each read once: what a getter or a Proxy says later changes nothing. */
export type PlainMechanism = Readonly<Record<string, unknown>>

/** What a module's default export makes of the options in the reference: an object, or a function of them; every member that
 *  counts read once. Options `with.FACTOR` put a built-in mechanism in place of one of its own (`;` between that one's options).
 *  Throws `BadInput`. */
export function madeOf(value: unknown, reference: string): Record<string, unknown> {
  const file = fileOf(reference)
  const all = Object.entries(PolicyOptions.parse(reference).options.all())
  const given = Object.fromEntries(all.filter(([key]) => !key.startsWith(WITH)))
  const exchanged = Object.fromEntries(all.flatMap(([key, mechanism]) => (key.startsWith(WITH) ? [[factorNamed(key.slice(WITH.length)), mechanism.replaceAll(';', '&')]] : [])))
  if (typeof value !== 'function' && Object.keys(given).length > 0) throw new BadInput({ file, field: 'default' }, 'no options: its default export is no function', Object.keys(given).join(', '))
  const made = typeof value === 'function' ? answered(() => (value as (options: Record<string, string>) => unknown)(given), file, 'default', 'a policy') : value
  if (typeof made !== 'object' || made === null) throw new BadInput({ file, field: 'default' }, 'a policy: { id, summary, source, memory, npu, … }', made)
  const own = made as Record<string, unknown>
  const read = (name: string): unknown => answered(() => own[name], file, name, 'a value')
  return {
    ...Object.fromEntries(Object.keys(common).map((name) => [name, read(name)])),
    ...Object.fromEntries(factors.filter((factor) => !Object.hasOwn(exchanged, factor)).map((factor) => [factor, plain(read(factor), file, factor)])),
    ...exchanged,
  }
}

function plain(part: unknown, file: string, factor: Factor): unknown {
  if (typeof part !== 'object' || part === null) return part
  const names = ['factor', ...Object.keys(common), 'version', ...Object.keys(lists), ...Object.keys(shapes[factor]), ...(factor === 'memory' ? ['off'] : [])]
  const members = names.map((name): [string, unknown] => {
    const place = `${factor}.${name}`
    const value = answered(() => (part as Record<string, unknown>)[name], file, place, 'a value')
    // Its methods are called as its own, whatever they find on it.
    if (typeof value === 'function') return [name, bound(value as Method, part)]
    if (name in lists && Array.isArray(value)) return [name, answered(() => [...(value as unknown[])], file, place, 'a list')]
    if (name !== 'off' || typeof value !== 'object' || value === null) return [name, value]
    const { idleNs, end } = answered(() => ({ ...(value as { idleNs?: unknown; end?: unknown }) }), file, place, 'a value') as { idleNs?: unknown; end?: unknown }
    return [name, { idleNs, end: typeof end === 'function' ? bound(end as Method, value) : end }]
  })
  return Object.fromEntries(members.filter(([, value]) => value !== undefined))
}

type Method = (...args: unknown[]) => unknown
const bound =
  (method: Method, self: object): Method =>
  (...args) =>
    Reflect.apply(method, self, args)

/** The policy of what a module made. In a cell it goes by its file's name, its content's hash and its options. Throws `BadInput`,
 *  `UsageFault` (an impossible combination). */
export function composed(reference: string, hash: string, made: Readonly<Record<string, unknown>>): Policy {
  const file = fileOf(reference)
  for (const [name, member] of Object.entries(common)) must(file, name, member, made[name])
  const parts = Object.fromEntries(factors.map((factor) => [factor, partOf(file, factor, made[factor])])) as unknown as Pick<Policy, Factor>
  const query = reference.slice(file.length)
  const policy: Policy = { id: `${basename(file)}#${hash.slice(0, 12)}${query}`, summary: made['summary'] as string, source: made['source'] as string, file, ...parts }
  refuseImpossible(policy)
  return policy
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

function answered<T>(ask: () => T, file: string, field: string, expected: string): T {
  try {
    return ask()
  } catch (error) {
    throw new BadInput({ file, field }, expected, `an error: ${messageOf(error)}`)
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
  for (const [name, known] of Object.entries(lists)) {
    const found = mechanism[name]
    if (found !== undefined && !(Array.isArray(found) && found.every((one) => (known as readonly unknown[]).includes(one)))) throw new BadInput({ file, field: at(name) }, `a list of ${known.join(', ')}`, found)
  }
  const off = mechanism['off'] as { idleNs?: unknown; end?: unknown } | null | undefined
  if (off !== undefined && !(typeof off?.idleNs === 'number' && off.idleNs >= 0 && typeof off.end === 'function')) throw new BadInput({ file, field: at('off') }, '{ idleNs, end }: ns of 0 or more and a function', typeof off)
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
