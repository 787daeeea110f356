import type { Cause, Family } from '../run/causes.js'
import type { OpDifference } from './op-differences.js'

/** The tables of the pages on studies: sweeps, ablations, sensitivities, break-evens, comparisons with intervals. */
export interface StudyTables {
  /** A sweep's cells along its figure's axes, over its seeds. */
  'sweep-points': SweepPointRow[]
  /** The same where the axis has names, not numbers. */
  'sweep-steps': SweepPointRow[]
  /** The same over two axes. */
  'sweep-heat': SweepHeatRow[]
  /** A point's TTFT by cause. */
  'sweep-causes': SweepCauseRow[]
  /** One row a cell. */
  'sweep-cells': SweepCellRow[]
  /** Combinations of an ablation. */
  'ablation-cells': AblationCellRow[]
  /** What each step from one policy to the other is worth. */
  'factor-gains': FactorGainRow[]
  /** The same by the cause whose time is saved (or added). */
  'factor-causes': FactorCauseRow[]
  /** The gains set end to end. */
  waterfall: WaterfallRow[]
  interactions: InteractionRow[]
  /** One parameter at a time, over its spread. */
  tornado: TornadoRow[]
  /** Variance-based indices. */
  'sobol-indices': SobolRow[]
  /** Values of a cost at which a gain is gone. */
  'break-evens': BreakEvenRow[]
  /** The gain over a cost. */
  'gain-curve': GainCurveRow[]
  /** Where two costs together end the gain. */
  frontier: FrontierRow[]
  'paired-differences': PairedRow[]
  'cause-differences': CauseDifferenceRow[]
  advice: AdviceRow[]
  'op-differences': OpDifferenceRow[]
}
export type StudyTableName = keyof StudyTables

export interface SweepCauseRow {
  point: string
  order: number
  cause: Cause
  family: Family
  causeOrder: number
  exposedNs: number
}
export interface SweepPointRow {
  facet: string
  series: string
  order: number
  x: string
  /** Its number, where all of the axis are; else its place. */
  xAt: number
  /** Of the figure's metric; ratios where the figure divides. */
  value: number
  low: number
  high: number
  cells: number
}
export interface SweepHeatRow {
  facet: string
  x: string
  xAt: number
  y: string
  yAt: number
  value: number
  said: string
}
export interface SweepCellRow {
  cell: string
  state: string
  ttftNs: number | null
  tpotNs: number | null
  e2eNs: number | null
  switchNs: number | null
  worldSwitches: number | null
  npuModeSwitches: number | null
  message: string
}
export interface AblationCellRow {
  cell: string
  reference: string
  state: string
  valueNs: number | null
  note: string
}
export interface FactorGainRow {
  step: string
  group: string
  order: number
  /** Time won (positive) on average over all possible orders. */
  gainNs: number
  lowNs: number | null
  highNs: number | null
  stressLowNs: number | null
  stressHighNs: number | null
  share: number
  /** Its factor in the ratio of both ends: the product of all is the whole. */
  ratio: number
  /** Alone, added to the first policy; and what its absence costs the last one. Null where that cannot exist. */
  oneInNs: number | null
  oneOutNs: number | null
}
export interface FactorCauseRow {
  step: string
  order: number
  cause: Cause
  causeOrder: number
  family: Family
  gainNs: number
}
export interface WaterfallRow {
  step: string
  order: number
  kind: 'end' | 'gain' | 'loss'
  fromNs: number
  toNs: number
  said: string
}
export interface InteractionRow {
  first: string
  second: string
  /** Above 0: together they win more than apart. Null: not identified. */
  interactionNs: number | null
  squares: number
}
export interface TornadoRow {
  parameter: string
  order: number
  end: 'low' | 'high'
  /** Relative change of the result. */
  from: number
  to: number
  at: string
  /** Null where the result is a gain. */
  valueNs: number | null
  grade: string
  spread: string
  source: string
}
export interface SobolRow {
  parameter: string
  order: number
  kind: 'first order' | 'total'
  index: number
  low: number
  high: number
  grade: string
}
export interface BreakEvenRow {
  parameter: string
  base: number
  unit: string
  at: number | null
  low: number | null
  high: number | null
  times: number | null
  finding: string
}
export interface GainCurveRow {
  parameter: string
  order: number
  times: number
  at: number
  gain: number
  target: number
}
export interface FrontierRow {
  x: number
  y: number
  xParameter: string
  yParameter: string
  gain: number
  /** 1: at or above the target; 0: below. */
  holds: number
}
export interface PairedRow {
  first: string
  second: string
  metric: string
  order: number
  differenceNs: number
  lowNs: number
  highNs: number
  stressLowNs: number
  stressHighNs: number
  /** P(first < second). */
  probability: number
  monteCarloError: number
  words: string
}
export interface AdviceRow {
  policy: string
  rule: string
  threshold: string
  finding: string
  change: string
  metric: string
  beforeNs: number
  afterNs: number
  gainNs: number
  share: number
  verdict: string
}
export interface OpDifferenceRow extends OpDifference {
  readonly first: string
  readonly second: string
}
export interface CauseDifferenceRow {
  first: string
  second: string
  what: string
  differenceNs: number
  firstNs: number
  secondNs: number
}
