import { ownNumber } from '../json-values.js'
import type { LlmRequest } from './llm-request.js'

/** Where a line's JSON of a request begins: behind `PyTorchObserver`, or without that word as an app's callback gives it; -1: nowhere. */
export function observerAt(text: string): number {
  const at = text.indexOf('PyTorchObserver')
  if (at >= 0) return text.indexOf('{', at)
  return text.includes('"prompt_eval_end_ms"') ? text.lastIndexOf('{', text.indexOf('"prompt_eval_end_ms"')) : -1
}

/** What stands behind `PyTorchObserver`: stamps by a clock of `SCALING_FACTOR_UNITS_PER_SECOND` ticks. Undefined: it is cut, or no
 *  such line. */
export function requestOfJson(text: string, line: number): LlmRequest | undefined {
  let value: unknown
  try {
    value = JSON.parse(text.slice(0, text.lastIndexOf('}') + 1))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const record = value as Readonly<Record<string, unknown>>
  const ticks = ownNumber(record, 'SCALING_FACTOR_UNITS_PER_SECOND') ?? 1000
  const between = (from: string, to: string): { text?: string } => {
    const [start, end] = [ownNumber(record, from), ownNumber(record, to)]
    // A stamp of 0 was never set.
    if (start === undefined || end === undefined || start === 0 || end === 0) return start === undefined && end === undefined ? {} : { text: '0' }
    return { text: ((end - start) / ticks).toFixed(9) }
  }
  const request: LlmRequest = { line }
  const counts = { promptTokens: ownNumber(record, 'prompt_tokens'), generatedTokens: ownNumber(record, 'generated_tokens') }
  if (isCount(counts.promptTokens)) request.promptTokens = counts.promptTokens
  if (isCount(counts.generatedTokens)) request.generatedTokens = counts.generatedTokens
  const rates = { promptRate: rateOf(record, 'prefill'), generateRate: rateOf(record, 'decode') }
  if (rates.promptRate !== undefined) request.promptRate = rates.promptRate
  if (rates.generateRate !== undefined) request.generateRate = rates.generateRate
  const loadedAt = ownNumber(record, 'model_load_start_ms')
  if (loadedAt !== undefined) request.loadedAt = loadedAt
  const times = {
    load: between('model_load_start_ms', 'model_load_end_ms'),
    prompt: between('inference_start_ms', 'prompt_eval_end_ms'),
    generate: between('prompt_eval_end_ms', 'inference_end_ms'),
    first: between('inference_start_ms', 'first_token_ms'),
    total: between('inference_start_ms', 'inference_end_ms'),
  }
  for (const [key, { text: time }] of Object.entries(times)) if (time !== undefined) request[key as keyof typeof times] = time
  return request
}

const isCount = (value: number | undefined): value is number => value !== undefined && Number.isSafeInteger(value) && value >= 0

/** Rates that runners of 2026 tell beside their stamps. */
function rateOf(record: Readonly<Record<string, unknown>>, phase: string): string | undefined {
  const value = ownNumber(record, `${phase}_token_per_sec`) ?? ownNumber(record, `${phase}_tokens_per_sec`)
  return value === undefined ? undefined : String(value)
}
