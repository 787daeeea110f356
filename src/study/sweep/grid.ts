/** A sweep as its file says it: what all cells share, and axes that set more. JSON; schemas/sweep.schema.json. */
export const SWEEP_SCHEMA = 'worldswitch-sweep/1'

/** What a point of the grid sets, by name: `trace` (or `model`, `quant`, `prompt`, `output` of a synthesised one), `policy`
 *  and `policy.OPTION`, `device`, `set.PARAMETER` (a value, or `{ "times": x }` of the device's), `pressure`, `initial.KEY`,
 *  `contention`, `seed` (0: the device's values; n: its n-th draw). */
export type GridValue = string | number | boolean | { readonly times: number }
export type GridPoint = Readonly<Record<string, GridValue>>

export interface GridAxis {
  readonly axis: string
  readonly values: readonly GridValue[]
}
export interface GridRange {
  readonly axis: string
  readonly from: number
  readonly to: number
  /** Points, ends included; `log`: equal ratios between them. */
  readonly count: number
  readonly scale?: 'linear' | 'log'
}
/** Every combination, side by side, or one after the other; nested as deep as wanted. */
export type GridNode = GridAxis | GridRange | { readonly product: readonly GridNode[] } | { readonly zip: readonly GridNode[] } | { readonly chain: readonly GridNode[] } | { readonly point: GridPoint }

/** Times; of a workload also what the normal world paid: the share of its work lost to stage-2 (`tax`), memory denied to it
 *  on average (`held`). */
export type GridMetric = 'ttft' | 'tpot' | 'e2e' | 'switch' | 'allocate' | 'tax' | 'held'

/** What the page draws: lines over `x`, one a `series`, a panel a `facet`; a heat map over `x` and `y` where `y` is given. */
export interface GridFigure {
  readonly x: string
  readonly y?: string
  readonly series?: string
  readonly facet?: string
  readonly metric?: GridMetric
  /** Divides each cell by the one with this value of `series`: speed-ups and overheads. */
  readonly over?: GridValue
  /** The TTFT of each point by cause, stacked. */
  readonly breakdown?: boolean
}

export interface Grid {
  readonly schema: typeof SWEEP_SCHEMA
  readonly name: string
  /** What is asked, in a sentence, and where the setting comes from. */
  readonly question?: string
  readonly source?: string
  readonly base: GridPoint
  readonly axes: readonly GridNode[]
  /** Keeps policies too whose operators' times are carried over from another machine, marked. */
  readonly carryOver?: boolean
  readonly figure?: GridFigure
}
