import type { Table } from './columns.js'

/** Requests that a replay can tell apart (`run/tasks.ts`): a trace of more is refused where it is written. */
export const MOST_REQUESTS = 2 ** 17 - 1

export const TRACE_SCHEMA = 'worldswitch-trace/1'

/** The op table: row i of every column is op i, in order of `startNs` (ties: the order of the recording).
 *  Numbers are whole; -1 stands for none. Order of columns is the order in the store and in the content hash. */
export const opColumns = {
  kind: Uint8Array, //        index into `opKinds`
  phase: Uint8Array, //       index into `phases`
  dataType: Uint8Array, //    index into `dataTypes`
  processor: Uint8Array, //   index into `processorNames`
  lane: Uint16Array, //       index into `header.lanes`: the thread or stream it ran on
  request: Uint32Array, //    index into `header.requests`
  step: Uint32Array, //       0 the prefill, k the k-th decode step
  layer: Int32Array, //       0-based; -1: none (embedding, head, sampling)
  type: Uint32Array, //       index into `strings`: the recorder's word for the kind (`MatMulNBits`)
  name: Uint32Array, //       index into `strings`: the node or kernel
  tensor: Int32Array, //      index into `header.tensors`: the weight it reads; -1: none or unknown
  m: Uint32Array, //          rows of a matmul's output (tokens); 0: not a matmul or unknown
  n: Uint32Array, //          columns of its output
  k: Uint32Array, //          the inner dimension
  startNs: Float64Array, //   since the trace began; integers, exact to 2^53
  durationNs: Float64Array,
  flops: Float64Array,
  bytes: Float64Array, //     read + written, weights included
  rules: Uint16Array, //      index into `ruleSets`: which fields were inferred, by which rule
} as const
export type OpColumns = typeof opColumns
export type OpTable = Table<OpColumns>
export type OpField = keyof OpColumns

/** Dependencies in compressed rows: op i waits for `to[first[i]] … to[first[i + 1] - 1]`, all below i. */
export interface Edges {
  readonly first: Uint32Array
  readonly to: Uint32Array
}

export interface TraceModel {
  readonly id: string
  readonly layers: number
  readonly weightBytes: number
  /** As stored: `int8`, `q8_0`, `w4`, `f16`, … or the recorder's own word. */
  readonly quant: string
  readonly hidden?: number
  readonly vocab?: number
  /** Key and value rows of one token, all layers. */
  readonly kvBytesPerToken?: number
}

export interface TraceTensor {
  readonly name: string
  /** Index into `models`. */
  readonly model: number
  readonly role: 'weight' | 'kv' | 'activation'
  /** -1: the embedding, restored first; 0 … layers-1; `layers`: final norm and head. */
  readonly layer: number
  readonly bytes: number
}

export interface TraceRequest {
  readonly id: string
  /** Index into `models`; -1: unknown. */
  readonly model: number
  readonly arrivalNs: number
  readonly promptTokens: number
  readonly outputTokens: number
  /** Sequences that were computed together as one batch, whose tokens the counts above are of one; absent: one. */
  readonly batch?: number
}

/** An unprofiled run beside the profiled one: what profiling itself cost. Whole ns, one value a step. */
export interface UnprofiledRun {
  readonly profiledStepNs: readonly number[]
  readonly unprofiledStepNs: readonly number[]
}

export interface Provenance {
  /** `recorded`, `synthetic` or `imported`. */
  readonly how: 'recorded' | 'synthetic' | 'imported'
  readonly tool: string
  readonly command?: string
  readonly machine?: string
  readonly runtime?: string
  readonly format?: string
  /** What is real in it and what is not, in a sentence. */
  readonly note?: string
  readonly unprofiled?: UnprofiledRun
  /** The machine was emulated: structure is real, times are the emulator's. */
  readonly emulated?: true
}

/** A law of plausibility that ops of a recording broke (`trace/plausibility.ts`). */
export interface Doubt {
  /** The law's id: `bytes-rate`, `stream-overlap`, … */
  readonly law: string
  /** How many ops broke it, and how long they took; 0 where it is about the whole recording. */
  readonly ops: number
  readonly ns: number
  /** What was found and what was done about it, as a sentence. */
  readonly words: string
}

/** Which fields of an op an importer had to guess, and by which rule: `{ phase: 'sequence-length' }`. */
export type RuleSet = Readonly<Record<string, string>>

/** Calls of the secure world as a recording itself shows them begin and end. Ops cannot tell it: of a call that is cut at the head
 *  or the tail of a recording, or by events that are lost, there may be none. */
export interface RecordedCalls {
  /** Their begin was recorded. */
  readonly started: number
  /** Their begin and their end were. */
  readonly whole: number
  /** Their begin was not: they are counted beside those that started. */
  readonly headless: number
  /** Their end was not, whether their begin was or not. */
  readonly unfinished: number
  /** Round trips that were refused for want of a secure thread. */
  readonly refused: number
}

/** Everything of a trace but its ops and strings; plain JSON. */
export interface TraceHeader {
  readonly schema: typeof TRACE_SCHEMA
  readonly name: string
  /** The machine that it was recorded on, in the file's own words; of a synthetic trace the profile's id. */
  readonly device: string
  /** The id of the device profile that this machine is; absent: nobody said and no alias fits. */
  readonly profile?: string
  readonly provenance: Provenance
  readonly lanes: readonly string[]
  readonly models: readonly TraceModel[]
  readonly tensors: readonly TraceTensor[]
  readonly requests: readonly TraceRequest[]
  /** `explicit`: `after` is the whole truth. `program-order`: ops of one lane also follow each other. */
  readonly dependencies: 'explicit' | 'program-order'
  readonly ruleSets: readonly RuleSet[]
  /** What the importer left out: reason → count. */
  readonly skipped: Readonly<Record<string, number>>
  /** Laws of plausibility that the recording broke; absent: none. */
  readonly doubts?: readonly Doubt[]
  /** Of recorded world switches; absent: none, or whoever wrote the trace did not say. */
  readonly calls?: RecordedCalls
}

export interface Trace {
  readonly header: TraceHeader
  readonly strings: readonly string[]
  readonly ops: OpTable
  readonly after: Edges
  /** SHA-256 of the content (`TraceWriter`), 64 hex digits; the name is not part of it. */
  readonly hash: string
}
