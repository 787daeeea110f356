import { bytes, count, ns, number, otherwise, ratio, share, text, type Column } from './column.js'
import { studyColumns } from './study-columns.js'
import type { AnyTableName, SwitchTableName, SwitchTables, TableName, Tables, ValidationTableName, ValidationTables } from '../analysis/tables.js'

export type RowOf<Name extends TableName> = Tables[Name][number]
type ColumnsByTable = { readonly [Name in TableName]: { readonly [Field in keyof RowOf<Name>]-?: Column } }

/** Every column of every table, in the order it is shown and written. The type refuses a row field left out here
 *  and a column no row has; CSV, Markdown, HTML and the charts' own test all read this list. */
export const columnsByTable: ColumnsByTable = {
  'as-recorded': {
    machine: text('as recorded on'),
    spanNs: ns('span'),
    busyNs: ns('busy'),
    idleNs: ns('idle'),
    idlePerStepNs: ns('idle a step'),
    steps: count('steps'),
    cpuNs: ns('CPU time'),
    gpuNs: ns('GPU time'),
    npuNs: ns('NPU time'),
    prefillNs: ns('prefill'),
    decodeStepNs: ns('decode step'),
    replayedNs: ns('replayed here, unprotected'),
    ratio: ratio('replayed / recorded'),
  },
  comparison: {
    trace: text('trace'),
    policy: text('policy'),
    ttftNs: otherwise(ns('TTFT'), null),
    ttftSpeedup: otherwise(ratio('TTFT speed\u2011up'), null),
    runTimeNs: ns('run time'),
    runTimeSpeedup: ratio('run time speed\u2011up'),
    tpotNs: otherwise(ns('TPOT'), 'later pass'),
    tpotSpeedup: otherwise(ratio('TPOT speed\u2011up'), 'later pass speed\u2011up'),
    e2eNs: otherwise(ns('end to end'), null),
    switchNs: otherwise(ns('switch in TTFT'), 'switch in the run time'),
    switchShare: otherwise(share('share of TTFT'), 'share of it'),
    switchPerStepNs: otherwise(ns('switch a decode step'), 'switch a later pass'),
    npuModeSwitchesPerStep: count('NPU mode switches a step'),
    worldSwitchesPerStep: count('world switches a step'),
    predictedShare: share('predicted'),
    carriedShare: share('carried over'),
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
  tax: {
    policy: text('policy'),
    order: count('order'),
    peakProtectedBytes: bytes('peak protected'),
    peakHeldBytes: bytes('peak held'),
    meanHeldBytes: bytes('mean held'),
    leastLeftBytes: bytes('left to the normal world'),
    swappedBytes: bytes('swapped'),
    stage2ActiveShare: share('stage\u20112 active'),
    stage2CostShare: share('cost of stage\u20112'),
    recalls: count('recalls'),
    recallP95Ns: ns('recall p95'),
    unmetBytes: bytes('not given back'),
    npuModeSwitches: count('NPU mode switches'),
    npuJobs: count('NPU jobs'),
    npuJobsLate: count('late'),
    npuDelayP95Ns: ns('NPU delay p95'),
  },
  'memory-ledger': {
    policy: text('policy'),
    order: count('order'),
    mode: text('mode'),
    modeOrder: count('mode order'),
    atNs: ns('from'),
    bytes: bytes('bytes'),
  },
  recalls: {
    policy: text('policy'),
    order: count('order'),
    latencyNs: ns('latency'),
    share: share('no slower'),
  },
  'recorded-switches': {
    who: text('who'),
    order: count('order'),
    prefillSwitches: otherwise(count('world switches until the first token'), 'world switches in the first pass'),
    prefillNs: ns('their time'),
    stepSwitches: otherwise(number('world switches a decode step'), 'world switches a later pass'),
    stepNs: ns('their time a step'),
  },
  'exposure-timeline': {
    policy: text('policy'),
    order: count('order'),
    unit: text('pages of'),
    unitOrder: count('unit order'),
    state: text('state'),
    stateOrder: count('state order'),
    fromNs: ns('from'),
    toNs: ns('to'),
    bytes: bytes('bytes'),
  },
  parameters: {
    id: text('parameter'),
    value: number('value'),
    unit: text('unit'),
    spread: text('spread'),
    grade: text('grade'),
    source: text('source'),
    informedBy: text('informed by'),
    effect: share('effect of +10 %'),
  },
}

export const tableNames = Object.keys(columnsByTable) as TableName[]

/** The same for the validation page. */
export const validationColumns: { readonly [Name in ValidationTableName]: { readonly [Field in keyof ValidationTables[Name][number]]-?: Column } } = {
  claims: {
    id: text('claim'),
    claim: text('what is claimed'),
    part: text('part'),
    predicted: text('predicted'),
    interval: text('95 %'),
    published: text('published'),
    error: text('error'),
    verdict: text('verdict'),
    independent: { label: 'independent', kind: 'flag' },
    decidedBy: text('decided by'),
    source: text('source'),
  },
  'claim-points': {
    label: text('claim'),
    order: count('order'),
    mark: text('what'),
    tone: text('verdict'),
    low: ratio('from'),
    high: ratio('to'),
    said: text('in its unit'),
  },
  'claim-readings': {
    id: text('claim'),
    reading: text('read as'),
    predicted: text('predicted'),
    error: share('error'),
    verdict: text('verdict'),
  },
  'claim-parameters': {
    id: text('claim'),
    parameter: text('parameter'),
    effect: share('effect of +10 %'),
    value: number('value'),
    unit: text('unit'),
    spread: text('spread'),
    grade: text('grade'),
    source: text('source'),
  },
  'claim-explanations': {
    id: text('claim'),
    parameter: text('parameter'),
    grade: text('grade'),
    range: text('value (range)'),
    finding: text('finding'),
    source: text('source'),
  },
  'overhead-by-prompt': {
    model: text('model'),
    order: count('order'),
    promptTokens: count('prompt tokens'),
    overheadPercent: number('overhead, %'),
    publishedLow: number('published from, %'),
    publishedHigh: number('published to, %'),
  },
  'ttft-by-cached': {
    prompt: text('prompt'),
    promptTokens: count('prompt tokens'),
    cached: share('cached'),
    ttftNs: ns('TTFT'),
  },
}

const times = { meanNs: ns('mean'), minNs: ns('least'), p50Ns: ns('median'), p90Ns: ns('90 %'), p99Ns: ns('99 %'), maxNs: ns('most') }
const pieces = { what: text('what'), count: count('count'), share: share('share'), totalNs: ns('in all'), ...times }

/** The same for the page on recorded world switches. */
export const switchColumns: { readonly [Name in SwitchTableName]: { readonly [Field in keyof SwitchTables[Name][number]]-?: Column } } = {
  'round-trips': { ...pieces, what: text('ended with') },
  'round-trip-times': { what: text('ended with'), order: count('order'), fromNs: ns('from'), toNs: ns('to'), count: count('round trips') },
  'switch-calls': {
    call: text('call'),
    calls: count('calls'),
    roundTrips: count('round trips'),
    meanRoundTrips: number('round trips a call'),
    mostRoundTrips: count('most'),
    meanNs: ns('mean time'),
    p50Ns: ns('median'),
    p99Ns: ns('99 %'),
    maxNs: ns('longest'),
  },
  'calls-by-round-trips': { roundTrips: count('round trips of a call'), calls: count('calls'), share: share('share of calls') },
  'time-in-worlds': { part: text('where'), order: count('order'), ns: ns('time'), share: share('share') },
  'switch-returns': { ...pieces, what: text('for') },
  'switch-interrupts': { ...pieces, what: text('handler') },
  'switch-tasks': { task: text('task'), calls: count('calls'), roundTrips: count('round trips'), secureNs: ns('in the secure world') },
  'recorded-steps': {
    step: count('step'),
    calls: count('calls'),
    roundTrips: count('round trips'),
    secureNs: ns('in the secure world'),
    betweenNs: ns('between, in a call'),
    interruptNs: ns('interrupts'),
    cumulatedRoundTrips: count('round trips so far'),
  },
}

const allColumns: Readonly<Record<string, Readonly<Record<string, Column>>>> = { ...columnsByTable, ...validationColumns, ...switchColumns, ...studyColumns }

/** Whether a table of that name is on some page. */
export const isTable = (name: string): boolean => Object.hasOwn(allColumns, name)

/** The table's columns as data: field, label, kind. */
export function columnsOf(table: AnyTableName): readonly (Column & { readonly field: string })[] {
  return Object.entries(allColumns[table]!).map(([field, column]) => ({ field, ...column }))
}
