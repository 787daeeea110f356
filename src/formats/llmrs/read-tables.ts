import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { DeviceWords } from '../device-words.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { Evidence, matchModel } from '../model-match.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'
import type { Run } from './passes.js'
import { RunWriter } from './run-writer.js'
import { TableReader } from './tables.js'

const MAX_RUNS = 1000

/** Op tables of a log become ops: a prefill's totals are shared out over its layers, a decode's over its tokens and their
 *  layers; what a label does is known from the model. Tables of nothing but zeros are counted, every run of the engine in
 *  the file is a request of its own. Throws `BadInput`: no table. */
export async function readLlmrsTables(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const device = new DeviceWords()
  const { runs, backend, quant } = await runsOf(source, tools, skipped, device)
  const named = runs.find(({ model }) => model !== '')?.model ?? ''
  const other = runs.find(({ model }) => model !== '' && model !== named)
  if (other !== undefined) throw new BadInput(other.place, `runs of one model (${named})`, other.model, 'cut the log where the other model is loaded')
  const { layers } = runs.find((run) => run.layers > 0) ?? runs[0]!
  const hints = { name: named, ...(quant === '' ? {} : { quant }), ...(layers > 0 ? { layers } : {}) }
  const match = matchModel(new Evidence(), hints, tools, source.name)
  const drafts = new OpDrafts(source, into, tools)
  const writer = new RunWriter(drafts, match, backend === '' ? 'cpu' : 'gpu', runs.length)
  try {
    for (const [r, run] of runs.entries()) await writer.run(run, r, skipped)
    if (drafts.length === 0)
      throw new BadInput({ file: source.name, byteOffset: 0 }, 'op tables with times', skipped.sentence(), 'a run record or decode steps hold rates: `worldswitch devices fit --from FILE --model M`')
    return await drafts.finish({
      device: device.or(backend === '' ? 'unknown CPU (llm_rs2)' : `unknown GPU (llm_rs2, ${backend})`),
      tool: 'llm_rs2',
      ...(backend === '' ? {} : { runtime: `llm_rs2 (${backend})` }),
      format: 'llmrs-profile',
      note: 'totals an operator: shared out evenly over layers or tokens',
      requests: writer.requests(),
      hints,
      skipped,
      isUnordered: true,
      match,
    })
  } finally {
    drafts.close()
  }
}

async function runsOf(source: Source, tools: ImportTools, skipped: Skipped, device: DeviceWords): Promise<{ runs: Run[]; backend: string; quant: string }> {
  const runs: Run[] = []
  const readers: TableReader[] = []
  let backend = ''
  let quant = ''
  await eachLogLine(source, tools, skipped, (text, line) => {
    const place = { file: source.name, line }
    const loaded = /^Loading model from (\S{1,400})/.exec(text)?.[1]?.split(/[\\/]/).at(-1)
    if (runs.length === 0 || (loaded !== undefined && (readers.at(-1)!.tables.length > 0 || runs.at(-1)!.model !== ''))) {
      if (runs.length === MAX_RUNS) throw new BadInput(place, `at most ${MAX_RUNS} runs`, 'more of them')
      runs.push({ model: '', promptTokens: 0, warmUpTokens: 0, decodeTokens: 0, layers: 0, place, tables: [] })
      readers.push(new TableReader())
    }
    const run = runs.at(-1)!
    readers.at(-1)!.line(text, place)
    if (loaded !== undefined) run.model = loaded
    run.promptTokens = Number(/^Token Length: (\d{1,9})/.exec(text)?.[1] ?? /^Prefill: [\d.]+ ms \((\d{1,9}) tokens/.exec(text)?.[1] ?? run.promptTokens)
    run.warmUpTokens = Number(/^\[WARMUP\] tokens=(\d{1,9})/.exec(text)?.[1] ?? run.warmUpTokens)
    run.decodeTokens = Number(/^Decode: .{0,80}?\[(\d{1,9}) tokens/.exec(text)?.[1] ?? run.decodeTokens)
    run.layers = Number(/layers=(\d{1,5})/.exec(text)?.[1] ?? run.layers)
    backend ||= /\[CUDA/.test(text) ? 'CUDA' : /opencl|noshuffle/i.test(text) ? 'OpenCL' : ''
    quant ||= /weight_dtype=(\w{1,20})/.exec(text)?.[1] ?? ''
    device.see(text)
  })
  for (const [r, run] of runs.entries()) {
    run.tables = readers[r]!.tables
    // A prefill's table says how many layers there are, too.
    if (run.layers === 0) run.layers = run.tables.find(({ phase }) => phase === 'prefill')?.over ?? 0
  }
  return { runs, backend, quant }
}
