import type { NsByCause } from '../../run/result.js'
import type { ParameterId } from '../../device/profile.js'
import type { Pair, PairOptions } from './pair.js'
import type { BoardId, Scene } from './scene.js'

/** Replays scenes under the parameters at hand: a claim's metric is a function of it. */
export interface See {
  latency(scene: Scene): Latency
  detail(scene: Scene): Detail
  /** A parameter itself, where a claim is about nothing else. */
  value(board: BoardId, id: ParameterId): number
  /** Two models of an agent behind each other: the first's whole generation plus the second's TTFT, in ns. */
  pair(pair: Pair, policyReference: string, options: PairOptions): number
}
export interface Latency {
  readonly ttftNs: number
  /** Null without a decode step. */
  readonly tpotNs: number | null
}
export interface Detail extends Latency {
  /** The TTFT's window. */
  readonly exposedNs: NsByCause
  readonly busyNs: NsByCause
  /** All decode steps together. */
  readonly decode: { readonly lengthNs: number; readonly exposedNs: NsByCause; readonly busyNs: NsByCause }
  /** What no schedule of the prefill's own tasks can beat. */
  readonly boundsNs: Bounds
  /** Task time, bytes and count by cause, over the whole replay, releases included. */
  readonly tally: Readonly<Record<string, Tally>>
}
export interface Tally {
  readonly ns: number
  readonly bytes: number
  readonly count: number
}
/** The three candidates of a critical path (TZ-LLM §4.1), and what the normal world's own cores do for it. */
export interface Bounds {
  readonly ioNs: number
  readonly cpuNs: number
  readonly computeNs: number
  readonly kernelNs: number
}
