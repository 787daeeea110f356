import { BadInput, type Place } from '../base/errors.js'
import { didYouMean } from './did-you-mean.js'

type Json = Readonly<Record<string, unknown>>

/** Reads typed values out of untrusted JSON; every refusal names the place and the field. */
export class Checked {
  constructor(
    private readonly json: Json,
    private readonly place: Place,
    private readonly path: string,
  ) {}

  static of(value: unknown, place: Place, path: string): Checked {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new BadInput({ ...place, field: path === '' ? 'line' : path }, 'a JSON object', value)
    return new Checked(value as Json, place, path)
  }

  has(key: string): boolean {
    return Object.hasOwn(this.json, key)
  }

  get(key: string): unknown {
    return this.has(key) ? this.json[key] : undefined
  }

  fail(key: string, expected: string, found: unknown, hint?: string): BadInput {
    return new BadInput({ ...this.place, field: this.path === '' ? key : `${this.path}.${key}` }, expected, found, hint)
  }

  onlyKeys(known: readonly string[]): void {
    for (const key of Object.keys(this.json))
      if (!known.includes(key)) throw this.fail(key, 'a known field', key, didYouMean(key, known))
  }

  text(key: string): string {
    const value = this.get(key)
    if (typeof value !== 'string') throw this.fail(key, 'a string', value)
    return value
  }

  word<T extends string>(key: string, words: readonly T[]): T {
    const value = this.get(key)
    if (!words.includes(value as T)) throw this.fail(key, 'a known word', value, didYouMean(value, words))
    return value as T
  }

  /** A whole number from `least` to `most`. */
  whole(key: string, least = 0, most = Number.MAX_SAFE_INTEGER, what = 'a whole number'): number {
    return this.wholeOf(key, this.get(key), least, most, what)
  }

  wholeOf(key: string, value: unknown, least: number, most: number, what: string): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value + 0
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`
    const isUnsafe = typeof value === 'number' && value > Number.MAX_SAFE_INTEGER && most === Number.MAX_SAFE_INTEGER
    const hint = isUnsafe
      ? 'beyond 2^53 whole numbers are no longer exact'
      : typeof value === 'string'
        ? 'write a number without a unit or quotes'
        : undefined
    throw this.fail(key, `${what}, ${range}`, value, hint)
  }

  list(key: string): readonly unknown[] {
    const value = this.get(key)
    if (!Array.isArray(value)) throw this.fail(key, 'a list', value)
    return value
  }

  /** The objects of a list, each checked by `check`; returned as they are. */
  each(key: string, check: (item: Checked) => void): readonly unknown[] {
    const items = this.list(key)
    const path = this.path === '' ? key : `${this.path}.${key}`
    items.forEach((item, i) => check(Checked.of(item, this.place, `${path}[${i}]`)))
    return items
  }

  child(key: string): Checked {
    return Checked.of(this.get(key), this.place, this.path === '' ? key : `${this.path}.${key}`)
  }

  entries(): [string, unknown][] {
    return Object.entries(this.json)
  }
}
