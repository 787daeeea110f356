import type { Spool } from '../trace/spool.js'
import type { ByteStrings } from './byte-strings.js'
import type { Skipped } from './skipped.js'

/** Columns of a node's row; sorted by the first three. Numbers are ids of `names`, -1 for none. */
export const ortRow = {
  startNs: 0,
  order: 1, // of those that begin together, what may hold others is first
  seq: 2,
  durationNs: 18,
  name: 3,
  type: 4,
  provider: 5,
  thread: 6,
  nodeIndex: 7,
  parameterBytes: 8,
  bytes: 9,
  hiddenWeightBytes: 10,
  m: 11,
  n: 12,
  k: 13,
  flops: 14,
  dataType: 15,
  rows: 16,
  facts: 17,
  batch: 19, // sequences; 0: unknown
  session: 20, // counted from 0
  cacheSlots: 21, // of an attention whose cache is a buffer of a fixed length; 0: its shapes are its contents
  cacheBytes: 22, // keys and values of one position
} as const
export const ORT_WIDTH = 23
export const ORT_KEYS = 3
/** Bits of `ortRow.facts`. */
export const HAS_SHAPES = 1
export const HAS_SIZES = 2
/** It calls others: its time is its own time, it computes nothing itself. */
export const IS_CALLER = 4
/** A further piece of an operator that others interrupt. */
export const IS_FURTHER = 8
/** It lies in another node: in the body of a loop it may come again and again. */
export const IS_INNER = 16

/** What a pass over the file gives: nodes in a spool, runs, counts. */
export interface OrtReading {
  readonly nodes: Spool
  readonly names: ByteStrings
  /** `model_run` events: start and end, ns, in the order of the file. */
  readonly modelRuns: { startNs: number; endNs: number }[]
  readonly skipped: Skipped
  /** Some nodes may hold others. */
  readonly isNested: boolean
  readonly isDecoder: boolean
}
