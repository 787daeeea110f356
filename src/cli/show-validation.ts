import type { ClaimResult } from '../study/validate/validation.js'
import { decidedText, errorText, findingText, intervalText, percent, predictedText, publishedText, rangeText, readingText, verdictText } from '../report/validation-words.js'
import type { TableColumn } from './table.js'

/** Claims as people read them: a row a part. */
export const validationColumns: readonly TableColumn[] = [
  { key: 'id' },
  { key: 'claim' },
  { key: 'predicted', align: 'right' },
  { key: 'interval', title: '95 %', align: 'right' },
  { key: 'published', align: 'right' },
  { key: 'error', align: 'right' },
  { key: 'verdict' },
  { key: 'deciding', title: 'decided by (+10 % moves it by)' },
]

export function validationCells(claims: readonly ClaimResult[]): Record<string, string>[] {
  return claims.flatMap((claim) =>
    claim.parts.map((part, i) => ({
      id: i === 0 ? claim.id : '',
      claim: claim.parts.length === 1 ? claim.claim : i === 0 ? `${claim.claim}: ${part.label}` : part.label,
      predicted: predictedText(part.unit, part.predicted),
      interval: intervalText(part),
      published: publishedText(part.published),
      error: errorText(part),
      verdict: i === 0 ? verdictText(claim) : '',
      deciding: i === 0 ? decidedText(claim) : '',
    })),
  )
}

export function readingCells(claims: readonly ClaimResult[]): Record<string, string>[] {
  return claims.flatMap(({ id, readings }) =>
    readings.map((reading) => ({
      id,
      reading: reading.id,
      predicted: readingText(reading),
      error: reading.error === null ? '–' : percent(reading.error),
      verdict: reading.verdict,
    })),
  )
}

export function explanationCells(claims: readonly ClaimResult[]): Record<string, string>[] {
  return claims.flatMap(({ id, explanation }) => (explanation ?? []).map((one) => ({ id, parameter: one.parameter, grade: one.grade, range: rangeText(one), finding: findingText(one) })))
}
