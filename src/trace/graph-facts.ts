import type { DataType, OpKind } from './words.js'
import type { Provenance, TraceModel, TraceRequest, TraceTensor } from './trace.js'

export const GRAPH_SCHEMA = 'worldswitch-graph/1'

/** What is known of one node of the graph that a profile was recorded from. */
export interface GraphNode {
  /** Index into `tensors`: the weight that it reads. */
  readonly tensor?: number
  readonly kind?: OpKind
  readonly dataType?: DataType
  /** 0-based; absent: none. */
  readonly layer?: number
  /** Columns of a matmul's output. */
  readonly n?: number
  /** Its inner dimension. */
  readonly k?: number
  /** Of the weights that it reads, as stored (packed values, scales, zero points). */
  readonly weightBytes?: number
}

/** The sidecar of a profile: what the recorder knows from the graph and a profiler does not say. */
export interface GraphFacts {
  readonly schema: typeof GRAPH_SCHEMA
  readonly device: string
  readonly models: readonly TraceModel[]
  readonly tensors: readonly TraceTensor[]
  readonly requests: readonly TraceRequest[]
  /** By node name. */
  readonly nodes: Readonly<Record<string, GraphNode>>
  readonly provenance: Provenance
}
