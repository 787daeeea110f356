import { UsageFault } from '../base/errors.js'
import { closest } from '../base/closest.js'
import { printable, quoteFound } from '../base/quote.js'

const NAME_LENGTH = 120

type Stored = 'trace' | 'workload' | 'study'
const plural: Readonly<Record<Stored, string>> = { trace: 'traces', workload: 'workloads', study: 'studies' }

/** A name people can type and a terminal can show: no control, format or broken characters, no more than 120. */
export function cleanName(name: string): string {
  const shown = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '_').trim()
  return [...shown].slice(0, NAME_LENGTH).join('').trim() || 'trace'
}

/** `name`, or the first of `name-2`, `name-3`, … that is free. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name
  for (let n = 2; isTaken(free); n++) free = `${name}-${n}`
  return free
}

/** The entry a person means: by one of its names (it is called by that one then), else by a prefix of its hash, 4 digits or more, that only it has.
 *  Throws `UsageFault` for none or several. */
interface Findable {
  readonly name: string
  readonly hash: string
  readonly otherNames?: readonly string[]
}

export function findEntry<E extends Findable>(entries: readonly E[], ref: string, what: Stored = 'trace'): E {
  const named = entries.find(({ name }) => name === ref) ?? entries.find(({ name }) => name === cleanName(ref))
  if (named !== undefined) return named
  for (const name of [ref, cleanName(ref)]) {
    const other = entries.find(({ otherNames }) => otherNames?.includes(name))
    if (other !== undefined) return { ...other, name, otherNames: [other.name, ...other.otherNames!.filter((one) => one !== name)] }
  }
  const prefix = ref.toLowerCase()
  const matches = /^[0-9a-f]{4,64}$/.test(prefix) ? entries.filter(({ hash }) => hash.startsWith(prefix)) : []
  if (matches.length === 1) return matches[0]!
  if (matches.length > 1) {
    const some = matches.slice(0, 4).map(({ name, hash }) => `${printable(name, 40)} (${hash.slice(0, 12)})`)
    throw new UsageFault(`several stored ${plural[what]} begin with ${quoteFound(ref)}: ${some.join(', ')}`, 'give more digits')
  }
  throw new UsageFault(`no stored ${what} is called ${quoteFound(ref)}`, hint(entries, ref, what))
}

function hint(entries: readonly Findable[], ref: string, what: Stored): string {
  if (entries.length === 0) return what === 'trace' ? 'the store is empty: import or synthesise one first' : `the store holds none: see \`worldswitch ${plural[what]} list\``
  const near = closest(
    ref,
    entries.flatMap(({ name, otherNames = [] }) => [name, ...otherNames]),
  )
  return near === undefined ? `see \`worldswitch ${plural[what]} list\`` : `did you mean ${quoteFound(near)}?`
}
