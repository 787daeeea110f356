/** The closed vocabularies of a trace. An op stores an index into one of these; order is part of the format:
 *  append only. */
export const opKinds = [
  'other',
  'matmul',
  'attention',
  'norm',
  'activation',
  'rope',
  'embedding',
  'softmax',
  'elementwise',
  'sample',
  'copy',
  'communication',
  'quantise',
  // Recorded round trips (OP-TEE): measured beside operators, never replayed as such.
  'world-switch', // one SMC: the time in the secure world
  'rpc', //          back in the normal world in the middle of a call
  'interrupt', //    a handler that ran before the SMC's return was seen
  'mark', //         a moment that the run wrote down, without duration
  // What a host's runtime does around the work: it computes nothing and moves no data.
  'view', //         a view, a reshape, an allocation
  'dispatch', //     the own time of an operator that only calls others
] as const
export type OpKind = (typeof opKinds)[number]

export const phases = ['other', 'load', 'prefill', 'decode'] as const
export type Phase = (typeof phases)[number]

/** Kinds of recorded world switches and the marks beside them: measured, never replayed as operators. */
export const isSwitchKind = (kind: number): boolean => kind >= opKinds.indexOf('world-switch') && kind <= opKinds.indexOf('mark')

/** Kinds that compute nothing and move no data: on another device they cost its dispatch, whatever they took here. */
export const movesNothing = (kind: number): boolean => kind >= opKinds.indexOf('view')

/** What an op computes in; weights of `int4` may be multiplied in a wider type (the device says which). */
export const dataTypes = ['unknown', 'f32', 'f16', 'bf16', 'int8', 'int4', 'f8', 'f64', 'int32', 'int64', 'f4'] as const
export type DataType = (typeof dataTypes)[number]

export const processorNames = ['cpu', 'npu', 'gpu'] as const
export type ProcessorName = (typeof processorNames)[number]

const indexOf = <T extends string>(words: readonly T[]) => Object.fromEntries(words.map((word, i) => [word, i])) as Record<T, number>

export const kindIndex = indexOf(opKinds)
export const phaseIndex = indexOf(phases)
export const dataTypeIndex = indexOf(dataTypes)
export const processorIndex = indexOf(processorNames)
