/** How compute time came about: on the machine it was recorded on, by the target's own rates, or as it took on another machine,
 *  because neither FLOPs nor bytes are known. In ns. */
export interface TimeByOrigin {
  readonly recordedNs: number
  readonly predictedNs: number
  readonly carriedNs: number
}

/** Of a replayed recording, by time: the recording's own, and the result's. */
export interface Shares {
  /** Of the operators' durations as they were recorded; all 0 for a synthetic trace. */
  readonly recording: TimeByOrigin & {
    /** Operators without a counterpart on one device, left out: collectives. */
    readonly leftOutNs: number
  }
  readonly result: TimeByOrigin
  /** Of the recording's time that is carried over: operators that this policy puts on another processor than an unprotected run
   *  on the same device would. */
  readonly movedNs: number
}

/** The same of what a replay noted. */
export const sharesFrom = ({ recording, result, movedNs }: Shares): Shares => ({ recording: { ...recording }, result: { ...result }, movedNs })

const sum = ({ recordedNs, predictedNs, carriedNs }: TimeByOrigin): number => recordedNs + predictedNs + carriedNs

/** Each origin's share of all, 0 … 1; 0 where there is no time at all. */
export function sharesOf(time: TimeByOrigin): { readonly recorded: number; readonly predicted: number; readonly carried: number } {
  const all = sum(time)
  return all === 0
    ? { recorded: 0, predicted: 0, carried: 0 }
    : { recorded: time.recordedNs / all, predicted: time.predictedNs / all, carried: time.carriedNs / all }
}

/** The share that is carried over, of the recording's time or of the result's, whichever is more. */
export const carriedShare = ({ recording, result }: Shares): number => Math.max(sharesOf(recording).carried, sharesOf(result).carried)
