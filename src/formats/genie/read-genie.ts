import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { eachJsonValue, eachRecord, ownText } from '../json-values.js'
import { eachLogLine } from '../log-lines.js'
import { CONTRADICTS, addFirstToken } from '../phase-time.js'
import { NOT_MEASURED, RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'
import { Skipped } from '../skipped.js'
import { eventCount, eventNs, eventRate } from './event-values.js'
import { kpiLine } from './kpi-lines.js'

type Event = Readonly<Record<string, unknown>>

/** Clocks of one query are read at moments a little apart. */
const SLACK = 0.02
const setting = (): Partial<RateSetting> => ({ backend: 'Genie', processor: 'npu' })

/** Reads the dialogs of a Genie profile: its creation is the load; a query's prompt has a rate, its tokens a time and a rate. Throws
 *  `BadInput`. */
export async function readGenie(source: Source, tools: ImportTools): Promise<RateReading> {
  const list = new RateList(source.name)
  if (!/^\s{0,200}(?:\{|\[\s{0,200}\{|data:)/.test(new TextDecoder().decode(source.head.subarray(0, 1024)))) {
    let isAny = false
    await eachLogLine(source, tools, new Skipped(), (text, line) => (isAny = kpiLine(list, text, line, setting) || isAny))
    if (isAny) return list.reading('genie-profile', 'figures of genie-t2t-run that were measured')
  }
  await eachJsonValue(source, tools, list.skipped, (value, line) =>
    eachRecord(value, (event) => {
      const type = ownText(event, 'type')
      const isQuery = Object.hasOwn(event, 'num-prompt-tokens') || Object.hasOwn(event, 'num-generated-tokens')
      if (!/^Genie\w+_\w+$/.test(type) && !isQuery) return
      if (/^GenieEmbedding/.test(type)) return list.skipped.count('embedding (no part of a dialog)')
      if (/batch/i.test(type)) return list.skipped.count('several sequences at once: their tokens are no steps of one')
      if (isQuery) readQuery(list, event, line)
      else if (/_create$/.test(type)) readCreate(list, event, line)
      else if (/_\w*query$/i.test(type)) list.skipped.count('query without counts of tokens')
    }),
  )
  return list.reading('genie-profile', 'dialogs of Genie with their times')
}

function readCreate(list: RateList, event: Event, line: number): void {
  // A pipeline's parts have no load of their own.
  const ns = eventNs(event, 'duration') ?? eventNs(event, 'init-time')
  if (ns !== undefined) list.add('load', { tokens: 0, ns, line, setting })
}

function readQuery(list: RateList, event: Event, line: number): void {
  const firstNs = eventNs(event, 'time-to-first-token')
  readPrompt(list, event, line, firstNs)
  readGeneration(list, event, line)
  if (firstNs !== undefined) addFirstToken(list, eventCount(event, 'num-prompt-tokens'), firstNs, line, setting)
}

/** The prompt's own time is its tokens by their rate; the first token comes a little later. */
function readPrompt(list: RateList, event: Event, line: number, firstNs: number | undefined): void {
  const tokens = eventCount(event, 'num-prompt-tokens')
  if (tokens === undefined) return
  const rate = eventRate(event, 'prompt-processing-rate')
  const ns = rate === undefined ? firstNs : Math.round((tokens * 1e9) / rate)
  if (ns !== undefined && rate !== undefined && firstNs !== undefined && firstNs > 0 && ns > firstNs * (1 + SLACK)) return list.skipped.count(CONTRADICTS)
  if (tokens === 0) return list.skipped.count(NOT_MEASURED)
  list.add('prefill', { tokens, ns: ns ?? NaN, line, setting, inferred: { ns: rate === undefined ? 'time-to-first-token' : 'from-rate' } })
}

/** A rate of N tokens that gives N - 1 of them in the time is that of the passes behind the first token. */
function readGeneration(list: RateList, event: Event, line: number): void {
  const tokens = eventCount(event, 'num-generated-tokens')
  if (tokens === undefined) return
  const acceptance = eventRate(event, 'token-acceptance-rate')
  if (acceptance !== undefined) return list.skipped.count('speculative decoding: its tokens are no passes')
  const rate = eventRate(event, 'token-generation-rate')
  const told = eventNs(event, 'token-generation-time')
  if (tokens === 0) return list.skipped.count('query that generated no token')
  if (told === undefined || rate === undefined) {
    const steps = Math.max(1, tokens - 1)
    const ns = told ?? (rate === undefined ? NaN : Math.round((steps * 1e9) / rate))
    const inferred = { tokens: 'first-token-by-prefill', ...(told === undefined ? { ns: 'from-rate' } : {}) }
    return void list.add('decode', { tokens: steps, ns, line, setting, inferred })
  }
  const inTime = (rate * told) / 1e9
  const steps = Math.abs(inTime - tokens) <= Math.abs(inTime - (tokens - 1)) ? tokens : tokens - 1
  if (told > 0 && Math.abs(inTime - steps) > Math.max(0.3, SLACK * tokens)) return list.skipped.count(CONTRADICTS)
  list.add('decode', { tokens: Math.max(1, steps), ns: told, line, setting, inferred: steps === tokens ? {} : { tokens: 'rate-times-time' } })
}
