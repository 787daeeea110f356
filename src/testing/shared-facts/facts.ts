import type { RateReading } from '../../formats/rates.js'
import type { Source } from '../../trace/source.js'
import type { Trace } from '../../trace/trace.js'

/** What PROVENANCE says of one file of ../shared/traces, as a check of what the importer made of it. `fails` says what
 *  differs; undefined: all facts hold. With `clockHz` the file has units that are no time: it is refused without a clock. */
export type SharedFact =
  | { readonly file: string; readonly format: string; readonly reads: 'trace'; readonly clockHz?: number; fails(trace: Trace): string | undefined }
  | { readonly file: string; readonly format: string; readonly reads: 'rates'; fails(rates: RateReading): string | undefined }
  | { readonly file: string; readonly format: string; readonly reads: 'refused'; readonly because: RegExp; alsoFails?(source: Source): Promise<string | undefined> }

/** `name: expected X, found Y` of the first pair that differs (numbers: by more than a billionth). */
export function differs(pairs: Readonly<Record<string, readonly [expected: unknown, found: unknown]>>): string | undefined {
  for (const [name, [expected, found]] of Object.entries(pairs)) {
    const same =
      typeof expected === 'number' && typeof found === 'number'
        ? Math.abs(expected - found) <= 1e-9 * Math.abs(expected)
        : JSON.stringify(expected) === JSON.stringify(found)
    if (!same) return `${name}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`
  }
  return undefined
}

export const sum = (values: ArrayLike<number>): number => {
  let all = 0
  for (let i = 0; i < values.length; i++) all += values[i]!
  return all
}
