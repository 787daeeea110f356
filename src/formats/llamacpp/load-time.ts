import type { DraftRate, RateList } from '../rate-list.js'
import type { Load } from './loaded-model.js'

/** The times of one block, as far as they were printed; ns. */
export interface TimingBlock {
  readonly load: Load
  loadRate?: DraftRate | undefined
  prefillNs?: number
  decodeNs?: number
  samplingNs?: number
  totalNs?: number
  /** Whether the load was judged. */
  isJudged: boolean
}

/** A clock that was not reset shows the load and no more than this beside it and the passes. */
const MOST_BESIDE = 0.1
/** A load is told from what lies between passes where it is this much of the time. */
const LEAST_SHARE = 0.25

/** llama.cpp takes the load time when the first batch is through: that of the empty run which warms the model up, else that of
 *  the prompt, whose time is then in it. Where a log shows that there was no such run, the prompt's time is taken off; where it
 *  shows neither, a rule says so. */
export function correctLoad(block: TimingBlock, rates: RateList): void {
  const { load, loadRate, prefillNs } = block
  if (loadRate === undefined || load.isWarmedUp || block.isJudged) return
  loadRate.inferred = { ns: 'may-contain-the-prompt' }
  if (prefillNs === undefined || !(prefillNs > 0)) return
  if (prefillNs >= loadRate.ns) {
    if (!load.isWithoutWarmUp) {
      // What is longer than the load is not in it, but for its first batch.
      if (block.totalNs !== undefined) loadRate.inferred = {}
      return
    }
    block.isJudged = true
    return rates.drop(loadRate, 'load time that holds a part of the prompt')
  }
  if (!load.isWithoutWarmUp && !isInTotal(block, loadRate.ns, prefillNs)) return
  block.isJudged = true
  loadRate.ns -= prefillNs
  loadRate.inferred = { ns: 'less-the-prompt' }
}

/** The run's clock is reset behind the empty run: a total that holds the whole load was not. */
function isInTotal({ totalNs, decodeNs = 0, samplingNs = 0 }: TimingBlock, loadNs: number, prefillNs: number): boolean {
  if (totalNs === undefined) return false
  const ahead = totalNs - (decodeNs > 0 ? decodeNs : 0)
  return ahead >= loadNs && ahead <= loadNs * (1 + MOST_BESIDE) + (samplingNs > 0 ? samplingNs : 0) && loadNs - prefillNs >= LEAST_SHARE * ahead
}
