import type { ClaimPointRow, ValidationTables } from '../analysis/tables.js'
import type { ClaimResult, PartResult, Validation } from '../study/validate/validation.js'
import { decidedText, errorText, findingText, intervalText, predictedText, publishedText, rangeText, readingText, verdictText } from './validation-words.js'

/** A validation as the tables that its page draws and shows. */
export function validationTables({ claims, shapes }: Validation): ValidationTables {
  return {
    claims: claims.flatMap((claim) => {
      const { id, independent, source } = claim
      const decidedBy = decidedText(claim)
      return claim.parts.map((part) => ({
        id,
        claim: claim.claim,
        part: part.label,
        predicted: predictedText(part.unit, part.predicted),
        interval: intervalText(part),
        published: publishedText(part.published),
        error: errorText(part),
        verdict: verdictText(claim),
        independent,
        decidedBy,
        source,
      }))
    }),
    'claim-points': pointRows(claims),
    'claim-readings': claims.flatMap(({ id, readings }) => readings.map((reading) => ({ id, reading: reading.id, predicted: readingText(reading), error: reading.error, verdict: reading.verdict }))),
    'claim-parameters': claims.flatMap(({ id, use, deciding }) => (use === 'calibrate' ? [] : deciding.map(({ parameter, effect, value, unit, spread, grade, source }) => ({ id, parameter, effect, value, unit, spread, grade, source })))),
    'claim-explanations': claims.flatMap(({ id, explanation }) => (explanation ?? []).map((one) => ({ id, parameter: one.parameter, grade: one.grade, range: rangeText(one), finding: findingText(one), source: one.source }))),
    'overhead-by-prompt': overheadRows(claims, shapes),
    'ttft-by-cached': shapes.cached.map((row) => ({ prompt: `${row.promptTokens} tokens`, ...row })),
  }
}

/** Claims kept for validation, their parts with a number, over what was published; what a logarithmic axis cannot show
 *  is left out. From back to front. */
function pointRows(claims: readonly ClaimResult[]): ClaimPointRow[] {
  const rows = claims.flatMap(({ id, use, parts }) =>
    parts.flatMap((part, i): ClaimPointRow[] => {
      const { label, unit, published, predicted, intervals, verdict } = part
      if (use === 'calibrate' || 'shape' in published) return []
      const { tolerance } = published
      const values = 'value' in predicted ? [predicted.value] : 'low' in predicted ? [predicted.low, predicted.high] : []
      const reference = referenceOf(part, values)
      const marks: readonly (readonly [mark: ClaimPointRow['mark'], tone: string, values: readonly number[]])[] = [
        ['tolerance', 'tolerance', tolerance === undefined ? [] : [tolerance.low, tolerance.high]],
        ['published', 'published', publishedEnds(part)],
        ['interval', verdict, intervals.flatMap(({ low, high }) => [low, high])],
        ['predicted', verdict, values],
      ]
      return marks.flatMap(([mark, tone, all]) => {
        const drawn = all.map((value) => Math.max(value / reference, LEAST))
        const said = predictedText(unit, all.length === 1 ? { value: all[0]! } : { low: Math.min(...all), high: Math.max(...all) })
        return all.length === 0 ? [] : [{ label: parts.length === 1 ? id : `${id} ${label}`, order: Number(id.slice(1)) * 10 + i, mark, tone, low: Math.min(...drawn), high: Math.max(...drawn), said }]
      })
    }),
  )
  const depth = ['tolerance', 'published', 'interval', 'predicted']
  return rows.sort((one, other) => depth.indexOf(one.mark) - depth.indexOf(other.mark) || one.order - other.order)
}

/** A logarithmic axis has no 0: it ends here. */
const LEAST = 0.05

/** The account nearest to the prediction, or the middle of the range, or the bound. */
function referenceOf(part: PartResult, values: readonly number[]): number {
  const ends = publishedEnds(part)
  if (!('accounts' in part.published)) return ends.reduce((sum, end) => sum + end, 0) / ends.length
  const off = (end: number): number => Math.max(0, ...values.map((value) => Math.abs(Math.log(value / end))))
  return ends.reduce((best, end) => (off(end) < off(best) ? end : best))
}

/** A bound is a range of one end. */
function publishedEnds({ published }: PartResult): number[] {
  if ('accounts' in published) return published.accounts.map(({ value }) => value)
  return 'shape' in published ? [] : [published.range.low, published.range.high].filter((end) => end !== null)
}

function overheadRows(claims: readonly ClaimResult[], { overhead }: Validation['shapes']): ValidationTables['overhead-by-prompt'] {
  const parts = claims.find(({ id }) => id === 'V17')?.parts ?? []
  const models = [...new Set(overhead.map(({ model }) => model))]
  return overhead.map(({ model, promptTokens, overheadPercent }) => {
    const published = parts.find(({ label }) => label === `${promptTokens} tokens`)?.published
    const { low, high } = published !== undefined && 'range' in published ? published.range : { low: null, high: null }
    return { model, order: models.indexOf(model), promptTokens, overheadPercent, publishedLow: low ?? 0, publishedHigh: high ?? 0 }
  })
}
