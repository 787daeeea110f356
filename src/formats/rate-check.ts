import { decimalToNs, nsPlaces } from './decimal-text.js'

/** Programs compute rates in 32 bits, and from a clock they do not print. */
const SLACK = 0.01

/** Half of the last place of a decimal: what its writer may have rounded away. */
const halfStep = (text: string): number => 0.5 * 10 ** -(/\.(\d*)/.exec(text)?.[1]!.length ?? 0)

/** Whether a printed rate of tokens a second is that of a printed time, within what both were rounded by. A rate that is no
 *  number says nothing of the time. */
export function ratesAgree(tokens: number, time: string, unit: keyof typeof nsPlaces, perSecond: string): boolean {
  const rate = Number(perSecond)
  if (!Number.isFinite(rate) || rate <= 0) return true
  const ns = decimalToNs(time, unit)
  const step = halfStep(time) * 10 ** nsPlaces[unit]
  const least = ((tokens * 1e9) / (ns + step)) * (1 - SLACK) - halfStep(perSecond)
  const most = ns > step ? ((tokens * 1e9) / (ns - step)) * (1 + SLACK) + halfStep(perSecond) : Infinity
  return rate >= least && rate <= most
}
