import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { RateList } from '../rate-list.js'
import type { RateReading } from '../rates.js'
import { BatchedTable } from './batched-row.js'
import { BenchTable } from './bench-row.js'
import { footerOf } from './footer-line.js'
import { LoadedModel } from './loaded-model.js'
import { LogTimings } from './log-timings.js'

/** Reads all that llama.cpp's programs print of their own speed: timings of a run, of a server's requests, the footer of
 *  llama-cli, tables of llama-bench, llama-batched-bench and llama-sweep-bench among them. Each is of the model that was
 *  loaded before it. Throws `BadInput`. */
export async function readLog(source: Source, tools: ImportTools, format = 'llamacpp-log'): Promise<RateReading> {
  const rates = new RateList(source.name)
  const model = new LoadedModel()
  const bench = new BenchTable(rates.settings, rates.skipped)
  const batched = new BatchedTable(rates)
  const timings = new LogTimings(rates, model)
  await eachLogLine(source, tools, rates.skipped, (text, line) => {
    const test = bench.line(text, { line })
    if (test !== undefined) return rates.addWhole(test)
    const load = model.current
    const setting = () => model.setting(load)
    if (batched.line(text, line, setting)) return timings.ofWholeBenchmark()
    if (text.startsWith('{') && text.includes('"t_pp"')) {
      const record = recordOf(text)
      if (record === undefined) rates.skipped.count('JSON that is cut')
      else if (batched.json(record, line, setting)) timings.ofWholeBenchmark()
      return
    }
    const footer = footerOf(text)
    if (footer !== undefined) {
      timings.footer(footer, line)
      model.timed()
      return
    }
    model.line(text)
    timings.line(text, line)
  })
  return rates.reading(format, 'timings of llama.cpp that were measured')
}

function recordOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}
