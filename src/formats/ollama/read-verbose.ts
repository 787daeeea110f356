import type { Source } from '../../trace/source.js'
import { durationNs } from '../duration.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'
import { addRequest, ollamaModel, type OllamaRequest } from './request.js'

const NAMES = '(?:total|load|prompt eval|eval) duration|(?:prompt eval|prompt cached|prompt eval cached|eval) count|(?:prompt eval|eval) rate'
const FIELD = new RegExp(`(?:^|\\s)(${NAMES}):\\s{1,30}(\\S.{0,60}?)\\s*$`)
const COUNT = /^(\d{1,12})(?: token\(s\)| tokens?)?$/
const MODEL_SIZES: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9 }
/** Options of `ollama run` with a word of their own behind them. */
const WITH_VALUE = new Set(['--keepalive', '--format', '--dimensions'])
const RATE_SLACK = 0.01

type Facts = { -readonly [K in keyof RateSetting]?: RateSetting[K] }

/** Reads what `ollama run --verbose` prints behind each answer. Throws `BadInput`. */
export async function readVerbose(source: Source, tools: ImportTools): Promise<RateReading> {
  const rates = new RateList(source.name)
  let facts: Facts = {}
  let fields = new Map<string, string>()
  let firstLine = 0
  const flush = (): void => {
    const own = facts
    if (fields.size > 0) addFields(rates, fields, firstLine, () => own)
    fields = new Map()
  }
  await eachLogLine(source, tools, rates.skipped, (text, line) => {
    const found = FIELD.exec(text)
    if (found !== null) {
      const [, name, value] = found
      if (name === 'total duration' || fields.has(name!)) flush()
      if (fields.size === 0) firstLine = line
      fields.set(name!, value!)
      if (name === 'eval rate') flush()
      return
    }
    const model = modelOf(text)
    if (model !== undefined) {
      flush()
      facts = { ...ollamaModel(model) }
    }
    tell(facts, text)
  })
  flush()
  return rates.reading('ollama-verbose', 'durations of Ollama that were measured')
}

function addFields(rates: RateList, fields: ReadonlyMap<string, string>, line: number, setting: () => Partial<RateSetting>): void {
  const time = (name: string): number | undefined => (fields.has(name) ? durationNs(fields.get(name)!) : undefined)
  const count = (name: string): number | undefined => (fields.has(name) ? Number(COUNT.exec(fields.get(name)!)?.[1] ?? NaN) : undefined)
  const request: OllamaRequest = {
    line,
    totalNs: time('total duration'),
    loadNs: time('load duration'),
    promptTokens: count('prompt eval count'),
    cachedTokens: count('prompt cached count') ?? count('prompt eval cached count'),
    promptNs: time('prompt eval duration'),
    answerTokens: count('eval count'),
    answerNs: time('eval duration'),
  }
  const { promptTokens, cachedTokens, promptNs, answerTokens, answerNs } = request
  if ([promptTokens, cachedTokens, answerTokens].some(Number.isNaN)) return rates.skipped.count('request whose counts are no numbers')
  const isSound = agrees(fields.get('prompt eval rate'), promptTokens, promptNs) && agrees(fields.get('eval rate'), answerTokens, answerNs)
  if (!isSound) return rates.skipped.count('rate that contradicts its time')
  if (answerTokens !== undefined && answerNs === undefined) rates.skipped.count('request that is cut')
  addRequest(rates, request, setting)
}

/** Whether `10.00 tokens/s` is what count and duration give. */
function agrees(rate: string | undefined, tokens: number | undefined, ns: number | undefined): boolean {
  const said = Number(/^([\d.]{1,20}) tokens?\/s/.exec(rate ?? '')?.[1] ?? NaN)
  if (!(said > 0) || tokens === undefined || ns === undefined || !(ns > 0)) return true
  return Math.abs((tokens * 1e9) / ns - said) <= RATE_SLACK * said + 0.01
}

/** The model of `ollama run --verbose llama3.2:1b` or of `>>> /load llama3.2:1b`. */
function modelOf(text: string): string | undefined {
  const loaded = /^(?:>>>)?\s{0,4}\/load (\S{1,200})\s*$/.exec(text)
  if (loaded !== null) return loaded[1]
  const words = /\bollama run (.{1,1000})$/.exec(text)?.[1]!.trim().split(/\s+/)
  if (words === undefined) return undefined
  for (let i = 0; i < words.length; i++) {
    if (WITH_VALUE.has(words[i]!)) i++
    else if (!words[i]!.startsWith('-')) return words[i]!.replace(/^["'`]|["'`]$/g, '').slice(0, 200)
  }
  return undefined
}

/** What `/show info` and `ollama ps` say beside the answers. */
function tell(facts: Facts, text: string): void {
  const quant = /^\s+quantization\s{2,40}(\S{1,40})\s*$/.exec(text)
  if (quant !== null) facts.quant = quant[1]!
  const parameters = /^\s+parameters\s{2,40}([\d.]{1,12})\s?([KMB])\s*$/.exec(text)
  if (parameters !== null) facts.parameters = Math.round(Number(parameters[1]) * MODEL_SIZES[parameters[2]!]!) || 0
  const placed = /\s(?:(\d{1,3})%\/(\d{1,3})% CPU\/GPU|100% (CPU|GPU))(?:\s|$)/.exec(text)
  if (placed === null) return
  facts.backend = placed[0].trim()
  facts.processor = placed[3] === 'GPU' || Number(placed[2] ?? 0) >= 50 ? 'gpu' : 'cpu'
}
