import type { CachedModel, Eviction } from './factors.js'

/** Models that can go, the one asked for longest ago first. */
export function leastRecent(models: readonly CachedModel[]): CachedModel[] {
  return models.filter(({ inUse }) => !inUse).sort((a, b) => a.lastUsedNs - b.lastUsedNs || a.model - b.model)
}

/** From the front of `order`, whole units but for the last, until `bytes` are given up. */
export function needed(order: readonly { readonly model: number; readonly layer: number; readonly residentBytes: number }[], bytes: number): Eviction[] {
  const evictions: Eviction[] = []
  let left = bytes
  for (const { model, layer, residentBytes } of order) {
    if (left <= 0) break
    if (residentBytes === 0) continue
    const goes = Math.min(left, residentBytes)
    evictions.push({ model, layer, bytes: goes })
    left -= goes
  }
  return evictions
}
