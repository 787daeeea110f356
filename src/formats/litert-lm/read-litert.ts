import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { RateList } from '../rate-list.js'
import type { RateReading } from '../rates.js'
import { BenchmarkInfo } from './benchmark-info.js'
import { CliResults } from './cli-results.js'
import { Machine } from './machine.js'
import { SignatureRuns } from './signature-runs.js'

/** Reads the forms in which LiteRT-LM and its runtime print benchmarks. Throws `BadInput`. */
export async function readLitert(source: Source, tools: ImportTools): Promise<RateReading> {
  const rates = new RateList(source.name)
  let machine = new Machine()
  let info = new BenchmarkInfo(rates, machine)
  const results = new CliResults(rates)
  const runs = new SignatureRuns(rates)
  await eachLogLine(source, tools, rates.skipped, (text, line) => {
    if (/\bBenchmarkInfo:/.test(text)) {
      info.end()
      info = new BenchmarkInfo(rates, machine)
      return
    }
    if (info.line(text, line)) return
    if (/^\s*Benchmarking model:/.test(text)) {
      info.end()
      machine = new Machine()
      info = new BenchmarkInfo(rates, machine)
    }
    machine.line(text)
    results.line(text, line, machine)
    runs.line(text, line, machine)
  })
  info.end()
  return rates.reading('litert-lm', 'turns of LiteRT-LM with a time')
}
