import type { PublishedPart, Unit } from '../study/validate/published.js'
import type { ClaimResult, Diagnosis, PartResult, Predicted, ReadingResult, Validation } from '../study/validate/validation.js'

/** How a validation is worded: terminal, page and Markdown say the same. */
export const verdictText = ({ verdict, independent, use }: ClaimResult): string => `${verdict}${use === 'calibrate' ? ' (calibrating)' : independent ? '' : ' (not independent)'}`

export function predictedText(unit: Unit, predicted: Predicted): string {
  if ('unknown' in predicted) return '–'
  if ('holds' in predicted) return predicted.holds ? 'yes' : 'no'
  return 'value' in predicted ? number(unit, predicted.value) : `${digits(predicted.low)} to ${number(unit, predicted.high)}`
}

export function publishedText(part: PublishedPart): string {
  if ('shape' in part) return 'yes'
  if ('accounts' in part) return part.accounts.map(({ value }) => number(part.unit, value)).join(' or ')
  const { low, high } = part.range
  if (low === null) return `≤ ${number(part.unit, high!)}`
  return high === null ? `≥ ${number(part.unit, low)}` : `${digits(low)} to ${number(part.unit, high)}`
}

export const intervalText = ({ intervals }: PartResult): string => intervals.map(({ low, high }) => `[${digits(low)}, ${digits(high)}]`).join(' to ')

/** Against every account; points of a percentage, otherwise a share. */
export function errorText({ unit, error, errors }: PartResult): string {
  if (error === null) return '–'
  return errors.map((one) => (unit === '%' ? `${digits(100 * one.error)} points` : percent(one.error))).join(' or ')
}

export const decidedText = ({ deciding }: ClaimResult): string =>
  deciding
    .slice(0, 3)
    .map(({ parameter, effect }) => `${parameter} ${percent(effect)}`)
    .join(', ')

export function readingText({ parts }: ReadingResult): string {
  const told = parts.filter(({ predicted }) => !('unknown' in predicted))
  return told.map(({ label, unit, predicted }) => `${told.length > 1 ? `${label} ` : ''}${'finding' in predicted ? predicted.finding : predictedText(unit, predicted)}`).join('; ')
}

export const rangeText = ({ value, low, high, unit }: Diagnosis): string => `${digits(value)} (${digits(low)} to ${digits(high)}) ${unit}`

export function findingText({ closes, at, unit, errorAt }: Diagnosis): string {
  return closes ? `${digits(at)} ${unit} would close the gap` : `does not close it: at ${digits(at)} ${unit} an error of ${percent(errorAt)} is left`
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const number = (unit: Unit, value: number): string => `${digits(value)}${unit === '' ? '' : unit === '×' ? '×' : ` ${unit}`}`

/** Three or four digits that matter. */
function digits(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 1000 || value === 0 ? 0 : size >= 100 ? 1 : size >= 0.095 ? 2 : 3)
}

/** What is to be known of all claims together. */
export function summaryLines({ summary }: Validation): string[] {
  const { medianLogError, medianLogErrorByReading, calibratingMedianLogError, scored, ranges } = summary
  const claims = (count: number): string => `${count} ${count === 1 ? 'claim' : 'claims'}`
  const lines: string[] = []
  if (medianLogError !== null) lines.push(`median |ln(predicted / published)| ${digits(medianLogError)}, a factor of ${digits(Math.exp(medianLogError))}, over ${claims(scored.length)} that are independent and numbers (a goal, not a gate: ${digits(Math.log(1 + summary.goal))})`)
  const [least, most] = [medianLogErrorByReading[0], medianLogErrorByReading.at(-1)]
  if (least !== undefined && most !== undefined) lines.push(`under one other reading at a time it is ${digits(least.medianLogError)} (${least.id}) to ${digits(most.medianLogError)} (${most.id})`)
  const ranged = ranges.inside.length + ranges.outside.length
  if (ranged > 0) lines.push(`beside it, ${claims(ranged)} published as a range or bound: ${ranges.inside.length} inside${ranges.outside.length === 0 ? '' : `, outside ${ranges.outside.join(', ')}`}`)
  if (calibratingMedianLogError !== null) lines.push(`calibrating claims, scored apart: median ${digits(calibratingMedianLogError)} (parameters come from them)`)
  if (summary.outside.length > 0) lines.push(`outside: ${summary.outside.join(', ')}`)
  if (summary.notReproduced.length > 0) lines.push(`not reproduced: ${summary.notReproduced.join(', ')}`)
  if (summary.notIndependent.length > 0) lines.push(`not independent: ${summary.notIndependent.join(', ')}`)
  return lines
}

/** What was found of shapes, and why other claims are not reproduced: `V14: …`. */
export function findingLines({ claims }: Validation): string[] {
  return claims.flatMap(({ id, parts }) => [...new Set(parts.flatMap(({ predicted }) => ('finding' in predicted ? [predicted.finding] : 'unknown' in predicted ? [predicted.unknown] : [])))].map((text) => `${id}: ${text}`))
}
