import type { RateList } from '../rate-list.js'
import { fileOfPath, quantInName } from '../model-words.js'
import type { Rate, RateSetting } from '../rates.js'

/** What Ollama tells of one request; times in ns, undefined where it does not say. */
export interface OllamaRequest {
  line: number
  totalNs?: number | undefined
  loadNs?: number | undefined
  /** Tokens of the prompt; since 2024 with those that came from the cache. */
  promptTokens?: number | undefined
  cachedTokens?: number | undefined
  promptNs?: number | undefined
  answerTokens?: number | undefined
  answerNs?: number | undefined
}

/** No processor gives one stream as many tokens a second: such a time is in another unit than its words say. */
const MOST_STEPS_A_SECOND = 20_000
/** Nor does a prompt pass so fast: its tokens were in the cache. */
const MOST_TOKENS_A_SECOND = 1_000_000
/** A shorter load is the search for a model that is there already. */
const LEAST_LOAD_NS = 100_000_000
const SLACK = 1.02
const SLACK_NS = 1_000_000

/** Adds load, prefill and decode of a request. One that contradicts itself is counted and left out. */
export function addRequest(rates: RateList, request: OllamaRequest, setting: () => Partial<RateSetting>): void {
  const { line, totalNs, loadNs, promptTokens, cachedTokens = 0, promptNs, answerTokens, answerNs } = request
  const parts = [loadNs, promptNs, answerNs].filter((ns): ns is number => ns !== undefined)
  const sum = parts.reduce((all, ns) => all + ns, 0)
  if (parts.some((ns) => Number.isNaN(ns) || ns < 0)) return rates.skipped.count('request with a time that is none')
  const stepsPerSecond = answerTokens === undefined || answerNs === undefined || answerNs === 0 ? 0 : (answerTokens * 1e9) / answerNs
  if (stepsPerSecond > MOST_STEPS_A_SECOND) return rates.skipped.count('request whose times are not in ns')
  if (totalNs !== undefined && sum > totalNs * SLACK + SLACK_NS) return rates.skipped.count('request whose parts are longer than its total')
  const rule: Rate['inferred'] = loadNs !== undefined && loadNs < LEAST_LOAD_NS ? { phase: 'may-be-loaded-already' } : {}
  if (loadNs !== undefined && loadNs > 0) rates.add('load', { tokens: 0, ns: loadNs, line, setting, inferred: rule })
  const fresh = (promptTokens ?? 0) - cachedTokens
  if (fresh < 0) return rates.skipped.count('request with more cached tokens than it has')
  const isCached = fresh === 0 || (promptNs !== undefined && promptNs > 0 && (fresh * 1e9) / promptNs > MOST_TOKENS_A_SECOND)
  if (isCached) rates.skipped.count('prompt that was in the cache')
  else if (promptNs !== undefined) rates.add('prefill', { tokens: fresh, past: cachedTokens, ns: promptNs, line, setting })
  else rates.skipped.count('prompt without a time')
  if (answerTokens === undefined || answerTokens === 0 || answerNs === undefined) return
  rates.add('decode', { tokens: answerTokens, past: promptTokens ?? 0, ns: answerNs, line, setting })
}

/** `llama3.2:1b-instruct-q4_K_M`: the tag says how weights are stored. A name space may be a user's. */
export function ollamaModel(name: string): Partial<RateSetting> {
  const model = fileOfPath(name)
  return { model, quant: quantInName(model) }
}
