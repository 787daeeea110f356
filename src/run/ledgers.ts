/** Where bytes were, who had the NPU, and what all of it cost the normal world. Whole ns and bytes. */
export interface Ledgers {
  readonly memory: MemoryLedger
  readonly npu: NpuLedger
  readonly tax: TaxLedger
}

/** How the LLM's bytes lie at a moment. */
export const memoryModes = ['unprotected', 'encrypted', 'plaintext', 'uncleared', 'reserved'] as const
export type MemoryMode = (typeof memoryModes)[number]

/** From `atNs` on, in bytes: not out of the normal world's reach; protected and not decrypted yet; protected with
 *  secrets; given back uncleared; set aside and empty. And what the normal world holds. */
export type MemoryPoint = { readonly atNs: number; readonly normalBytes: number } & { readonly [M in MemoryMode]: number }

export interface MemoryLedger {
  readonly sizeBytes: number
  readonly peakHeldBytes: number
  readonly peakProtectedBytes: number
  /** Memory minus what the LLM held, at its least; what the normal world wanted beyond it was swapped. */
  readonly leastLeftBytes: number
  /** Changes, thinned to at most 400: each stretch keeps its highest total. */
  readonly points: readonly MemoryPoint[]
}

export interface NpuLedger {
  readonly modeSwitches: number
  /** Share of the run's time that the NPU belongs to the secure world between switches; null: it changes with each job. */
  readonly secureShare: number | null
  readonly busyShare: number
  readonly jobs: {
    readonly count: number
    /** Ended later than their deadline. */
    readonly missed: number
    /** Ending beyond what the job itself takes. */
    readonly delayNs: Distribution | null
  }
}

export interface Distribution {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface TaxLedger {
  /** Bytes × ns denied to the normal world, and their mean over the run. */
  readonly heldByteNs: number
  readonly meanHeldBytes: number
  readonly stage2ActiveNs: number
  readonly stage2ActiveShare: number
  /** Of the normal world's work, lost to stage-2: active share × its on-cost. */
  readonly stage2CostShare: number
  readonly recalls: {
    readonly count: number
    readonly bytes: number
    /** Asked for and not given up by anybody. */
    readonly unmetBytes: number
    readonly latencyNs: Distribution | null
    /** Each recall's latency, in order of time. */
    readonly eachNs: readonly number[]
  }
  /** Of the normal world, to make room for the LLM or for itself. */
  readonly swappedBytes: number
}
