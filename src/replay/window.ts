import { causes } from '../run/causes.js'
import type { WindowResult } from '../run/result.js'
import { FURTHER, namedNs, type Exposure } from './attribution.js'
import type { RequestSource } from './request-source.js'

/** `all`, or a long run's: TTFT and whole request, decode steps only in sum. */
export type WindowNames = 'all' | 'ttft-and-request'

/** TTFT and TPOT of a request from its steps' ends. */
export function latency(arrivalNs: number, endsNs: readonly number[]): { ttftNs: number; tpotNs: number | null; e2eNs: number } {
  const last = endsNs[endsNs.length - 1]!
  return {
    ttftNs: endsNs[0]! - arrivalNs,
    tpotNs: endsNs.length > 1 ? (last - endsNs[0]!) / (endsNs.length - 1) : null,
    e2eNs: last - arrivalNs,
  }
}

/** A window's times by cause; busy time is an array of the causes' order, `wait` in it set to what is exposed. */
export function windowOf(source: RequestSource, { exposedNs, blockedNs }: Exposure, busyNs: Float64Array): Pick<WindowResult, 'exposedNs' | 'hiddenNs' | 'busyNs' | 'blockedBy'> {
  // Waiting is nobody's task: all of it is exposed.
  const wait = causes.indexOf('wait')
  busyNs[wait] = exposedNs[wait]!
  const hidden = busyNs.map((ns, c) => ns - exposedNs[c]!)
  return {
    exposedNs: namedNs(exposedNs),
    hiddenNs: namedNs(hidden),
    busyNs: namedNs(busyNs),
    blockedBy: [...blockedNs]
      .sort(([a], [b]) => a - b)
      .map(([key, ns]) => ({ request: blocker(source, key), cause: key === FURTHER ? 'wait' : causes[key % causes.length]!, ns })),
  }
}

const blocker = ({ requests }: RequestSource, key: number): string => (key === FURTHER ? 'further requests' : (requests[Math.floor(key / causes.length)]?.id ?? 'normal world'))
