import { UsageFault } from '../base/errors.js'
import { formatBytes, formatNs, KiB, MiB } from '../base/units.js'
import { costsOf } from '../device/costs.js'
import { choiceOf } from '../device/choices.js'
import { choiceIds } from '../device/profile.js'
import { latencySample } from '../analysis/quantiles.js'
import { policyOf } from '../policies/policies.js'
import { latencies, type Setting } from '../replay/replay.js'
import { replaySetting } from './replay-setting.js'
import type { ResolvedDevice } from './device.js'

/** A reading that moves TTFT by less than this share is not worth a sentence. */
const WORTH = 0.01
const ttftNs = (setting: Setting): number => latencySample(latencies(replaySetting(setting))).ttftNs

/** What other readings of the same sources would say: a sentence for each that moves some policy's TTFT by 1 %. */
export function readingNotes(settings: readonly Setting[], device: ResolvedDevice): string[] {
  const plain = settings.map(ttftNs)
  const notes: string[] = []
  for (const id of choiceIds)
    for (const option of choiceOf(device.profile, id).options) {
      if (option === device.choices[id]) continue
      const moved = settings.flatMap((setting, i) => {
        try {
          const ns = ttftNs({ ...setting, costs: costsOf(device.values, { ...device.choices, [id]: option }) })
          return Math.abs(ns / plain[i]! - 1) < WORTH ? [] : [`${setting.policy.id} ${formatNs(ns)} (${percent(ns / plain[i]! - 1)})`]
        } catch (error) {
          if (!(error instanceof UsageFault)) throw error
          return []
        }
      })
      if (moved.length > 0) notes.push(`read as ${id}=${option}, TTFT would be: ${moved.join(', ')}`)
    }
  return notes
}

/** Overhead over the unprotected policy hangs on how finely decryption can be interrupted: a sentence for each
 *  built-in policy where another piece size moves it by more than a point. */
export function pieceNotes(settings: readonly Setting[]): string[] {
  const base = settings.find((setting) => setting.policy.id === 'unprotected')
  if (base === undefined) return []
  const baseNs = ttftNs(base)
  return settings.flatMap((setting) => {
    const { policy } = setting
    if (!policy.memory.secure || policy.pipeline.id !== 'layered' || policy.id.includes('?')) return []
    const over = ttftNs(setting) / baseNs - 1
    const others = [64 * KiB, MiB].map((bytes) => ({ bytes, over: ttftNs({ ...setting, policy: policyOf(`${policy.id}?decryptPiece=${bytes}`) }) / baseNs - 1 }))
    if (others.every((other) => Math.abs(other.over - over) <= WORTH)) return []
    return [`${policy.id} over unprotected: ${percent(over)} with decrypt pieces of 256 KiB, ${others.map((other) => `${percent(other.over)} with ${formatBytes(other.bytes)}`).join(', ')}`]
  })
}

const percent = (share: number): string => `${share >= 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(1)} %`
