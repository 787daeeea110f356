import type { nsPlaces } from './decimal-text.js';
import { decimalToNs } from './decimal-text.js'
import { ratesAgree } from './rate-check.js'
import { NOT_MEASURED, type RateList } from './rate-list.js'
import { isRateTime, type Rate, type RateSetting } from './rates.js'

/** Tokens a second as programs print the unit: `tok/s`, `tokens/sec`, `t/s`, `tps`, `tokens per second`. */
export const PER_SECOND = String.raw`(?:(?:tok(?:en)?s?|t)\s?(?:\/|per )\s?s(?:ec(?:ond)?)?|tps)\b`

/** A number as programs print it, also what is none: `12.5`, `1.2e+03`, `inf`, `-nan`. */
export const PRINTED = String.raw`-?(?:\d{1,15}(?:\.\d{0,17})?(?:e[+-]?\d{1,3})?|inf|nan)`

/** Reason of a row whose tokens, time and rate cannot all be true. */
export const CONTRADICTS = 'row whose rate contradicts its time'

/** A time that was rounded by more is taken from its rate, where that has more digits. */
const COARSE = 0.001

/** What a row says of a phase, in its own digits. */
export interface PrintedPhase {
  readonly phase: 'load' | 'prefill' | 'decode' | 'mixed'
  /** Tokens of the prompt, or steps of the decode; 0 of a load; undefined: not told. */
  readonly tokens: number | undefined
  readonly time?: string | undefined
  readonly unit?: keyof typeof nsPlaces
  /** Tokens a second. */
  readonly perSecond?: string | undefined
  readonly past?: number
  /** The standard deviation that stands behind a number. */
  readonly spread?: { readonly of: string; readonly sd: string } | undefined
  readonly line: number
  readonly setting: () => Partial<RateSetting>
  readonly inferred?: Rate['inferred']
}

/** Adds a phase by its time; by its rate where that has more digits (0.05 s beside 412.37 token/s), or where no time is told. A rate
 *  without a count is the time of one token. What contradicts itself beyond rounding is counted and not kept. */
export function addPrinted(list: RateList, row: PrintedPhase): void {
  const { phase, tokens, time, unit = 's', perSecond, inferred = {} } = row
  const rate = perSecond === undefined ? NaN : Number(perSecond)
  const isRate = Number.isFinite(rate) && rate > 0
  const byRate = (count: number): number => (isRate ? Math.round((count * 1e9) / rate) : NaN)
  if (phase === 'load') return push(list, row, 0, decimalToNs(time ?? '', unit), inferred)
  if (tokens === undefined) return push(list, row, 1, byRate(1), { ...inferred, tokens: 'count-not-told', ns: 'from-rate' })
  // No token has gone through: what stands beside it is the quotient of two zeros.
  if (tokens === 0) return list.skipped.count(NOT_MEASURED)
  if (time === undefined) return push(list, row, tokens, byRate(tokens), { ...inferred, ns: 'from-rate' })
  const ns = decimalToNs(time, unit)
  // A time below 0 or without end is damage, whatever the rate beside it says.
  if (!(ns >= 0)) return list.skipped.count(NOT_MEASURED)
  if (isRate && !ratesAgree(tokens, time, unit, perSecond!)) return list.skipped.count(CONTRADICTS)
  const isCoarse = isRate && roundingOf(time) > COARSE && roundingOf(perSecond!) < roundingOf(time)
  if (isCoarse) push(list, row, tokens, byRate(tokens), { ...inferred, ns: 'from-rate' })
  else push(list, row, tokens, ns, inferred)
}

/** Adds the time to the first token, of a prompt of `tokens`: the prefill and what was done around it. */
export const addFirstToken = (list: RateList, tokens: number | undefined, ns: number, line: number, setting: () => Partial<RateSetting>): void =>
  void list.add('mixed', { tokens: tokens ?? 0, ns, line, setting, inferred: { phase: 'time-to-first-token' } })

function push(list: RateList, { phase, past = 0, spread, line, setting }: PrintedPhase, tokens: number, ns: number, inferred: Rate['inferred']): void {
  const sdNs = spread === undefined ? NaN : Math.round((ns * Number(spread.sd)) / Number(spread.of))
  if (!isRateTime(ns) || !isRateTime(sdNs)) list.add(phase, { tokens, past, ns, line, setting, inferred })
  else list.addWhole({ subject: { of: 'phase', phase, tokens, past }, ns, sdNs, runs: 1, samplesNs: [], setting: list.settings.of(setting()), line, inferred })
}

/** The share of a printed number that rounding may have taken; Infinity of 0 and of what is no number. */
function roundingOf(text: string): number {
  const step = 0.5 * 10 ** -(/\.(\d*)/.exec(text)?.[1]!.length ?? 0)
  const share = step / Math.abs(Number(text))
  return Number.isNaN(share) ? Infinity : share
}
