/** Two models of an agent's known workflow, in order. */
export interface Pair {
  readonly first: string
  readonly second: string
}
/** Everything but the policy that decides a pair's metric (docs/model.md, validation). */
export interface PairOptions {
  readonly promptTokens: number
  /** Tokens that the first model generates. */
  readonly generated: number
  readonly pressureGiB: number
  /** Prefix cache at the start, the first model's weights first, then the second's; 0: cold. */
  readonly cacheBytes: number
  /** Share of the second prompt whose KV is cached. */
  readonly kvReuse: number
}
