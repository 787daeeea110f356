import { formatShare } from '../base/units.js'
import { carriedShare, sharesOf, type Shares, type TimeByOrigin } from '../run/shares.js'

/** What stands behind a replayed subject. */
export interface Origin {
  /** `workload`: its operators follow from models as it is served. */
  readonly how: 'recorded' | 'synthetic' | 'imported' | 'workload'
  /** The machine in the recording's own words; of what is synthetic the profile's id. */
  readonly machine: string
  readonly emulated: boolean
  /** The device is the machine that it was recorded on. */
  readonly here: boolean
  /** The device that it is replayed on. */
  readonly device: string
}

/** Above this share of time carried over from another machine, policies that would move it are not compared (MODEL: recordings). */
export const CARRIED_LIMIT = 0.05

/**
 * The first line of every output that rests on a trace: which part of compute time was recorded on this device, which is
 * predicted by its rates, which is carried over from another machine; of the results, and of the recording's own time.
 */
export function originLine(origin: Origin, shares: readonly Shares[]): string {
  const { how, machine, emulated, here, device } = origin
  if (how === 'synthetic' || how === 'workload') return `not a recording: all compute time is predicted by rates of ${device}`
  const from = `${machine}${emulated ? ' (emulated: its times are an emulator’s)' : ''}`
  const words = (all: readonly TimeByOrigin[]): string => {
    const share = (of: 'recorded' | 'predicted' | 'carried'): string => range(all.map((one) => sharesOf(one)[of]))
    return `${share('recorded')} recorded here, ${share('predicted')} predicted, ${share('carried')} carried over${here ? '' : ` from ${from}`}`
  }
  const onOwn = here ? `recorded on this device, ${from}; ` : ''
  if (shares.length === 0) return `${onOwn}nothing was replayed`
  const leftOut = most(shares.map(leftOutShare))
  const without = leftOut === 0 ? '' : `; ${formatShare(leftOut)} of the recording’s time is collectives, which one device has no counterpart for: left out`
  const own = words(shares.map((one) => one.recording))
  const results = words(shares.map((one) => one.result))
  return own === results ? `${onOwn}compute time is ${own}${without}` : `${onOwn}compute time is ${results}; of the recording’s own time, ${own}${without}`
}

/** Of the recording's time, what was left out. */
export function leftOutShare({ recording }: Shares): number {
  const all = recording.recordedNs + recording.predictedNs + recording.carriedNs + recording.leftOutNs
  return all === 0 ? 0 : recording.leftOutNs / all
}

/** The largest share carried over among results. */
export const worstCarried = (shares: readonly Shares[]): number => most(shares.map(carriedShare))

/** Of shares; a sweep has more of them than a call takes arguments. */
const most = (shares: readonly number[]): number => shares.reduce((a, b) => Math.max(a, b), 0)

function range(shares: readonly number[]): string {
  const [low, high] = [formatShare(shares.reduce((a, b) => Math.min(a, b), 1)), formatShare(most(shares))]
  return low === high ? low : `${low.replace(/ %$/, '')} to ${high}`
}
