import { availableParallelism } from 'node:os'
import { BrokenLaw, UsageFault } from '../base/errors.js'
import { commandLine } from '../base/shell.js'
import { readTrace } from '../formats/index.js'
import { decoderOf, type DecoderRequest } from '../record/decoder.js'
import { median, type Overhead } from '../record/overhead.js'
import { recording, type RecordOptions, type Recording } from '../record/record.js'
import { loadRuntime } from '../record/runtime.js'
import { isUtf8, openSource } from '../store/file-source.js'
import { fileSpools } from '../store/file-spool.js'
import { openStore, type ImportedTrace, type Store } from '../store/store.js'
import { checkTraceFile, writeTraceFile } from './trace-file.js'

export interface RecordTraceOptions
  extends Pick<RecordOptions, 'promptTokens' | 'outputTokens' | 'threads' | 'seed' | 'rounds' | 'keepProfile' | 'onProgress'> {
  readonly request: DecoderRequest
  readonly dbPath: string
  /** Of the stored trace; by default model, prompt and output. */
  readonly name?: string | undefined
  /** A file to write the trace to as well. */
  readonly out?: string | undefined
  /** Where onnxruntime-node is; by default the working folder or beside this program. */
  readonly runtimeFolder?: string | undefined
}

export interface RecordedTrace {
  readonly name: string
  readonly hash: string
  readonly ops: number
  readonly existed: boolean
  readonly model: string
  readonly promptTokens: number
  readonly outputTokens: number
  readonly weightBytes: number
  /** Of the unprofiled run beside the kept one: the prefill, and the median decode step (null without one). */
  readonly prefillNs: number
  readonly stepNs: number | null
  readonly overhead: Overhead
  readonly otherLoadShare: number
}

/** Records a decoder on this machine and stores the trace. Throws `UsageFault`: a shape that does not fit itself or
 *  this machine, no onnxruntime-node. Nothing is stored then, and no file of the recording stays. */
export async function recordTrace(options: RecordTraceOptions): Promise<RecordedTrace> {
  const { promptTokens, outputTokens, threads } = options
  const decoder = decoderOf(options.request)
  const cores = availableParallelism()
  if (threads > cores)
    throw new UsageFault(`--threads ${threads} is more than this machine runs at once`, `choose at most ${cores}`)
  if (options.out !== undefined) await checkTraceFile(options.out)
  const runtime = await loadRuntime(options.runtimeFolder, process.cwd())
  const name = options.name ?? `${decoder.id}-p${promptTokens}-o${outputTokens}`
  const command = commandOf(options)
  const store = openStore(options.dbPath)
  try {
    return await recording({ ...options, decoder, runtime, command }, async (made) => {
      const stored = await storeRecording(store, made, name)
      if (options.out !== undefined) await writeTraceFile(store.load(stored.hash), options.out)
      const { unprofiledStepNs } = made.facts.provenance.unprofiled!
      return {
        name: stored.name,
        hash: stored.hash,
        ops: stored.ops,
        existed: stored.existed,
        model: decoder.id,
        promptTokens,
        outputTokens,
        weightBytes: made.facts.models[0]!.weightBytes,
        prefillNs: unprofiledStepNs[0]!,
        stepNs: outputTokens === 1 ? null : median(unprofiledStepNs.slice(1)),
        overhead: made.overhead,
        otherLoadShare: made.otherLoadShare,
      }
    })
  } finally {
    store.close()
  }
}

/** The profile through its importer, with what the recorder knows of the graph. */
async function storeRecording(store: Store, made: Recording, name: string): Promise<ImportedTrace> {
  const source = await openSource(made.profilePath)
  const spools = fileSpools()
  try {
    return await store.importTrace(name, async (writer) => {
      const header = await readTrace(source, writer, { spool: spools.spool, graph: made.facts, isUtf8, name }, 'ort-profile')
      if (writer.opCount !== made.nodeEvents)
        throw new BrokenLaw(`the profile has ${made.nodeEvents} operators, the trace made of it ${writer.opCount}`)
      return header
    })
  } finally {
    spools.close()
  }
}

/** The command that records this again: no path, no name. */
function commandOf({ request, promptTokens, outputTokens, threads, rounds, seed }: RecordTraceOptions): string {
  const shape = [
    ['model', request.model],
    ['layers', request.layers],
    ['hidden', request.hidden],
    ['heads', request.heads],
    ['kv-heads', request.kvHeads],
    ['ffn', request.ffn],
    ['vocab', request.vocab],
    ['prompt', promptTokens],
    ['output', outputTokens],
    ['threads', threads],
    ['rounds', rounds],
    ['seed', seed],
  ] as const
  const words = shape.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, String(value)]))
  return commandLine(['worldswitch', 'record', ...words])
}
