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

/** The entry a person means: by its exact name, else by a prefix of its hash, 4 digits or more, that only it has.
 *  Throws `UsageFault` for none or several. */
export function findEntry<E extends { readonly name: string; readonly hash: string }>(entries: readonly E[], ref: string, what: Stored = 'trace'): E {
  const named = entries.find(({ name }) => name === ref) ?? entries.find(({ name }) => name === cleanName(ref))
  if (named !== undefined) return named
  const prefix = ref.toLowerCase()
  const matches = /^[0-9a-f]{4,64}$/.test(prefix) ? entries.filter(({ hash }) => hash.startsWith(prefix)) : []
  if (matches.length === 1) return matches[0]!
  if (matches.length > 1) {
    const some = matches.slice(0, 4).map(({ name, hash }) => `${printable(name, 40)} (${hash.slice(0, 12)})`)
    throw new UsageFault(`several stored ${plural[what]} begin with ${quoteFound(ref)}: ${some.join(', ')}`, 'give more digits')
  }
  throw new UsageFault(`no stored ${what} is called ${quoteFound(ref)}`, hint(entries, ref, what))
}

function hint(entries: readonly { readonly name: string }[], ref: string, what: Stored): string {
  if (entries.length === 0) return what === 'trace' ? 'the store is empty: import or synthesise one first' : `the store holds none: see \`worldswitch ${plural[what]} list\``
  const near = closest(
    ref,
    entries.map(({ name }) => name),
  )
  return near === undefined ? `see \`worldswitch ${plural[what]} list\`` : `did you mean ${quoteFound(near)}?`
}
