export interface AsRecordedRow {
  machine: string
  /** From the first start to the last end; of it, how long at least one operator ran, and how long none did. */
  spanNs: number
  busyNs: number
  /** Null: the file has durations without starts. */
  idleNs: number | null
  idlePerStepNs: number | null
  steps: number
  /** Sums over operators by processor; null: none ran there. */
  cpuNs: number | null
  gpuNs: number | null
  npuNs: number | null
  prefillNs: number | null
  decodeStepNs: number | null
  /** What an unprotected replay of it takes here, and over the recording's own span; null: none was made. */
  replayedNs: number | null
  ratio: number | null
}
/** A policy's row in a report: without a prefill the run time stands where the TTFT would. */
export interface ComparedRow extends Omit<ComparisonRow, 'ttftNs' | 'ttftSpeedup'> {
  ttftNs: number | null
  ttftSpeedup: number | null
  runTimeNs: number | null
  runTimeSpeedup: number | null
  /** Of its compute time, carried over from another machine (0 … 1). */
  carriedShare: number
}
export interface ComparisonRow {
  trace: string
  policy: string
  ttftNs: number
  tpotNs: number | null
  e2eNs: number
  /** TTFT of the baseline policy (the strawman, or the first) / this one's. */
  ttftSpeedup: number
  tpotSpeedup: number | null
  /** Exposed time of the family `switch` in the TTFT window (without a prefill in the whole run), and its share of it. */
  switchNs: number
  switchShare: number
  /** Mean over decode steps; of the family `switch`, exposed. */
  switchPerStepNs: number | null
  npuModeSwitchesPerStep: number
  worldSwitchesPerStep: number
  predictedShare: number
}
