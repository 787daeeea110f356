import type { Cause, Family } from '../run/causes.js'

/** The tables that charts and reports draw: long form, one row a mark. A chart spec names its table; a test holds
 *  every field a chart reads against these columns. */
export interface Tables {
  /** One row a policy: the comparison that `compare` prints. */
  comparison: ComparisonRow[]
  /** Where the TTFT goes: exposed time by cause, a bar a policy. */
  'exposed-by-cause': ExposedRow[]
  /** Switch overhead of the whole request by cause, exposed and hidden. */
  'switch-by-cause': SwitchRow[]
  /** Per inference step: counts and cost, and both cumulated over tokens. Step 0 is the prefill. */
  steps: StepRow[]
  /** TTFT and TPOT with their 95 % interval. */
  intervals: IntervalRow[]
  /** Tasks of the first layers, by resource. */
  timeline: TimelineRow[]
  /** Device parameters that decided the result. */
  parameters: ParameterRow[]
}
export type TableName = keyof Tables

export interface ComparisonRow {
  trace: string
  policy: string
  ttftNs: number
  tpotNs: number | null
  e2eNs: number
  /** TTFT of the baseline policy (the strawman, or the first) / this one's. */
  ttftSpeedup: number
  tpotSpeedup: number | null
  /** Exposed time of the family `switch` in the TTFT window, and its share of it. */
  switchNs: number
  switchShare: number
  /** Mean over decode steps; of the family `switch`, exposed. */
  switchPerStepNs: number | null
  npuModeSwitchesPerStep: number
  worldSwitchesPerStep: number
  predictedShare: number
}
export interface ExposedRow {
  policy: string
  order: number
  cause: Cause
  causeOrder: number
  family: Family
  exposedNs: number
  /** True where the cause's split from a measured total is assumed (drawn hatched or paler). */
  assumedSplit: boolean
}
export interface SwitchRow {
  policy: string
  order: number
  cause: Cause
  causeOrder: number
  part: 'exposed' | 'hidden'
  ns: number
}
export interface StepRow {
  policy: string
  order: number
  step: number
  lengthNs: number
  worldSwitches: number
  npuModeSwitches: number
  npuLaunches: number
  pagesProtected: number
  tlbInvalidations: number
  switchNs: number
  cumulatedSwitchNs: number
  cumulatedWorldSwitches: number
  cumulatedNpuModeSwitches: number
  cumulatedNpuLaunches: number
}
export interface IntervalRow {
  policy: string
  order: number
  metric: 'TTFT' | 'TPOT'
  valueNs: number
  lowNs: number
  highNs: number
  /** The interval with parameters of unknown spread × or ÷ 1.5 as well. */
  stressLowNs: number
  stressHighNs: number
}
export interface TimelineRow {
  policy: string
  order: number
  /** `cpu 0`, `npu`, `flash`, …: resource and server. */
  lane: string
  laneOrder: number
  cause: Cause
  family: Family
  layer: number
  startNs: number
  endNs: number
}
export interface ParameterRow {
  id: string
  value: number
  unit: string
  /** For people: `36–82`, `sd 0.3`, `unknown`. */
  spread: string
  grade: 'measured' | 'derived' | 'assumed'
  source: string
  informedBy: string
  /** Largest relative change of TTFT or TPOT under any policy when the parameter is raised by 10 %. */
  effect: number
}
