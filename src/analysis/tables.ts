import type { Cause, Family } from '../run/causes.js'
import type { AsRecordedRow, ComparedRow } from './compared-tables.js'
import type { StudyTableName } from './study-tables.js'

/** The tables that charts and reports draw: long form, one row a mark. A chart spec names its table; a test holds
 *  every field a chart reads against these columns. */
export interface Tables {
  /** The recording itself, before anything is replayed; empty: there is none. */
  'as-recorded': AsRecordedRow[]
  /** One row a policy: the comparison that `compare` prints. */
  comparison: ComparedRow[]
  /** Where the TTFT goes (the run time, without a prefill): exposed time by cause, a bar a policy. */
  'exposed-by-cause': ExposedRow[]
  /** Switch overhead of the whole request by cause, exposed and hidden. */
  'switch-by-cause': SwitchRow[]
  /** Per inference step: counts and cost, and both cumulated over tokens. Step 0 is the prefill. */
  steps: StepRow[]
  /** TTFT and TPOT with their 95 % interval. */
  intervals: IntervalRow[]
  /** Tasks of the first layers, by resource. */
  timeline: TimelineRow[]
  /** What the normal world pays, a row a policy. */
  tax: TaxRow[]
  /** The LLM's bytes over time, by mode. */
  'memory-ledger': MemoryRow[]
  /** How long the normal world waited for memory that it wanted back. */
  recalls: RecallRow[]
  /** World switches that were recorded beside the ops, and those of the replays; empty without a recording of them. */
  'recorded-switches': RecordedSwitchRow[]
  /** When pages of the first request were in whose reach. */
  'exposure-timeline': ExposureRow[]
  /** Device parameters that decided the result. */
  parameters: ParameterRow[]
}
export type TableName = keyof Tables

/** The tables of the page on recorded world switches. */
export interface SwitchTables {
  /** How round trips ended and how long they took. */
  'round-trips': RoundTripRow[]
  /** The same as counts by duration, for the chart. */
  'round-trip-times': RoundTripTimeRow[]
  /** By what the calls were for. */
  'switch-calls': SwitchCallRow[]
  'calls-by-round-trips': { roundTrips: number; calls: number; share: number }[]
  'time-in-worlds': { part: string; order: number; ns: number; share: number }[]
  /** Back in the normal world in the middle of a call. */
  'switch-returns': RoundTripRow[]
  'switch-interrupts': RoundTripRow[]
  'switch-tasks': { task: string; calls: number; roundTrips: number; secureNs: number }[]
  /** Where the run marked its inference steps. */
  'recorded-steps': { step: number; calls: number; roundTrips: number; secureNs: number; betweenNs: number; interruptNs: number; cumulatedRoundTrips: number }[]
}
export type SwitchTableName = keyof SwitchTables
export interface RoundTripRow {
  what: string
  count: number
  share: number
  totalNs: number
  meanNs: number
  minNs: number
  p50Ns: number
  p90Ns: number
  p99Ns: number
  maxNs: number
}
export interface RoundTripTimeRow {
  what: string
  order: number
  fromNs: number
  toNs: number
  count: number
}
export interface SwitchCallRow {
  call: string
  calls: number
  roundTrips: number
  meanRoundTrips: number
  mostRoundTrips: number
  meanNs: number
  p50Ns: number
  p99Ns: number
  maxNs: number
}

export interface RecordedSwitchRow {
  /** `recorded`, or the policy replayed. */
  who: string
  order: number
  prefillSwitches: number
  /** Recorded: in the secure world; replayed: of the family `switch`, exposed. */
  prefillNs: number
  stepSwitches: number | null
  stepNs: number | null
}
export interface TaxRow {
  policy: string
  order: number
  peakProtectedBytes: number
  peakHeldBytes: number
  meanHeldBytes: number
  leastLeftBytes: number
  swappedBytes: number
  stage2ActiveShare: number
  stage2CostShare: number
  recalls: number
  recallP95Ns: number | null
  unmetBytes: number
  npuModeSwitches: number
  npuJobs: number
  npuJobsLate: number
  npuDelayP95Ns: number | null
}
export interface MemoryRow {
  policy: string
  order: number
  mode: string
  modeOrder: number
  atNs: number
  bytes: number
}
export interface RecallRow {
  policy: string
  order: number
  latencyNs: number
  /** Of the policy's recalls, those no slower (0 … 1). */
  share: number
}
export interface ExposureRow {
  policy: string
  order: number
  unit: string
  unitOrder: number
  state: string
  stateOrder: number
  fromNs: number
  toNs: number
  bytes: number
}

/** The tables of the validation page: published claims beside what replays say. Values of different units lie in one
 *  column; `unit` says which. */
export interface ValidationTables {
  /** One row a part of a claim, as people read it. */
  claims: ClaimRow[]
  /** One row a mark: predicted against published. */
  'claim-points': ClaimPointRow[]
  /** Claims under other readings of the same sources. */
  'claim-readings': ClaimReadingRow[]
  /** What decided a claim. */
  'claim-parameters': ClaimParameterRow[]
  /** Which parameter, moved within its range, would close a claim's gap. */
  'claim-explanations': ClaimExplanationRow[]
  /** TZ-LLM's overhead over REE-LLM-Flash (V17). */
  'overhead-by-prompt': OverheadRow[]
  /** TTFT over the cached share (V25). */
  'ttft-by-cached': CachedRow[]
}
export type ValidationTableName = keyof ValidationTables
export type AnyTableName = TableName | ValidationTableName | SwitchTableName | StudyTableName

export interface ClaimRow {
  id: string
  claim: string
  part: string
  predicted: string
  interval: string
  published: string
  error: string
  verdict: string
  independent: boolean
  decidedBy: string
  source: string
}
export interface ClaimPointRow {
  /** `V01 mean`. */
  label: string
  order: number
  /** What the row draws, in order from back to front. */
  mark: 'tolerance' | 'published' | 'interval' | 'predicted'
  /** Of what is predicted, the part's verdict; else the mark. */
  tone: string
  /** Over what was published: its nearest account, the middle of its range, or its bound. Above 0. */
  low: number
  high: number
  /** In the claim's own unit. */
  said: string
}
export interface ClaimReadingRow {
  id: string
  reading: string
  predicted: string
  error: number | null
  verdict: string
}
export interface ClaimParameterRow {
  id: string
  parameter: string
  effect: number
  value: number
  unit: string
  spread: string
  grade: string
  source: string
}
export interface ClaimExplanationRow {
  id: string
  parameter: string
  grade: string
  range: string
  finding: string
  source: string
}
export interface OverheadRow {
  model: string
  order: number
  promptTokens: number
  overheadPercent: number
  publishedLow: number
  publishedHigh: number
}
export interface CachedRow {
  prompt: string
  promptTokens: number
  cached: number
  ttftNs: number
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
  /** The latter two without a prefill. */
  metric: 'TTFT' | 'TPOT' | 'first pass' | 'later pass'
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
