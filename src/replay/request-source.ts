import type { Trace, TraceModel } from '../trace/trace.js'
import type { MemoryEvent, NpuEvent } from '../trace/workload.js'
import type { Unit } from './factors.js'
import { opsByRequest } from './lower-ops.js'

export interface ServedRequest {
  readonly id: string
  /** Index into the source's models; -1: unknown. */
  readonly model: number
  /** Not before this. */
  readonly arrivalNs: number
  /** Requests (indices, all lower) whose last token it waits for, and how long after the last of them. */
  readonly after: readonly number[]
  readonly thinkNs: number
  readonly workflow?: string
  /** Its KV cache is kept for the next turn of the same conversation. */
  readonly session?: string
  readonly promptTokens: number
  readonly outputTokens: number
}

/** Where requests come from: a trace that holds their operators, or a workload whose operators follow from models. */
export interface RequestSource {
  readonly requests: readonly ServedRequest[]
  readonly models: readonly TraceModel[]
  readonly memory: readonly MemoryEvent[]
  readonly npu: readonly NpuEvent[]
  /** The trace that holds all operators; absent: they follow from models. */
  readonly trace?: Trace
  /** A model's weights by restoration unit, in order. */
  units(model: number): readonly Unit[]
  /** The operators of a request, in order, when the KV cache holds `pastTokens` and `promptTokens` more are to come. */
  ops(request: number, pastTokens: number, promptTokens: number): { readonly trace: Trace; readonly ops: Uint32Array }
}

/** The requests that a trace recorded. */
export function traceRequests(trace: Trace): RequestSource {
  const ops = opsByRequest(trace)
  return {
    requests: trace.header.requests.map((request) => ({ ...request, after: [], thinkNs: 0 })),
    models: trace.header.models,
    memory: [],
    npu: [],
    trace,
    units: (model) => weightUnits(trace, model),
    ops: (request) => ({ trace, ops: ops[request]! }),
  }
}

/** Summed over the model's weight tensors. */
export function weightUnits(trace: Trace, model: number): Unit[] {
  const byLayer = new Map<number, number>()
  for (const tensor of trace.header.tensors)
    if (tensor.role === 'weight' && tensor.model === model && tensor.bytes > 0) byLayer.set(tensor.layer, (byLayer.get(tensor.layer) ?? 0) + tensor.bytes)
  return [...byLayer].sort(([a], [b]) => a - b).map(([layer, bytes]) => ({ content: 'weights', layer, bytes }))
}
