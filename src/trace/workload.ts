/** Requests placed in time, and what the normal world wants meanwhile. Plain JSON: a user's workload is such a file.
 *  Times are whole ns since the workload began, sizes whole bytes. Operators are not in it: each request's follow from
 *  its model, prompt and output, when it is served. */
export const WORKLOAD_SCHEMA = 'worldswitch-workload/1'

export interface WorkloadModel {
  /** An id of `worldswitch models`. */
  readonly id: string
  /** As stored: an id of the quantisations. */
  readonly quant: string
}

export interface WorkloadRequest {
  readonly id: string
  /** Index into `models`. */
  readonly model: number
  /** Not before this. With `after`: when those have ended and `thinkNs` has passed, if that is later. */
  readonly arrivalNs: number
  /** Ids of requests whose last token this one waits for: a workflow is a DAG of them, known in advance. */
  readonly after?: readonly string[]
  /** Between the last of `after` and this arrival. */
  readonly thinkNs?: number
  /** Its end to end is reported as one: from the first arrival to the last end. */
  readonly workflow?: string
  /** A conversation: the KV cache of earlier turns can be reused; `promptTokens` are then this turn's new ones. */
  readonly session?: string
  readonly promptTokens: number
  readonly outputTokens: number
}

/** From `atNs` on the normal world holds `demandBytes`, operating system included. */
export interface MemoryEvent {
  readonly atNs: number
  readonly demandBytes: number
}

/** A job of the normal world that wants the NPU. `deadlineNs` counts from its arrival. */
export interface NpuEvent {
  readonly id: string
  readonly atNs: number
  readonly durationNs: number
  readonly deadlineNs?: number
}

export interface Workload {
  readonly schema: typeof WORKLOAD_SCHEMA
  readonly name: string
  /** What it stands for and what is assumed in it, in a sentence or two. */
  readonly note: string
  /** How it was made: `worldswitch synth workload …`, or by whom. */
  readonly source: string
  readonly models: readonly WorkloadModel[]
  /** Ids are unique; `after` names earlier ones of the list. */
  readonly requests: readonly WorkloadRequest[]
  /** In order of `atNs`; before the first, the cell's pressure. */
  readonly memory: readonly MemoryEvent[]
  /** In order of `atNs`. */
  readonly npu: readonly NpuEvent[]
}
