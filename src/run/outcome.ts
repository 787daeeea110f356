import type { Counts, NsByCause, WindowResult } from './result.js'
import type { Shares } from './shares.js'

/** What a study keeps of a replayed cell. Times of causes and counts are sums over its requests, so they stay whole. */
export interface CellSummary {
  readonly requests: number
  /** Tokens that came out. */
  readonly tokens: number
  /** Means over the requests; TPOT null without decode steps. */
  readonly ttftNs: number
  readonly tpotNs: number | null
  readonly e2eNs: number
  /** Exposed, by window: they sum to the windows' lengths. */
  readonly ttftExposedNs: NsByCause
  readonly decodeExposedNs: NsByCause
  /** All task time, hidden or not. */
  readonly busyNs: NsByCause
  readonly outsideNs: NsByCause
  readonly ttftCounts: Counts
  readonly decodeCounts: Counts
  /** Share of compute time that was predicted, not recorded on this device and processor. */
  readonly predictedShare: number
  readonly shares: Shares
  /** What the normal world paid over the run; null: a recorded request alone, with no time before or after it. */
  readonly tax: CellTax | null
  /** More requests came than could be served: means would grow with the workload's length. */
  readonly saturated: boolean
  readonly warnings: readonly string[]
}

/** Means over the run, from its ledgers. */
export interface CellTax {
  /** Denied to the normal world. */
  readonly meanHeldBytes: number
  readonly peakHeldBytes: number
  /** Of its work, lost to stage-2 translation. */
  readonly stage2CostShare: number
  /** Of its pages, swapped out to make room. */
  readonly swappedBytes: number
  readonly npuJobsMissed: number
}

/** How a cell ended: replayed; refused (a combination or draw that cannot be, with the reason); failed after its tries. */
export type CellOutcome =
  | { readonly state: 'done'; readonly summary: CellSummary; readonly windows: readonly WindowResult[]; readonly tasks?: CellTasks }
  | { readonly state: 'refused' | 'failed'; readonly message: string }

/** A cell's tasks as they ran: columns of equal length by name (`taskColumns`, start and holder). */
export interface CellTasks {
  readonly length: number
  readonly columns: Readonly<Record<string, Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>>
}

/** A finished cell under its key. */
export interface KeyedOutcome {
  readonly key: string
  readonly outcome: CellOutcome
}
