/** A decimal number's digits as whole units of 10^-`places` (3: thousandths), half and more rounded away from 0:
 *  `decimalAt('12.3456', 3)` is 12346. Exact to 2^53, where a product of doubles is not. NaN: no such number, or beyond. */
export function decimalAt(text: string, places: number): number {
  const found = /^([+-]?)(\d{1,17})(?:\.(\d{0,40}))?$|^([+-]?)\.(\d{1,40})$/.exec(text.trim())
  if (found === null) return exponent(text, places)
  const isNegative = (found[1] ?? found[4]) === '-'
  const digits = (found[3] ?? found[5] ?? '').padEnd(places + 1, '0')
  const kept = BigInt((found[2] ?? '0') + digits.slice(0, places))
  const value = Number(digits.charCodeAt(places) >= 53 ? kept + 1n : kept)
  return Number.isSafeInteger(value) ? (isNegative ? -value : value) + 0 : NaN
}

/** Decimal places from a unit down to ns. */
export const nsPlaces = { s: 9, ms: 6, us: 3, ns: 0 } as const

/** A time as whole ns from its decimal text and unit. NaN: no such number, or beyond 2^53 ns. */
export const decimalToNs = (text: string, unit: keyof typeof nsPlaces): number => decimalAt(text, nsPlaces[unit])

/** `1.09902e+07`: what is written so was rounded already. */
function exponent(text: string, places: number): number {
  if (!/^[+-]?\d+(\.\d*)?[eE][+-]?\d{1,3}$/.test(text.trim())) return NaN
  const value = Math.round(Number(text) * 10 ** places)
  return Number.isSafeInteger(value) ? value + 0 : NaN
}
