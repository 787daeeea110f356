import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { eachJsonValue, eachRecord, ownNumber, ownText } from '../json-values.js'
import { RateList } from '../rate-list.js'
import type { RateReading } from '../rates.js'
import { addRequest, ollamaModel } from './request.js'

/** Reads answers of Ollama's API (`/api/generate`, `/api/chat`), whole or as streams, whose last object has the times.
 *  Throws `BadInput`. */
export async function readApi(source: Source, tools: ImportTools): Promise<RateReading> {
  const rates = new RateList(source.name)
  await eachJsonValue(source, tools, rates.skipped, (value, line) => {
    eachRecord(value, (record, around) => {
      if (!['eval_duration', 'prompt_eval_duration'].some((key) => Object.hasOwn(record, key))) return
      if (record['done'] === false) return rates.skipped.count('answer that is not at its end')
      const named = [record, ...around].find((one) => ownText(one, 'model') !== '')
      const number = (key: string): number | undefined => ownNumber(record, key)
      const time = (key: string): number | undefined => (Object.hasOwn(record, key) && record[key] !== null ? (number(key) ?? NaN) : undefined)
      const [totalNs, loadNs, promptNs, answerNs] = ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'].map(time)
      const counts = ['prompt_eval_count', 'prompt_eval_cached_count', 'eval_count'].map(number)
      const isNoCount = (count: number | undefined): boolean => count !== undefined && (!Number.isSafeInteger(count) || count < 0)
      if (counts.some(isNoCount)) return rates.skipped.count('request whose counts are no numbers')
      const [promptTokens, cachedTokens, answerTokens] = counts
      const setting = ollamaModel(ownText(named, 'model'))
      addRequest(rates, { line, totalNs, loadNs, promptTokens, cachedTokens, promptNs, answerTokens, answerNs }, () => setting)
    })
  })
  return rates.reading('ollama-api', 'answers of Ollama with durations')
}
