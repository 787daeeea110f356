import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { Settings, isRateTime, type Rate, type RateReading, type RateSubject } from '../rates.js'
import { Skipped } from '../skipped.js'
import { BenchTable, processorOfBackend } from './bench-row.js'

const TIMING = /llama_(?:perf_context_print|print_timings):\s{1,20}(load|prompt eval|eval|total) time =\s{0,20}([\d.]{1,20}|nan|inf) ms(?: \/\s{0,20}(\d{1,12}) (tokens|runs))?/
const BUFFER = /(\S{1,60})\s{1,10}model buffer size =\s{0,10}([\d.]{1,20}) MiB/
const MAX_RATES = 200_000

/** Reads the timings of every run in a log, and rows of llama-bench among them. A time of 0 (a bench does not fill it
 *  in) is no measurement: counted. The model's buffers are those printed last before. Throws `BadInput`. */
export async function readLog(source: Source, tools: ImportTools): Promise<RateReading> {
  const skipped = new Skipped()
  const settings = new Settings()
  const table = new BenchTable(settings, skipped)
  const rates: Rate[] = []
  let model = ''
  let quant = ''
  let device = ''
  let buffers = new Map<string, number>()
  let isLoaded = false
  const setting = (): number =>
    settings.of({
      model,
      quant,
      device,
      modelBytes: Math.round([...buffers.values()].reduce((sum, mib) => sum + mib, 0) * 2 ** 20),
      backend: [...buffers.keys()].join(', '),
      processor: processorOfBackend([...buffers].filter(([, mib]) => mib > 1).map(([name]) => name).join(' ')),
    })
  const add = (subject: RateSubject, ns: number, line: number): void => {
    if (rates.length === MAX_RATES) throw new BadInput({ file: source.name, line }, `at most ${MAX_RATES} timings`, 'more of them')
    rates.push({ subject, ns, sdNs: -1, runs: 1, samplesNs: [], setting: setting(), line, inferred: {} })
  }
  await eachLogLine(source, tools, skipped, (text, line) => {
    const bench = table.line(text, { line })
    if (bench !== undefined) {
      if (rates.length < MAX_RATES) rates.push(bench)
      return
    }
    model = /general\.name\s+(?:str\s*)?=\s*(\S.{0,120}?)\s*$/.exec(text)?.[1] ?? model
    quant = /file type\s+=\s*(\S{1,40})/.exec(text)?.[1] ?? quant
    device = /(?:device:|selected device|Device description:)\s*'?(\S.{0,120}?)'?\s*$/.exec(text)?.[1] ?? device
    const buffer = BUFFER.exec(text)
    if (buffer !== null) {
      // The first buffer behind a run's timings is another load's.
      if (isLoaded) buffers = new Map()
      isLoaded = false
      if (buffers.size < 64) buffers.set(buffer[1]!, Number(buffer[2]))
      return
    }
    const found = TIMING.exec(text)
    if (found === null) return
    isLoaded = true
    const [, what, ms, countText] = found
    const ns = decimalToNs(ms!, 'ms')
    const tokens = Number(countText ?? 0)
    if (!isRateTime(ns)) return skipped.count('timing that was not measured (0, inf or nan)')
    if (what === 'load') add({ of: 'phase', phase: 'load', tokens: 0, past: 0 }, ns, line)
    else if (what === 'total') add({ of: 'phase', phase: 'mixed', tokens, past: 0 }, ns, line)
    else if (tokens > 0) add({ of: 'phase', phase: what === 'eval' ? 'decode' : 'prefill', tokens, past: 0 }, ns, line)
  })
  if (rates.length === 0) throw new BadInput({ file: source.name, byteOffset: 0 }, 'timings of llama.cpp that were measured', skipped.sentence())
  return { format: 'llamacpp-log', settings: settings.list, rates, skipped: skipped.record() }
}
