/** What an extent holds. `working`: activations and the KV cache of a request; `kv`: a conversation's KV cache. */
export const contents = ['weights', 'framework', 'working', 'kv'] as const
export type Content = (typeof contents)[number]

/** A run of pages with one life: allocated, perhaps protected, filled, given back. The unit of the memory ledger. */
export interface Extent {
  /** Its number in the run. */
  readonly id: number
  readonly content: Content
  /** Index into the run's models; -1: nobody's. */
  readonly model: number
  /** -2: before the weights; -1 embedding, a layer, `layers` final norm and head. */
  readonly layer: number
  readonly bytes: number
  /** First page and how many, of the whole pages that it takes. */
  readonly firstPage: number
  readonly pages: number
  /** The request that it was made for; an index. */
  readonly request: number
  /** There already when the run begins: protected, decrypted. */
  readonly initial: boolean
}
