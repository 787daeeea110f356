import { median } from 'simple-statistics'
import type { ClaimSetting } from './claim.js'
import type { Pair, PairOptions } from './pair.js'
import type { See } from './see.js'
import { flexModels } from './flexserve-claims.js'

/** The metric under one policy, in ns: the first model's whole generation plus the second's TTFT. */
export type ReplayPair = (pair: Pair, policyReference: string, options: PairOptions) => Promise<number>

export interface PairResult {
  readonly first: string
  readonly second: string
  readonly generated: number
  readonly flexserveNs: number
  /** Baseline over flexserve. */
  readonly strawman: number
  readonly optimizedStrawman: number
}
export interface AgentPairs {
  readonly results: readonly PairResult[]
  readonly best: Readonly<Record<'strawman' | 'optimizedStrawman', PairResult>>
}

const GIB = 1024 ** 3
/** Flexserve's memory for weights in the multi-model test (§7.4). */
const CACHE_BYTES = 4 * GIB
const FLEXSERVE = `flexserve?cache=${CACHE_BYTES}`
/** Tokens that the first model generates: the headline, and two beside it. */
export const HEADLINE_GENERATED = 1
export const generatedLengths = [HEADLINE_GENERATED, 8, 32] as const

/** All ordered pairs of different models. */
export const orderedPairs: readonly Pair[] = flexModels.flatMap((first) => flexModels.filter((second) => second !== first).map((second) => ({ first, second })))

/** Flexserve has its cache and prefetches the second model during the first; baselines start cold and release after
 *  each. `optReference`: OPT under the reading at hand. */
export async function agentPairs(replayPair: ReplayPair, generated: number, optReference = 'optimized-strawman', kvReuse = 0): Promise<AgentPairs> {
  const options: PairOptions = { promptTokens: 128, generated, pressureGiB: 8, cacheBytes: 0, kvReuse }
  const results: PairResult[] = []
  for (const pair of orderedPairs) {
    const flexserveNs = await replayPair(pair, FLEXSERVE, { ...options, cacheBytes: CACHE_BYTES })
    const strawmanNs = await replayPair(pair, 'strawman', options)
    const optNs = await replayPair(pair, optReference, options)
    results.push({ ...pair, generated, flexserveNs, strawman: strawmanNs / flexserveNs, optimizedStrawman: optNs / flexserveNs })
  }
  const most = (key: 'strawman' | 'optimizedStrawman'): PairResult => results.reduce((best, one) => (one[key] > best[key] ? one : best))
  return { results, best: { strawman: most('strawman'), optimizedStrawman: most('optimizedStrawman') } }
}

/** What V05 and V06 are predicted to be, once pairs have been replayed: the headline's maximum; its whole distribution,
 *  longer answers and OPT's other reading beside it. `headline` has HEADLINE_GENERATED tokens. Under other parameters only
 *  the pair that is the maximum under the boards' own is replayed again. */
export function pairClaims(headline: AgentPairs, longer: readonly AgentPairs[], optInside: AgentPairs): ClaimSetting[] {
  const claim = (id: 'V05' | 'V06', key: 'strawman' | 'optimizedStrawman', baseline: string, readings: readonly (readonly [string, AgentPairs])[]): ClaimSetting => ({
    id,
    predict: (see) => [{ label: 'maximum over pairs', value: ratio(see, headline.best[key], baseline) }],
    readings: readings.map(([reading, pairs]) => ({ id: reading, predict: () => [{ label: 'maximum over pairs', value: pairs.best[key][key] }] })),
    notes: [...[headline, ...longer].map((pairs) => distribution(pairs, key)), 'Interval and deciding parameters are those of the pair that is the maximum.'],
  })
  const lengths = longer.map((pairs) => [`generated=${pairs.results[0]!.generated}`, pairs] as const)
  return [claim('V05', 'strawman', 'strawman', lengths), claim('V06', 'optimizedStrawman', 'optimized-strawman', [['allocate=inside', optInside], ...lengths])]
}

function ratio(see: See, { first, second, generated }: PairResult, baseline: string): number {
  const options: PairOptions = { promptTokens: 128, generated, pressureGiB: 8, cacheBytes: 0, kvReuse: 0 }
  return see.pair({ first, second }, baseline, options) / see.pair({ first, second }, FLEXSERVE, { ...options, cacheBytes: CACHE_BYTES })
}

/** All that V05 and V06 need, replayed under the boards' own parameters: 36 replays a length of answer. */
export async function replayedPairClaims(see: See, breathe: () => Promise<void>): Promise<ClaimSetting[]> {
  const replay: ReplayPair = async (pair, policy, options) => {
    await breathe()
    return see.pair(pair, policy, options)
  }
  const headline = await agentPairs(replay, HEADLINE_GENERATED)
  const longer: AgentPairs[] = []
  for (const generated of generatedLengths.slice(1)) longer.push(await agentPairs(replay, generated))
  return pairClaims(headline, longer, await agentPairs(replay, HEADLINE_GENERATED, 'optimized-strawman?allocate=inside'))
}

function distribution({ results, best }: AgentPairs, key: 'strawman' | 'optimizedStrawman'): string {
  const all = results.map((one) => one[key])
  const { first, second, generated } = best[key]
  const times = (value: number): string => `${value.toFixed(2)}×`
  return `The first model generates ${generated}: the most is ${first} then ${second}; over ${all.length} pairs ${times(Math.min(...all))} to ${times(Math.max(...all))}, median ${times(median(all))}.`
}
