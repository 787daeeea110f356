import type { OpField } from '../trace/trace.js'
import { dataTypes, opKinds, phases, processorNames, type DataType, type OpKind, type Phase, type ProcessorName } from '../trace/words.js'

/** Columns that stand in a line as words of a closed list, as numbers with a least and a greatest value. */
export const wordColumns = { kind: opKinds, phase: phases, dataType: dataTypes, processor: processorNames } as const
const U32 = 2 ** 32 - 1
const SAFE = Number.MAX_SAFE_INTEGER
export const numberColumns = {
  request: [0, U32],
  step: [0, U32],
  layer: [-1, 2 ** 31 - 1],
  tensor: [-1, 2 ** 31 - 1],
  m: [0, U32],
  n: [0, U32],
  k: [0, U32],
  startNs: [0, SAFE],
  durationNs: [0, SAFE],
  flops: [0, SAFE],
  bytes: [0, SAFE],
  rules: [0, 2 ** 16 - 1],
} as const satisfies Partial<Record<OpField, readonly [number, number]>>
/** A line of the interchange behind the header: an op. What is absent is its default: 0, the first word, -1 for `layer`
 *  and `tensor`, no dependencies. Published as schemas/trace-op.schema.json. */
export interface TraceOpLine {
  readonly kind?: OpKind
  readonly phase?: Phase
  readonly dataType?: DataType
  readonly processor?: ProcessorName
  /** One of the header's lanes. */
  readonly lane?: string
  readonly type?: string
  readonly name?: string
  /** Index into the header's requests. */
  readonly request?: number
  readonly step?: number
  readonly layer?: number
  /** Index into the header's tensors. */
  readonly tensor?: number
  readonly m?: number
  readonly n?: number
  readonly k?: number
  /** Whole nanoseconds since the trace began; lines are in this order. */
  readonly startNs: number
  readonly durationNs: number
  readonly flops?: number
  /** Read + written. */
  readonly bytes?: number
  /** Index into the header's rule sets. */
  readonly rules?: number
  /** Ops, counted from 0, that this one waits for; all of them above. */
  readonly after?: readonly number[]
  /** Strings that are numbered before this op's own. */
  readonly strings?: readonly string[]
}
