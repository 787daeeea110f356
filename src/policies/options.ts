import { UsageFault } from '../base/errors.js'
import { printable, quoteFound } from '../base/quote.js'
import { GiB, formatBytes, parseBytes } from '../base/units.js'
import { bounds, numberWithin } from '../device/bounds.js'

const MOST_BYTES = bounds['memory.sizeGiB'].most * GiB

/** An option that somebody asked for: what it can be, what it is unless given, what it does. */
export interface AskedOption {
  readonly key: string
  readonly values: string
  readonly fallback: string
  readonly meaning: string
}

/** Options of a policy reference (`optimized-strawman?allocate=inside&threads=4`). Each is asked for by name and kind;
 *  what nobody asked for is an error that names the known ones. */
export class PolicyOptions {
  private readonly asked = new Map<string, AskedOption>()
  private constructor(
    private readonly policy: string,
    private readonly given: ReadonlyMap<string, string>,
  ) {}

  /** Splits `id?key=value&key=value`. */
  static parse(reference: string): { id: string; options: PolicyOptions } {
    const [id = '', query = ''] = splitOnce(reference, '?')
    const given = new Map<string, string>()
    for (const pair of query.split('&').filter((part) => part !== '')) {
      const [key = '', value] = splitOnce(pair, '=')
      if (value === undefined || value === '') throw new UsageFault(`policy option ${quoteFound(key)} has no value`, `write ${printable(id)}?${printable(key)}=VALUE`)
      if (given.has(key)) throw new UsageFault(`policy option ${quoteFound(key)} is given twice`)
      given.set(key, value)
    }
    return { id, options: new PolicyOptions(id, given) }
  }

  word<const T extends string>(key: string, fallback: NoInfer<T>, words: readonly T[], meaning: string): T {
    this.asked.set(key, { key, values: words.filter((word) => word !== '').join(' | '), fallback, meaning })
    const found = this.given.get(key)
    if (found === undefined) return fallback
    if (!(words as readonly string[]).includes(found)) throw new UsageFault(`policy option ${key}: expected ${words.join(' or ')}, found ${quoteFound(found)}`)
    return found as T
  }

  count(key: string, fallback: number, low: number, high: number, meaning: string): number {
    this.asked.set(key, { key, values: `${low} to ${high}`, fallback: String(fallback), meaning })
    const found = this.given.get(key)
    if (found === undefined) return fallback
    return numberWithin(`policy option ${key}`, { unit: '', least: low, most: high, kind: 'whole' }, found)
  }

  /** At most what the largest board can hold, unless the option's own bound is lower. */
  bytes(key: string, fallback: number, low: number, meaning: string, high = MOST_BYTES): number {
    this.asked.set(key, { key, values: `${formatBytes(low)} to ${formatBytes(high)}`, fallback: fallback === 0 ? 'none' : formatBytes(fallback), meaning })
    const found = this.given.get(key)
    if (found === undefined) return fallback
    const value = parseBytes(found)
    if (value === undefined || value < low || value > high) throw new UsageFault(`policy option ${key}: expected a size of at least ${formatBytes(low)} and at most ${formatBytes(high)}, such as 4MiB, found ${quoteFound(found)}`)
    return value
  }

  /** What was asked for so far: the options that there are. */
  known(): readonly AskedOption[] {
    return [...this.asked.values()]
  }

  /** All that was given, as a user's policy gets it. */
  all(): Record<string, string> {
    for (const key of this.given.keys()) this.asked.set(key, { key, values: '', fallback: '', meaning: '' })
    return Object.fromEntries(this.given)
  }

  /** Call when all known options were asked for. */
  refuseUnknown(): void {
    for (const key of this.given.keys())
      if (!this.asked.has(key)) throw new UsageFault(`policy ${printable(this.policy)} has no option ${quoteFound(key)}`, `it has ${[...this.asked.keys()].sort().join(', ') || 'none'}`)
  }
}

/** A reference with options set, whatever it said of them before. */
export function withOptions(reference: string, set: Readonly<Record<string, string>>): string {
  const [id, query = ''] = splitOnce(reference, '?')
  const own = query.split('&').filter((pair) => pair !== '' && !Object.hasOwn(set, splitOnce(pair, '=')[0]))
  const pairs = [...own, ...Object.entries(set).map(([key, value]) => `${key}=${value}`)]
  return pairs.length === 0 ? id : `${id}?${pairs.join('&')}`
}

function splitOnce(text: string, at: string): [string, string?] {
  const i = text.indexOf(at)
  return i < 0 ? [text] : [text.slice(0, i), text.slice(i + 1)]
}
