import type { TableName, Tables } from '../analysis/tables.js'

export type RowOf<Name extends TableName> = Tables[Name][number]
/** How a value is written for people: `ns` in the unit that suits it, `share` of 1 as a percentage, `ratio` as `4.2×`. */
export type CellKind = 'text' | 'number' | 'count' | 'ns' | 'share' | 'ratio' | 'flag'
export interface Column {
  readonly label: string
  readonly kind: CellKind
}
type ColumnsByTable = { readonly [Name in TableName]: { readonly [Field in keyof RowOf<Name>]-?: Column } }

const text = (label: string): Column => ({ label, kind: 'text' })
const count = (label: string): Column => ({ label, kind: 'count' })
const ns = (label: string): Column => ({ label, kind: 'ns' })
const share = (label: string): Column => ({ label, kind: 'share' })
const ratio = (label: string): Column => ({ label, kind: 'ratio' })

/** Every column of every table, in the order it is shown and written. The type refuses a row field left out here
 *  and a column no row has; CSV, Markdown, HTML and the charts' own test all read this list. */
export const columnsByTable: ColumnsByTable = {
  comparison: {
    trace: text('trace'),
    policy: text('policy'),
    ttftNs: ns('TTFT'),
    ttftSpeedup: ratio('TTFT speed\u2011up'),
    tpotNs: ns('TPOT'),
    tpotSpeedup: ratio('TPOT speed\u2011up'),
    e2eNs: ns('end to end'),
    switchNs: ns('switch in TTFT'),
    switchShare: share('share of TTFT'),
    switchPerStepNs: ns('switch a decode step'),
    npuModeSwitchesPerStep: count('NPU mode switches a step'),
    worldSwitchesPerStep: count('world switches a step'),
    predictedShare: share('predicted'),
  },
  'exposed-by-cause': {
    policy: text('policy'),
    order: count('order'),
    family: text('family'),
    cause: text('cause'),
    causeOrder: count('cause order'),
    exposedNs: ns('exposed'),
    assumedSplit: { label: 'assumed split', kind: 'flag' },
  },
  'switch-by-cause': {
    policy: text('policy'),
    order: count('order'),
    cause: text('cause'),
    causeOrder: count('cause order'),
    part: text('part'),
    ns: ns('time'),
  },
  steps: {
    policy: text('policy'),
    order: count('order'),
    step: count('step'),
    lengthNs: ns('length'),
    worldSwitches: count('world switches'),
    npuModeSwitches: count('NPU mode switches'),
    npuLaunches: count('NPU launches'),
    pagesProtected: count('pages protected'),
    tlbInvalidations: count('TLB invalidations'),
    switchNs: ns('switch'),
    cumulatedSwitchNs: ns('switch, cumulated'),
    cumulatedWorldSwitches: count('world switches, cumulated'),
    cumulatedNpuModeSwitches: count('NPU mode switches, cumulated'),
    cumulatedNpuLaunches: count('NPU launches, cumulated'),
  },
  intervals: {
    metric: text('metric'),
    policy: text('policy'),
    order: count('order'),
    valueNs: ns('replayed'),
    lowNs: ns('2.5 %'),
    highNs: ns('97.5 %'),
    stressLowNs: ns('stress low'),
    stressHighNs: ns('stress high'),
  },
  timeline: {
    policy: text('policy'),
    order: count('order'),
    lane: text('lane'),
    laneOrder: count('lane order'),
    cause: text('cause'),
    family: text('family'),
    layer: count('layer'),
    startNs: ns('start'),
    endNs: ns('end'),
  },
  parameters: {
    id: text('parameter'),
    value: { label: 'value', kind: 'number' },
    unit: text('unit'),
    spread: text('spread'),
    grade: text('grade'),
    source: text('source'),
    informedBy: text('informed by'),
    effect: share('effect of +10 %'),
  },
}

export const tableNames = Object.keys(columnsByTable) as TableName[]

/** The table's columns as data: field, label, kind. */
export function columnsOf(table: TableName): readonly (Column & { readonly field: string })[] {
  return Object.entries(columnsByTable[table]).map(([field, column]: [string, Column]) => ({ field, ...column }))
}
