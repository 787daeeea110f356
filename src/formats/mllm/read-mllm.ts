import type { Source } from '../../trace/source.js'
import { decimalToNs } from '../decimal-text.js'
import { DeviceWords } from '../device-words.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { fileOfPath, quantInName } from '../model-words.js'
import { PER_SECOND, PRINTED, addFirstToken, addPrinted } from '../phase-time.js'
import { RateList } from '../rate-list.js'
import type { RateReading, RateSetting } from '../rates.js'

const UNIT = `(?:(ms|s|seconds|${PER_SECOND}))?\\s{0,4}(?:\\(\\s{0,8}(${PRINTED})\\s{0,2}${PER_SECOND}\\))?`
const LINE = new RegExp(`^\\s{0,20}([A-Za-z][A-Za-z ()]{2,30}?)\\s{0,20}:\\s{0,20}(${PRINTED})\\s{0,4}${UNIT}\\s{0,20}$`)
/** By the words that its programs have for them: the figures of one run. */
const FIGURES: Readonly<Record<string, string>> = {
  'prefill tokens': 'prefillTokens',
  'prompt length (pp)': 'promptLength',
  'decode steps': 'decodeTokens',
  'decode tokens': 'decodeTokens',
  'generation length (tg)': 'generationLength',
  'prefill total time': 'prefillTime',
  'prefill time': 'prefillTime',
  'prefill time taken': 'prefillTime',
  'llm prefill time': 'llmPrefillTime',
  'decode time': 'decodeTime',
  'decode time taken': 'decodeTime',
  'prefill speed': 'prefillSpeed',
  'prefilling speed': 'prefillSpeed',
  'decode speed': 'decodeSpeed',
  'decoding speed': 'decodeSpeed',
  'load time': 'loadTime',
  ttft: 'ttft',
  'average ttft': 'average',
  'average prefill speed': 'averagePrefillSpeed',
  'average decode speed': 'averageDecodeSpeed',
}

interface Figure {
  readonly value: string
  readonly unit: 's' | 'ms'
  readonly perSecond: string | undefined
  readonly line: number
}

/** Reads runs of mllm's programs: a summary with times and counts, speeds alone, and runs of its benchmark, whose averages are no
 *  further runs. Throws `BadInput`. */
export async function readMllm(source: Source, tools: ImportTools): Promise<RateReading> {
  const list = new RateList(source.name)
  const device = new DeviceWords()
  const run: { -readonly [K in keyof RateSetting]?: RateSetting[K] } = {}
  let figures = new Map<string, Figure>()
  let test = new Map<string, number>()
  let runs = 0
  const flush = (): void => {
    const own = { ...run }
    if (addRun(list, figures, test, () => ({ ...own, device: device.or('') }))) runs++
    figures = new Map()
  }
  await eachLogLine(source, tools, list.skipped, (text, line) => {
    device.see(text)
    seeRun(run, text)
    if (/Performance Summary|^\s{0,20}Run \d{1,6} of \d{1,6}|Average Results|Custom Events|^\s{0,20}={8,}\s{0,20}$/.test(text)) return flush()
    const found = LINE.exec(text)
    const words = found?.[1]!.toLowerCase() ?? ''
    const name = Object.hasOwn(FIGURES, words) ? FIGURES[words] : undefined
    if (found === null || name === undefined) return
    const figure: Figure = { value: found[2]!, unit: found[3] === 'ms' ? 'ms' : 's', perSecond: found[4], line }
    if (name === 'promptLength' || name === 'generationLength') {
      if (name === 'promptLength') {
        flush()
        test = new Map()
        runs = 0
      }
      test.set(name, Number(figure.value))
    } else if (name.startsWith('average')) {
      if (runs > 0) list.skipped.count('average of runs that are read one by one')
      else figures.set(name === 'average' ? 'ttft' : name === 'averagePrefillSpeed' ? 'prefillSpeed' : 'decodeSpeed', figure)
    } else {
      if (figures.has(name)) flush()
      figures.set(name, figure)
    }
  })
  flush()
  return list.reading('mllm-log', 'speeds of mllm that were measured')
}

/** Adds what a run tells; false: it tells nothing of a phase. */
function addRun(list: RateList, figures: ReadonlyMap<string, Figure>, test: ReadonlyMap<string, number>, setting: () => Partial<RateSetting>): boolean {
  let isAny = false
  const load = figures.get('loadTime')
  if (load !== undefined) list.add('load', { tokens: 0, ns: decimalToNs(load.value, load.unit), line: load.line, setting })
  for (const phase of ['prefill', 'decode'] as const) {
    // A picture's encoder is part of the whole prefill, not of the language model's.
    const time = figures.get(phase === 'prefill' ? 'llmPrefillTime' : '') ?? figures.get(`${phase}Time`)
    const speed = figures.get(`${phase}Speed`)
    const perSecond = time?.perSecond ?? speed?.value
    if (time === undefined && speed === undefined) continue
    isAny = true
    const counted = figures.get(`${phase}Tokens`)?.value
    const tokens = counted === undefined ? test.get(phase === 'prefill' ? 'promptLength' : 'generationLength') : Number(counted)
    const line = (time ?? speed)!.line
    addPrinted(list, { phase, tokens, time: tokens === undefined ? undefined : time?.value, unit: time?.unit ?? 's', perSecond, line, setting })
  }
  const first = figures.get('ttft')
  if (first !== undefined) {
    const tokens = Number(figures.get('prefillTokens')?.value ?? test.get('promptLength') ?? 0)
    addFirstToken(list, tokens, decimalToNs(first.value, first.unit), first.line, setting)
  }
  return isAny
}

/** A file of weights. Where no line holds the ending, none is looked for: long lines of `=` are many beginnings. */
const fileIn = (text: string): string | undefined => (text.includes('.mllm') ? /(?:^|[\s=])(\S{1,400}\.mllm)\b/.exec(text)?.[1] : undefined)

function seeRun(run: { -readonly [K in keyof RateSetting]?: RateSetting[K] }, text: string): void {
  const model = /Create Benchmark:\s{1,8}(\S{1,120})/.exec(text)?.[1] ?? fileIn(text)
  if (model !== undefined) {
    run.model = fileOfPath(model)
    run.quant = quantInName(run.model)
  }
  if (/\bQNN|\bQnn|\bHTP\b|_npu\b/.test(text)) Object.assign(run, { backend: 'mllm QNN', processor: 'npu' })
  else if (/\bOpenCL backend|kOpenCL/i.test(text)) Object.assign(run, { backend: 'mllm OpenCL', processor: 'gpu' })
}
