import { BadInput, UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import type { Source } from '../trace/source.js'
import type { TraceWriter, WrittenTrace } from '../trace/writer.js'
import type { Format, ImportTools } from './format.js'
import { chakraJson } from './chakra-json.js'
import { chakra } from './chakra.js'
import { chromeTrace } from './chrome-trace.js'
import { etdump } from './etdump.js'
import { executorchInspector } from './executorch-inspector.js'
import { executorchLlmStats } from './executorch-llm-stats.js'
import { ftrace } from './ftrace.js'
import { kineto } from './kineto.js'
import { didYouMean } from './did-you-mean.js'
import { genieProfile } from './genie-profile.js'
import { ggmlGraphProfiler } from './ggml-graph-profiler.js'
import { llamaBatchedBench, llamaSweepBench } from './llama-batched-bench.js'
import { llamaBench } from './llama-bench.js'
import { llamaServerJson } from './llama-server-json.js'
import { litertLm } from './litert-lm.js'
import { llamacppHexagon } from './llamacpp-hexagon.js'
import { llamacppOpencl } from './llamacpp-opencl-profile.js'
import { llamacppLog } from './llamacpp-log.js'
import { testBackendOps } from './llamacpp-test-backend-ops.js'
import { llamacppVulkan } from './llamacpp-vulkan-perf.js'
import { llmrsProfile } from './llmrs-profile.js'
import { mlcLog } from './mlc-log.js'
import { mllmLog } from './mllm-log.js'
import { mnnLog } from './mnn-log.js'
import { nsysSqlite } from './nsys-sqlite.js'
import { ollamaApi, ollamaVerbose } from './ollama-verbose.js'
import { opteeGraph } from './optee-graph.js'
import { ortGenaiBench } from './ort-genai-bench.js'
import { ortProfile } from './ort-profile.js'
import type { RateReading } from './rates.js'
import { perfetto } from './perfetto.js'
import { pytorchEt } from './pytorch-et.js'
import { qnnProfile } from './qnn-profile.js'
import { rkllmLog } from './rkllm-log.js'
import { rknnPerf } from './rknn-perf.js'
import { tableCsv } from './table-csv.js'
import { tableJsonl } from './table-jsonl.js'
import { tfliteOpProfile } from './tflite-op-profile.js'
import { traceCmdDat } from './trace-cmd-dat.js'
import { worldswitchTrace } from './worldswitch-trace.js'

export { exportChakra } from './chakra/export-chakra.js'
export { exportChrome } from './chrome/export-chrome.js'
export { exportTrace } from './worldswitch-export.js'
export type { Format, ImportTools } from './format.js'

/** Every format that is read. To add one: a file with a `Format`, and its line here. */
export const formats: readonly Format[] = [
  worldswitchTrace,
  ortProfile,
  kineto,
  nsysSqlite,
  perfetto,
  pytorchEt,
  chakra,
  chakraJson,
  chromeTrace,
  llamacppHexagon,
  llamacppOpencl,
  llamacppVulkan,
  ggmlGraphProfiler,
  testBackendOps,
  llamacppLog,
  llamaBench,
  llamaBatchedBench,
  llamaSweepBench,
  llamaServerJson,
  ollamaVerbose,
  ollamaApi,
  litertLm,
  llmrsProfile,
  rkllmLog,
  genieProfile,
  mnnLog,
  mlcLog,
  mllmLog,
  ortGenaiBench,
  rknnPerf,
  qnnProfile,
  tfliteOpProfile,
  executorchInspector,
  executorchLlmStats,
  etdump,
  ftrace,
  traceCmdDat,
  opteeGraph,
  tableCsv,
  tableJsonl,
]

/** Whether a file is a graph without times, of use only beside another one. */
export const isStructure = ({ name, head }: Source): boolean => pytorchEt.detect({ name, bytes: head, text: new TextDecoder().decode(head) }).answer === 'yes'

/** What a caller wants of a file: ops for the store, or rates for a device. */
export type Wants = 'trace' | 'rates'

/** The format of a source by its content, or the one that `forced` names. Throws `BadInput` when none or several say
 *  yes, with the reason of each that was considered; `UsageFault` for an unknown `forced`. */
export function detectFormat(source: Source, forced?: string, wants: Wants = 'trace'): Format {
  const { name, head } = source
  if (head.length === 0) throw new BadInput({ file: name }, 'a trace', 'an empty file')
  const isWanted = (format: Format): boolean => (wants === 'trace' ? format.read : format.readRates) !== undefined
  if (forced !== undefined) return useful(source, formatCalled(forced), isWanted, wants)
  const text = new TextDecoder().decode(head)
  const answers = formats.map((format) => ({ format, ...format.detect({ name, bytes: head, text }) }))
  const saying = (answer: string) => answers.filter((one) => one.answer === answer).map(({ format }) => format)
  for (const found of [saying('yes'), saying('general')]) {
    const wanted = found.filter(isWanted)
    if (wanted.length === 1) return wanted[0]!
    if (wanted.length > 1)
      throw new BadInput({ file: name }, 'one format', wanted.map(({ id }) => id).join(' and '), 'say which with --format')
    if (found.length > 0) return useful(source, found[0]!, isWanted, wants)
  }
  const considered = reasonsOf(answers.map(({ format, why }) => ({ id: format.id, why })))
  throw new BadInput(
    { file: name, byteOffset: 0 },
    'a trace in a known format',
    whatItIs(head, text),
    `considered: ${considered}; any other table: --format csv or jsonl with --map`,
  )
}

function formatCalled(id: string): Format {
  const format = formats.find((one) => one.id === id)
  if (format !== undefined) return format
  const ids = formats.map((one) => one.id)
  throw new UsageFault(`unknown format ${quoteFound(id)}`, didYouMean(id, ids))
}

function useful(source: Source, format: Format, isWanted: (format: Format) => boolean, wants: Wants): Format {
  if (isWanted(format)) return format
  const what = format.content.includes('structure') ? 'a graph without times' : wants === 'trace' ? 'rates' : 'ops'
  const hint =
    wants === 'rates'
      ? 'import it, and replay it'
      : what === 'rates'
        ? 'rates become no ops: `worldswitch devices fit --from FILE --model M` makes device parameters of them'
        : 'import it together with the timeline of the same run: import TIMELINE --join FILE'
  throw new BadInput({ file: source.name, byteOffset: 0 }, wants === 'trace' ? 'ops with durations' : 'rates', `${what} (${format.id})`, hint)
}

/** `not JSON (kineto, ort-profile), no … (rknn-perf)`: formats by the reason why not. */
function reasonsOf(answers: readonly { readonly id: string; readonly why: string }[]): string {
  const byReason = new Map<string, string[]>()
  for (const { id, why } of answers) byReason.set(why, [...(byReason.get(why) ?? []), id])
  return [...byReason].map(([why, ids]) => `${why} (${ids.join(', ')})`).join(', ')
}

/** The rates of a source. Throws `BadInput`. */
export async function readRates(source: Source, tools: ImportTools, forced?: string): Promise<RateReading> {
  return detectFormat(source, forced, 'rates').readRates!(source, tools)
}

/** Reads a source into `into` and ends it. Memory stays flat where `tools.spool` does. Throws `BadInput`. */
export async function readTrace(source: Source, into: TraceWriter, tools: ImportTools, forced?: string): Promise<WrittenTrace> {
  const format = detectFormat(source, forced)
  return into.finish(await format.read!(source, into, tools))
}

const magics: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], 'gzip inside (inflate it once more)'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd inside (decompress it once more)'],
  [[0x50, 0x4b, 3, 4], 'a zip archive'],
  [[0xff, 0xfe], 'UTF-16 text (save it as UTF-8)'],
  [[0xfe, 0xff], 'UTF-16 text (save it as UTF-8)'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'a SQLite database of another kind'],
  [[0x17, 0x08, 0x44], 'a trace-cmd recording'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF'],
]

function whatItIs(head: Uint8Array, text: string): string {
  const magic = magics.find(([bytes]) => bytes.every((byte, i) => head[i] === byte))
  if (magic !== undefined) return magic[1]
  if (head.includes(0)) return 'binary data'
  const start = text.trimStart().slice(0, 40)
  if (start === '') return 'nothing but blanks'
  if (start.startsWith('{') || start.startsWith('[')) return `JSON of another kind: ${start}`
  return `text: ${start}`
}
