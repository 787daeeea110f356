import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { eachJsonValue, eachRecord, ownNumber, ownText, type JsonRecord } from '../json-values.js'
import { fileOfPath, quantInName } from '../model-words.js'
import { RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'

type Fields = JsonRecord

/** The `timings` of an answer, with where they stand. */
interface Timings {
  readonly fields: Fields
  readonly cached: number | undefined
  readonly setting: Partial<RateSetting>
  readonly line: number
}

const RATE_SLACK = 0.01

/** Reads the `timings` of llama-server's answers, whole or as streams: with `timings_per_token` each part tells them so far, and
 *  the last one counts. Throws `BadInput`. */
export async function readServerJson(source: Source, tools: ImportTools): Promise<RateReading> {
  const rates = new RateList(source.name)
  let pending: Timings | undefined
  await eachJsonValue(source, tools, rates.skipped, (value, line) => {
    eachRecord(value, (fields, around) => {
      if (!Object.hasOwn(fields, 'predicted_ms') && !Object.hasOwn(fields, 'prompt_ms')) return
      const named = around.find((one) => ownText(one, 'model') !== '')
      const model = fileOfPath(ownText(named, 'model'))
      const found: Timings = { fields, cached: cachedOf(fields, around), setting: { model, quant: quantInName(model) }, line }
      if (pending !== undefined && !isContinued(pending.fields, fields)) addTimings(rates, pending)
      pending = found
    })
  })
  if (pending !== undefined) addTimings(rates, pending)
  return rates.reading('llama-server-json', 'timings of llama-server that were measured')
}

/** Whether timings are those of the same request, later. */
function isContinued(before: Fields, now: Fields): boolean {
  const isSamePrompt = ['prompt_n', 'prompt_ms', 'cache_n'].every((key) => before[key] === now[key])
  return isSamePrompt && ['predicted_n', 'predicted_ms'].every((key) => (ownNumber(now, key) ?? 0) >= (ownNumber(before, key) ?? 0))
}

/** Tokens of the prompt that were in the cache: told, or what is left of the whole prompt. */
function cachedOf(fields: Fields, around: readonly Fields[]): number | undefined {
  const told = ownNumber(fields, 'cache_n')
  if (told !== undefined) return told
  const prompt = ownNumber(fields, 'prompt_n')
  const [answer] = around
  const usage = answer !== undefined && Object.hasOwn(answer, 'usage') ? answer['usage'] : undefined
  const ofUsage = typeof usage === 'object' && usage !== null ? ownNumber(usage as Fields, 'prompt_tokens') : undefined
  const whole = answer === undefined ? undefined : (ownNumber(answer, 'tokens_evaluated') ?? ofUsage)
  return prompt === undefined || whole === undefined || whole < prompt ? undefined : whole - prompt
}

function addTimings(rates: RateList, { fields, cached, setting, line }: Timings): void {
  const past = cached !== undefined && Number.isSafeInteger(cached) && cached > 0 ? cached : 0
  const prompt = half(fields, 'prompt')
  const answer = half(fields, 'predicted')
  const told = () => setting
  if (prompt === undefined || answer === undefined) return rates.skipped.count('timings whose counts are no numbers')
  if (prompt.tokens > 0) {
    if (prompt.isContradictory) rates.skipped.count('rate that contradicts its time')
    else rates.add('prefill', { tokens: prompt.tokens, past, ns: prompt.ns, line, setting: told })
  }
  if (answer.tokens === 0) return
  if (answer.isContradictory) return rates.skipped.count('rate that contradicts its time')
  const isDrafted = (ownNumber(fields, 'draft_n') ?? 0) > 0
  // Guessed tokens go through a pass together, so its tokens are no steps.
  if (isDrafted) rates.add('mixed', { tokens: answer.tokens, past: past + prompt.tokens, ns: answer.ns, line, setting: told, inferred: { phase: 'speculative-decoding' } })
  else rates.add('decode', { tokens: answer.tokens, past: past + prompt.tokens, ns: answer.ns, line, setting: told })
}

function half(fields: Fields, name: 'prompt' | 'predicted'): { readonly tokens: number; readonly ns: number; readonly isContradictory: boolean } | undefined {
  const tokens = ownNumber(fields, `${name}_n`) ?? 0
  if (!Number.isSafeInteger(tokens) || tokens < 0) return undefined
  const ms = ownNumber(fields, `${name}_ms`) ?? NaN
  const rate = ownNumber(fields, `${name}_per_second`)
  const isContradictory = rate !== undefined && rate > 0 && ms > 0 && Math.abs((tokens * 1000) / ms - rate) > RATE_SLACK * rate
  return { tokens, ns: Math.round(ms * 1e6), isContradictory }
}
