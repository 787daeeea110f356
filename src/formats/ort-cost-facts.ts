/** What an operator costs, worked out from the shapes that went in and came out. */
export interface OrtCost {
  dataType: number
  m: number
  n: number
  k: number
  flops: number
  /** Read and written beside the weights that the profile does not show. */
  bytes: number
  /** Weights worked out from n and k, because the profile hides packed ones; 0: none were. */
  hiddenWeightBytes: number
  /** Tokens a sequence; 0: unknown; below 0: of an operator whose first tensor may be something else. */
  rows: number
  /** Sequences; 0: unknown. */
  batch: number
  /** Positions of a cache that is a buffer of a fixed length, which `flops` and `bytes` count as full; 0: there is none. */
  cacheSlots: number
  /** Keys and values of one of its positions. */
  cacheBytes: number
}

export const noCost = (): OrtCost => ({ dataType: 0, m: 0, n: 0, k: 0, flops: 0, bytes: 0, hiddenWeightBytes: 0, rows: 0, batch: 0, cacheSlots: 0, cacheBytes: 0 })
