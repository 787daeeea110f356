import { memoryModes, type MemoryLedger, type MemoryMode, type MemoryPoint } from '../run/ledgers.js'
import type { Extent } from '../run/extents.js'
import type { Lives } from '../run/lives.js'
import type { Plan } from './plan.js'

/** Points of a curve that are kept. */
const POINTS = 400

interface Change {
  readonly atNs: number
  readonly mode: MemoryMode | 'normal'
  readonly bytes: number
}

/** When an extent changes mode: each pair holds from its time to the next one's. */
function modesOf(lives: Lives, extent: Extent, endNs: number): { mode: MemoryMode | undefined; fromNs: number }[] {
  const at = (name: keyof Lives['at']): number => lives.at[name][extent.id]!
  if (at('allocated') < 0) return []
  const protectedNs = lives.protectedFromNs(extent)
  const stages: { mode: MemoryMode | undefined; fromNs: number }[] = [{ mode: 'unprotected', fromNs: at('allocated') }]
  if (protectedNs < Infinity) {
    stages.push({ mode: 'encrypted', fromNs: protectedNs })
    if (at('plaintext') >= 0) stages.push({ mode: 'plaintext', fromNs: Math.max(protectedNs, at('plaintext')) })
  }
  if (at('lazy') >= 0) stages.push({ mode: 'uncleared', fromNs: at('lazy') })
  stages.push({ mode: undefined, fromNs: at('freed') >= 0 ? at('freed') : endNs })
  return stages
}

/** The memory ledger over time, and bytes × ns held. */
export function memoryLedger(plan: Plan, lives: Lives, sizeBytes: number, endNs: number): { ledger: MemoryLedger; heldByteNs: number } {
  const changes: Change[] = plan.demand.map(({ atNs, bytes }, i) => ({ atNs, mode: 'normal', bytes: bytes - (plan.demand[i - 1]?.bytes ?? 0) }))
  if (plan.reservedBytes > 0) changes.push({ atNs: 0, mode: 'reserved', bytes: plan.reservedBytes })
  for (const extent of plan.extents) {
    const { bytes } = extent
    const stages = modesOf(lives, extent, endNs)
    for (const [i, { mode, fromNs }] of stages.entries()) {
      const before = stages[i - 1]?.mode
      if (before !== undefined) changes.push({ atNs: fromNs, mode: before, bytes: -bytes })
      if (mode !== undefined) changes.push({ atNs: fromNs, mode, bytes })
      if (plan.reservedBytes > 0 && i === 0) changes.push({ atNs: fromNs, mode: 'reserved', bytes: -bytes })
      if (plan.reservedBytes > 0 && i === stages.length - 1) changes.push({ atNs: fromNs, mode: 'reserved', bytes })
    }
  }
  changes.sort((a, b) => a.atNs - b.atNs)
  return walked(changes, sizeBytes, endNs)
}

function walked(changes: readonly Change[], sizeBytes: number, endNs: number): { ledger: MemoryLedger; heldByteNs: number } {
  const now = { normal: 0, unprotected: 0, encrypted: 0, plaintext: 0, uncleared: 0, reserved: 0 }
  const held = (): number => now.unprotected + now.encrypted + now.plaintext + now.uncleared + now.reserved
  const points: MemoryPoint[] = []
  let peakHeldBytes = 0
  let peakProtectedBytes = 0
  let heldByteNs = 0
  for (let i = 0; i < changes.length; i++) {
    const { atNs, mode, bytes } = changes[i]!
    now[mode] += bytes
    const untilNs = changes[i + 1]?.atNs ?? Math.max(endNs, atNs)
    if (untilNs === atNs && i + 1 < changes.length) continue
    heldByteNs += held() * (untilNs - atNs)
    peakHeldBytes = Math.max(peakHeldBytes, held())
    peakProtectedBytes = Math.max(peakProtectedBytes, now.encrypted + now.plaintext + now.uncleared)
    points.push({ atNs, normalBytes: now.normal, unprotected: now.unprotected, encrypted: now.encrypted, plaintext: now.plaintext, uncleared: now.uncleared, reserved: now.reserved })
  }
  return { ledger: { sizeBytes, peakHeldBytes, peakProtectedBytes, leastLeftBytes: sizeBytes - peakHeldBytes, points: thinned(points, endNs) }, heldByteNs }
}

const total = (point: MemoryPoint): number => memoryModes.reduce((sum, mode) => sum + point[mode], 0)

/** Of each of equal stretches of time the point with the highest total, and the last one of all. */
function thinned(points: readonly MemoryPoint[], endNs: number): MemoryPoint[] {
  if (points.length <= POINTS) return [...points]
  const kept = new Map<number, MemoryPoint>()
  for (const point of points) {
    const stretch = Math.min(POINTS - 2, Math.floor((point.atNs / Math.max(1, endNs)) * (POINTS - 1)))
    const best = kept.get(stretch)
    if (best === undefined || total(point) > total(best)) kept.set(stretch, point)
  }
  return [...new Set([...kept.values(), points[points.length - 1]!])]
}
