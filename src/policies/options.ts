import { UsageFault } from '../base/errors.js'
import { parseBytes } from '../base/units.js'

/** Options of a policy reference (`optimized-strawman?allocate=inside&threads=4`). Each is asked for by name and kind;
 *  what nobody asked for is an error that names the known ones. */
export class PolicyOptions {
  private readonly asked = new Set<string>()
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
      if (value === undefined || value === '') throw new UsageFault(`policy option "${key}" has no value`, `write ${id}?${key}=VALUE`)
      if (given.has(key)) throw new UsageFault(`policy option "${key}" is given twice`)
      given.set(key, value)
    }
    return { id, options: new PolicyOptions(id, given) }
  }

  word<const T extends string>(key: string, fallback: NoInfer<T>, words: readonly T[]): T {
    this.asked.add(key)
    const found = this.given.get(key)
    if (found === undefined) return fallback
    if (!(words as readonly string[]).includes(found)) throw new UsageFault(`policy option ${key}: expected ${words.join(' or ')}, found "${found}"`)
    return found as T
  }

  count(key: string, fallback: number, low: number, high: number): number {
    this.asked.add(key)
    const found = this.given.get(key)
    if (found === undefined) return fallback
    const value = Number(found)
    if (!Number.isInteger(value) || value < low || value > high) throw new UsageFault(`policy option ${key}: expected a whole number from ${low} to ${high}, found "${found}"`)
    return value
  }

  bytes(key: string, fallback: number, low: number): number {
    this.asked.add(key)
    const found = this.given.get(key)
    if (found === undefined) return fallback
    const value = parseBytes(found)
    if (value === undefined || value < low) throw new UsageFault(`policy option ${key}: expected a size of at least ${low} bytes such as 4MiB, found "${found}"`)
    return value
  }

  /** Call when all known options were asked for. */
  refuseUnknown(): void {
    for (const key of this.given.keys())
      if (!this.asked.has(key)) throw new UsageFault(`policy ${this.policy} has no option "${key}"`, `it has ${[...this.asked].sort().join(', ') || 'none'}`)
  }
}

function splitOnce(text: string, at: string): [string, string?] {
  const i = text.indexOf(at)
  return i < 0 ? [text] : [text.slice(0, i), text.slice(i + 1)]
}
