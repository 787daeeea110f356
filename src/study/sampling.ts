import { UsageFault } from '../base/errors.js'
import { costsOf, type Costs } from '../device/costs.js'
import { sampleDevice, unknownSpreads, type Variation } from '../device/sample.js'
import { latencyInterval, latencySample, type LatencySample } from '../analysis/quantiles.js'
import { latencies, type Replayed } from '../replay/replay.js'
import type { Intervals } from '../run/result.js'
import { breather } from './breathe.js'
import type { ResolvedDevice } from './device.js'

/** Latencies over seeded draws of the device's parameters; what no draw can be carved from is counted, not hidden.
 *  `replayAt`: as the cell itself is replayed, contention and all. */
export async function sampleIntervals(replayAt: (costs: Costs) => Replayed, device: ResolvedDevice, seed: number, samples: number, onReplay?: (done: number) => void): Promise<Intervals> {
  let done = 0
  let refused = 0
  const breathe = breather()
  const sampled = async (variation: Variation): Promise<LatencySample[]> => {
    const found: LatencySample[] = []
    for (const sample of sampleDevice(device.profile, device.pinned, seed, samples, variation)) {
      await breathe()
      onReplay?.(++done)
      try {
        found.push(latencySample(latencies(replayAt(costsOf(sample, device.choices)))))
      } catch (error) {
        if (!(error instanceof UsageFault)) throw error
        refused++
      }
    }
    return found
  }
  const known = await sampled('known')
  const stress = await sampled('stress')
  if (known.length === 0 || stress.length === 0) throw new UsageFault('no draw of the device’s parameters can be replayed', 'check --set and the spreads of the profile')
  const unknown = unknownSpreads(device.profile, device.pinned)
  const notes = [`95 % quantiles over ${known.length} draws${samples < 100 ? ': few, the outer quantiles are coarse' : ''}`]
  if (unknown.length > 0) notes.push(`conditional on ${unknown.length} unknown spreads (${unknown.join(', ')}); the stress interval takes those × or ÷ 1.5`)
  if (refused > 0) notes.push(`${refused} draws were refused: a carve-out left less than nothing`)
  return { samples: known.length, ...latencyInterval(known), stress: latencyInterval(stress), notes }
}
