import type { Place } from '../../base/errors.js'
import type { PassPlace } from '../expansion.js'
import type { Pass } from './label-work.js'
import type { OpTable, TableRow } from './tables.js'

/** A run of the engine: its tables and what its log says of it. */
export interface Run {
  model: string
  promptTokens: number
  /** Tokens of the pass ahead of the prompt; 0: none. */
  warmUpTokens: number
  decodeTokens: number
  layers: number
  readonly place: Place
  tables: readonly OpTable[]
}

export interface PlacedPass extends Pass {
  readonly at: PassPlace
  /** `warm-up`: not part of the request. */
  readonly what: 'warm-up' | 'prefill' | 'decode'
}

/** Rows that are of the same passes. */
export interface PassRows {
  readonly rows: readonly (TableRow & { readonly aPass: number })[]
  readonly passes: readonly PlacedPass[]
  readonly rule: string
}

/** Where a run's ops go: its request, and that of its warm-up. */
export interface RunPlaces {
  readonly request: number
  readonly warmUp: number
}

/** Which passes a table's rows are of. Of a prefill's table: the prefill, a row a layer. Of a decode's: as many tokens as its layer
 *  calls say, else the log. The CUDA table counts everything since the start: a row whose count is a multiple of the tokens is of
 *  the decode; of all passes, the prefill and the warm-up among them, of those too; one that only fits those two is theirs alone. */
export function passesOf(table: OpTable, run: Run, { request, warmUp }: RunPlaces, firstStep: number): PassRows[] {
  const { layers } = run
  const rows = table.rows.filter(({ totalNs }) => totalNs > 0)
  const prefill: PlacedPass = { what: 'prefill', tokens: run.promptTokens, past: 0, at: { phase: 'prefill', step: 0, request } }
  if (table.phase === 'prefill') return [{ rows: rows.map((row) => ({ ...row, aPass: row.count })), passes: [prefill], rule: 'mean-of-layers' }]
  // A row that comes once a token is the least there is: more tokens than executions of any cannot be.
  const most = table.isOfLayerCalls ? Infinity : rows.reduce((max, { count }) => Math.max(max, count), 1)
  const tokens = Math.min(100_000, most, tokensOf(table, run))
  const decode = Array.from({ length: tokens }, (_, t): PlacedPass => {
    const step = firstStep + t + 1
    return { what: 'decode', tokens: 1, past: run.promptTokens + step - 1, at: { phase: 'decode', step, request } }
  })
  if (table.isOfLayerCalls) {
    const counted = rows.map((row) => ({ ...row, count: row.isOfPass ? tokens : tokens * Math.max(1, layers), aPass: row.isOfPass ? 1 : Math.max(1, layers) }))
    return [{ rows: counted, passes: decode, rule: 'mean-of-tokens' }]
  }
  const before: PlacedPass[] = run.promptTokens > 0 ? [prefill] : []
  if (run.warmUpTokens > 0) before.unshift({ what: 'warm-up', tokens: run.warmUpTokens, past: 0, at: { phase: 'prefill', step: 0, request: warmUp } })
  const all = [...before, ...decode]
  const fits = (count: number, passes: number): boolean => passes > 0 && count % passes === 0
  const groups: Record<'before' | 'all' | 'decode', TableRow[]> = { before: [], all: [], decode: [] }
  for (const row of rows) {
    const { count } = row
    if (fits(count, tokens) && !(fits(count, all.length) && !fits(count, tokens * Math.max(1, layers)))) groups.decode.push(row)
    else if (fits(count, all.length)) groups.all.push(row)
    else if (layers > 0 && fits(count, before.length * layers)) groups.before.push(row)
    else groups.decode.push(row)
  }
  const made = (which: readonly TableRow[], passes: readonly PlacedPass[], rule: string): PassRows => ({ passes, rule, rows: which.map((row) => ({ ...row, aPass: row.count / passes.length })) })
  return [made(groups.before, before, 'count-fits-prefill'), made(groups.all, all, 'count-fits-all-passes'), made(groups.decode, decode, 'mean-of-tokens')].filter((group) => group.rows.length > 0)
}

function tokensOf({ over, isOfLayerCalls }: OpTable, { layers, decodeTokens }: Run): number {
  if (!isOfLayerCalls) return Math.max(1, over)
  if (layers > 0 && over >= layers && over % layers === 0) return over / layers
  return Math.max(1, decodeTokens)
}
