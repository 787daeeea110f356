import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import { decimalAt, decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { Settings, isRateTime, type Rate, type RateReading, type RateSetting, type RateSubject } from '../rates.js'
import { Skipped } from '../skipped.js'
import { wholeText } from '../whole-text.js'

const MAX_JSON_BYTES = 64 << 20
type Json = Readonly<Record<string, unknown>>

/** Reads the timings of a log, a run record, or the steps of a decode. Throws `BadInput`. */
export async function readLlmrsRates(source: Source, tools: ImportTools): Promise<RateReading> {
  const skipped = new Skipped()
  const settings = new Settings()
  const rates: Rate[] = []
  const add = (subject: RateSubject, ns: number, line: number, setting: Partial<RateSetting>, inferred: Rate['inferred'] = {}): void => {
    if (!isRateTime(ns)) skipped.count('timing that was not measured')
    else rates.push({ subject, ns, sdNs: -1, runs: 1, samplesNs: [], setting: settings.of(setting), line, inferred })
  }
  const isJson = new TextDecoder().decode(source.head.subarray(0, 1024)).trimStart().startsWith('{')
  if (isJson) readJson(await jsonOf(source, tools), add)
  else await readLines(source, tools, skipped, add)
  if (rates.length === 0) throw new BadInput({ file: source.name, byteOffset: 0 }, 'timings of llm_rs2', skipped.sentence())
  return { format: 'llmrs-profile', settings: settings.list, rates, skipped: skipped.record() }
}

type Add = (subject: RateSubject, ns: number, line: number, setting: Partial<RateSetting>, inferred?: Rate['inferred']) => void
const phase = (name: 'load' | 'prefill' | 'decode' | 'mixed', tokens: number, past = 0): RateSubject => ({ of: 'phase', phase: name, tokens, past })

async function readLines(source: Source, tools: ImportTools, skipped: Skipped, add: Add): Promise<void> {
  const run: { -readonly [K in keyof RateSetting]?: RateSetting[K] } = {}
  let promptTokens = 0
  const later: (() => void)[] = [] // the backend may be told behind the first timing
  await eachLogLine(source, tools, skipped, (text, line) => {
    run.model = /^Loading model from (\S{1,400})/.exec(text)?.[1]?.split(/[\\/]/).at(-1) ?? run.model ?? ''
    run.threads = Number(/\[Config\] Using (\d{1,4}) threads/.exec(text)?.[1] ?? run.threads ?? 0)
    if (/\[CUDA/.test(text)) Object.assign(run, { backend: 'CUDA', processor: 'gpu' })
    else if (/noshuffle|opencl/i.test(text) && run.backend === undefined) Object.assign(run, { backend: 'OpenCL', processor: 'gpu' })
    const prefill = /^Prefill: ([\d.]{1,20}) ms \((\d{1,9}) tokens/.exec(text)
    const decode = /^Decode: ([\d.]{1,20}) ms\/tok .{0,80}?\[(\d{1,9}) tokens/.exec(text)
    const ttft = /^TTFT: ([\d.]{1,20}) ms/.exec(text)
    if (later.length > 10_000) return
    if (prefill !== null) {
      promptTokens = Number(prefill[2])
      later.push(() => add(phase('prefill', Number(prefill[2])), decimalToNs(prefill[1]!, 'ms'), line, run))
    } else if (decode !== null) later.push(() => add(phase('decode', Number(decode[2])), decimalAt(decode[1]!, 6) * Number(decode[2]), line, run, { ns: 'from-mean' }))
    else if (ttft !== null) {
      const tokens = promptTokens
      later.push(() => add(phase('mixed', tokens), decimalToNs(ttft[1]!, 'ms'), line, run, { phase: 'time-to-first-token' }))
    }
  })
  for (const one of later) one()
}

function readJson(document: Json, add: Add): void {
  const metadata = objectAt(document, 'metadata')
  const backend = textAt(metadata, 'backend')
  const setting: Partial<RateSetting> = { model: textAt(metadata, 'model'), backend, processor: /opencl|cuda|gpu/i.test(backend) ? 'gpu' : 'cpu' }
  const results = objectAt(document, 'benchmark_results')
  const events = listAt(document, 'events')
  const when = (name: string): number => microsOf(textAt(events.map(objectOf).find((event) => textAt(event, 'name') === name) ?? {}, 'timestamp'))
  const load = when('PrefillStart') - when('ModelLoadStart')
  if (load > 0) add(phase('load', 0), load * 1000, 1, setting, { ns: 'between-events' })
  add(phase('mixed', 0), Math.round(numberAt(results, 'ttft_ms') * 1e6), 1, setting, { phase: 'time-to-first-token' })
  add(phase('decode', 1), Math.round(numberAt(results, 'tbt_ms') * 1e6), 1, setting, { ns: 'mean' })
  const records = listAt(objectAt(document, 'latency'), 'records').slice(0, 1_000_000)
  records.map(objectOf).forEach((record, i) => {
    add(phase('decode', 1, numberAt(record, 'cache_len')), numberAt(record, 'forward_us') * 1000, i + 1, setting)
    const sample = numberAt(record, 'sample_us') * 1000
    if (sample > 0) add({ of: 'op', kind: 'sample', name: 'sample', dataType: 'unknown', m: 0, n: 0, k: 0, flops: 0, bytes: 0 }, sample, i + 1, setting)
  })
}

async function jsonOf(source: Source, tools: ImportTools): Promise<Json> {
  const text = await wholeText(source, tools, MAX_JSON_BYTES)
  try {
    return objectOf(JSON.parse(text))
  } catch (error) {
    throw new BadInput({ file: source.name, byteOffset: 0 }, 'JSON of llm_rs2', (error as Error).message, 'is the file whole?')
  }
}

/** Microseconds of an ISO timestamp without a zone: only differences are used. NaN: none. */
function microsOf(text: string): number {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/.exec(text)
  return found === null ? NaN : Date.parse(`${found[1]!}Z`) * 1000 + Number((found[2] ?? '').padEnd(6, '0'))
}

const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {})
const at = (json: Json, key: string): unknown => (Object.hasOwn(json, key) ? json[key] : undefined)
const objectAt = (json: Json, key: string): Json => objectOf(at(json, key))
const listAt = (json: Json, key: string): readonly unknown[] => (Array.isArray(at(json, key)) ? (at(json, key) as unknown[]) : [])
const textAt = (json: Json, key: string): string => (typeof at(json, key) === 'string' ? (at(json, key) as string).slice(0, 200) : '')
const numberAt = (json: Json, key: string): number => (typeof at(json, key) === 'number' ? (at(json, key) as number) : NaN)
