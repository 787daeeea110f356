import { UsageFault } from '../base/errors.js'
import { costsOf, type Costs } from '../device/costs.js'
import { sampleDevice, unknownSpreads, type Variation } from '../device/sample.js'
import { latencyInterval, latencySample, type LatencySample } from '../analysis/quantiles.js'
import { latencies, type Replayed } from '../replay/replay.js'
import type { Intervals } from '../run/result.js'
import { breather } from './breathe.js'
import type { ResolvedDevice } from './device.js'
import { byRequest, drawnRequests, RESAMPLED_NOTE } from './resample.js'

/** Latencies over seeded draws of the device's parameters; what no draw can be carved from is counted, not hidden.
 *  `replayAt`: as the cell itself is replayed, contention and all. */
export async function sampleIntervals(replayAt: (costs: Costs) => Replayed, device: ResolvedDevice, seed: number, samples: number, onReplay?: (done: number) => void): Promise<Intervals> {
  let done = 0
  let refused = 0
  let isResampled = false
  const breathe = breather()
  const sampled = async (variation: Variation): Promise<LatencySample[]> => {
    const found: LatencySample[] = []
    for (const [draw, sample] of sampleDevice(device.profile, device.pinned, seed, samples, variation).entries()) {
      await breathe()
      onReplay?.(++done)
      try {
        const replayed = replayAt(costsOf(sample, device.choices))
        const { requests, source } = replayed.plan
        const named = latencies(replayed).map((latency, i) => ({ ...latency, request: source.requests[requests[i]!.index]!.id }))
        const each = byRequest(named, ({ request }) => request)
        const places = drawnRequests(each.length, seed, draw + 1)
        isResampled ||= places !== undefined
        const all = latencySample(each)
        found.push(places === undefined ? all : { ...all, ttftNs: latencySample(Array.from(places, (i) => each[i]!)).ttftNs })
      } catch (error) {
        if (!(error instanceof UsageFault)) throw error
        refused++
      }
    }
    return found
  }
  const known = await sampled('known')
  const stress = await sampled('stress')
  return intervalsOf(known, stress, { device, samples, refused, isResampled })
}

/** Intervals from the latencies of draws, with what a reader must know of them. `refused`: draws of both kinds without any.
 *  Throws `UsageFault`: none is left. */
export function intervalsOf(known: readonly LatencySample[], stress: readonly LatencySample[], { device, samples, refused, isResampled }: { readonly device: ResolvedDevice; readonly samples: number; readonly refused: number; readonly isResampled: boolean }): Intervals {
  if (known.length === 0 || stress.length === 0) throw new UsageFault('no draw of the device’s parameters can be replayed', 'check --set and the spreads of the profile')
  const unknown = unknownSpreads(device.profile, device.pinned)
  const notes = [`95 % quantiles over ${known.length} draws${samples < 100 ? ': few, the outer quantiles are coarse' : ''}`]
  if (unknown.length > 0) notes.push(`conditional on ${unknown.length} unknown spreads (${unknown.join(', ')}); the stress interval takes those × or ÷ 1.5`)
  if (isResampled) notes.push(RESAMPLED_NOTE)
  if (refused > 0) notes.push(`${refused} draws were refused: a carve-out left less than nothing`)
  return { samples: known.length, ...latencyInterval(known), stress: latencyInterval(stress), notes }
}
