import type { CachedModel, ResidencyMechanism } from '../../replay/factors.js'
import { leastRecent, needed } from '../../replay/give-up.js'

export interface LruOptions {
  /** Of weights between requests; undefined: as many as fit. */
  readonly cacheBytes?: number
}

/** Weights stay until their memory is wanted; what was used longest ago goes first, unit by unit. A model is read from
 *  front to back, so of the least recent model its first layers go first: those that the next request needs first. */
export const lru = (options: LruOptions = {}): ResidencyMechanism => ({
  factor: 'residency',
  id: 'lru',
  version: 1,
  summary: 'the units used longest ago go first',
  source: 'the usual page cache; what arXiv 2603.09046 §5.2 replaces',
  keeps: true,
  kv: 'keep',
  evictions(view, needBytes) {
    const over = view.models.reduce((sum, { residentBytes }) => sum + residentBytes, 0) - (options.cacheBytes ?? Infinity)
    const order = leastRecent(view.models).flatMap((cached: CachedModel) => [...cached.units].sort((a, b) => a.lastUsedNs - b.lastUsedNs || a.layer - b.layer).map((unit) => ({ model: cached.model, ...unit })))
    return needed(order, Math.max(needBytes, over))
  },
})
