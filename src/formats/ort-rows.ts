import type { Spool } from '../trace/spool.js'
import type { ByteStrings } from './byte-strings.js'
import type { Skipped } from './skipped.js'

/** Columns of a node's row; sorted by the first two. Numbers are ids of `names`, -1 for none. */
export const ortRow = {
  startNs: 0,
  seq: 1,
  durationNs: 2,
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
} as const
export const ORT_WIDTH = 18
/** Bits of `ortRow.facts`. */
export const HAS_SHAPES = 1
export const HAS_SIZES = 2

/** What a pass over the file gives: nodes in a spool, runs, counts. */
export interface OrtReading {
  readonly nodes: Spool
  readonly names: ByteStrings
  /** `model_run` events: start and end, ns, in the order of the file. */
  readonly modelRuns: { startNs: number; endNs: number }[]
  readonly skipped: Skipped
}
