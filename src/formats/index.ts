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
import { Detection, type Found, type Wants } from './detection.js'
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
export type { Found, Wants } from './detection.js'

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

/** Formats that their first bytes tell: JSON as a whole, binary files, and those that only a user names. All others are lines. */
const documents: ReadonlySet<Format> = new Set([worldswitchTrace, ortProfile, kineto, nsysSqlite, perfetto, pytorchEt, chakra, chakraJson, chromeTrace, etdump, traceCmdDat, tableCsv, tableJsonl])
const detection = new Detection(formats, documents)

/** The format of a source by its first bytes, or the one that `forced` names. Throws `BadInput` when none or several say
 *  yes, with the reason of each that was considered; `UsageFault` for an unknown `forced`. */
export const detectFormat = (source: Source, forced?: string, wants?: Wants): Format => detection.ofHead(source, forced, wants)

/** As `detectFormat`, wherever in a text the format begins; what is found is read from the source that stands with it. */
export const findFormat = (source: Source, forced?: string, wants?: Wants): Promise<Found> => detection.find(source, forced, wants)

/** The rates of a source. Throws `BadInput`. */
export async function readRates(source: Source, tools: ImportTools, forced?: string): Promise<RateReading> {
  const found = await findFormat(source, forced, 'rates')
  return found.format.readRates!(found.source, tools)
}

/** Reads a source into `into` and ends it. Memory stays flat where `tools.spool` does. Throws `BadInput`. */
export async function readTrace(source: Source, into: TraceWriter, tools: ImportTools, forced?: string): Promise<WrittenTrace> {
  const found = await findFormat(source, forced)
  return into.finish(await found.format.read!(found.source, into, tools))
}
