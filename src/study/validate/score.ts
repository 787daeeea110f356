import { BrokenLaw } from '../../base/errors.js'
import type { Prediction } from './claim.js'
import type { PublishedClaim, PublishedPart, Unit } from './published.js'
import type { PartResult, Predicted, Verdict } from './validation.js'

/** How far two numbers of a unit are apart: percentages in points / 100, everything else |ln(a / b)|. */
export function apart(unit: Unit, a: number, b: number): number {
  if (unit === '%') return Math.abs(a - b) / 100
  return a > 0 && b > 0 ? Math.abs(Math.log(a / b)) : Infinity
}

type Scored = Omit<PartResult, 'intervals'>

/** |ln(predicted / published)|, percentages alike. Zero, or the opposite sign, counts as a factor of ten. */
export function logApart(predicted: number, published: number): number {
  return predicted * published > 0 ? Math.abs(Math.log(predicted / published)) : Math.LN10
}

/** One part of a claim against its prediction. Throws `BrokenLaw`: a prediction of another kind. */
export function scorePart(published: PublishedPart, prediction: Prediction): Scored {
  const { label, unit } = published
  const { label: _same, ...predicted } = prediction
  const rest = { label, unit, published, predicted: predicted as Predicted, logError: null }
  if ('unknown' in prediction) return { ...rest, errors: [], error: null, verdict: 'not reproduced' }
  if ('holds' in prediction || 'shape' in published) {
    if (!('holds' in prediction && 'shape' in published)) throw new BrokenLaw(`${label}: a shape is predicted for a shape only`)
    return { ...rest, errors: [], error: null, verdict: prediction.holds ? 'holds' : 'does not hold' }
  }
  const values = 'value' in prediction ? [prediction.value] : [prediction.low, prediction.high]
  const worst = (of: (value: number) => number): number => Math.max(...values.map(of))
  const errors =
    'accounts' in published
      ? published.accounts.map(({ value, where }) => ({ where, error: worst((one) => apart(unit, one, value)) }))
      : [{ where: 'range', error: worst((one) => outside(unit, one, published.range)) }]
  const error = Math.min(...errors.map((one) => one.error))
  const tolerance = published.tolerance ?? ('range' in published ? published.range : undefined)
  const verdict = tolerance === undefined ? 'no tolerance' : worst((one) => outside(unit, one, tolerance)) === 0 ? 'inside' : 'outside'
  const logError = 'accounts' in published ? Math.min(...published.accounts.map(({ value }) => worst((one) => logApart(one, value)))) : null
  return { ...rest, errors, error, logError, verdict }
}

/** Distance outside a range, 0 inside; an end that is null is open. */
function outside(unit: Unit, value: number, { low, high }: { readonly low: number | null; readonly high: number | null }): number {
  if (low !== null && value < low) return apart(unit, value, low)
  if (high !== null && value > high) return apart(unit, value, high)
  return 0
}

/** All parts of a claim; a claim's parts and its predictions name each other. Throws `BrokenLaw`. */
export function scoreParts(claim: PublishedClaim, predictions: readonly Prediction[]): Scored[] {
  if (predictions.length !== claim.parts.length) throw new BrokenLaw(`${claim.id}: ${predictions.length} predictions for ${claim.parts.length} parts`)
  return claim.parts.map((part) => {
    const prediction = predictions.find(({ label }) => label === part.label)
    if (prediction === undefined) throw new BrokenLaw(`${claim.id}: nothing is predicted for ${part.label}`)
    const scored = scorePart(part, prediction)
    // Beside a shape numbers are shown, not judged.
    return isShape(claim) && 'range' in part ? { ...scored, verdict: 'no tolerance' } : scored
  })
}

/** A claim's verdict and errors: the worst of its parts; of a shape's, the shape's alone. */
export function claimScore(claim: PublishedClaim, parts: readonly Scored[]): { verdict: Verdict; error: number | null; logError: number | null } {
  const counted = parts.filter(({ published }) => !isShape(claim) || 'shape' in published)
  const worst = (errors: readonly (number | null)[]): number | null => errors.reduce((most, error) => (error === null || (most !== null && most >= error) ? most : error), null)
  const verdicts = counted.map(({ verdict }) => verdict)
  const order: readonly Verdict[] = ['does not hold', 'outside', 'inside', 'holds', 'no tolerance', 'not reproduced']
  return { verdict: order.find((one) => verdicts.includes(one))!, error: worst(counted.map(({ error }) => error)), logError: worst(counted.map(({ logError }) => logError)) }
}

/** Not a gate: what a claim without a tolerance is explained against. */
export const GOAL = 0.1

/** Inside its tolerance, or without one within the goal; nothing that was not replayed can be missed. */
export function isMet(verdict: Verdict, error: number | null): boolean {
  return verdict === 'no tolerance' ? error === null || error <= GOAL : verdict !== 'outside' && verdict !== 'does not hold'
}

export const isShape = ({ kind }: PublishedClaim): boolean => kind === 'shape' || kind === 'direction'

/** How far a claim's metric moved: the most over its parts, in the measures of an error. */
export function movement(claim: PublishedClaim, from: readonly Prediction[], to: readonly Prediction[]): number {
  let most = 0
  for (const [i, part] of claim.parts.entries()) {
    const [a, b] = [numbersOf(from[i]!), numbersOf(to[i]!)]
    for (const [n, value] of a.entries()) most = Math.max(most, apart(part.unit, value, b[n]!))
  }
  return most
}

export function numbersOf(prediction: Prediction): number[] {
  if ('value' in prediction) return [prediction.value]
  return 'low' in prediction ? [prediction.low, prediction.high] : []
}
