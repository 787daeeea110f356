import type { CachedModel, CacheView, Eviction, ResidencyMechanism } from '../../replay/factors.js'
import { needed } from '../../replay/give-up.js'
import { decryptNs, swapOutNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import { CPU, FLASH } from '../../run/resources.js'
import { rank } from '../../run/tasks.js'

export interface LlmAwareOptions {
  /** Of weights between requests; undefined: as many as fit. */
  readonly cacheBytes?: number
  /** Whose prefix is kept longest: the model used last, or those asked for most (`RATE` of recent requests, else the
   *  top `TOP`; later text §5.2). */
  readonly by?: 'prefix' | 'rate'
  /** Keeps no more of a model than a prompt of `targetPrompt` tokens can hide the loading of. */
  readonly zeroStall?: 'off' | 'on'
  readonly targetPrompt?: number
}

const RATE = 0.25
const TOP = 3

/** A model's first layers stay longest, because later ones can be loaded while those compute: memory is taken back from
 *  the other end. A conversation's cold KV cache goes encrypted to flash. */
export const llmAware = (options: LlmAwareOptions = {}): ResidencyMechanism => ({
  factor: 'residency',
  id: 'llm-aware',
  version: 1,
  summary: `a prefix of layers stays, ${options.by === 'rate' ? 'of the models asked for most' : 'of the latest models longest'}; cold KV encrypted to flash`,
  source: 'arXiv 2603.09046 §5.2, arXiv 2511.13717 §4 (partial parameter caching); by rate: arXiv 2606.23370 §5.2',
  needs: ['recallable'],
  keeps: true,
  kv: 'keep',
  spill(l, { id, bytes, layer }, after) {
    const encrypted = l.write.add({ cause: 'evict', mask: CPU, rank: rank.decrypt, durationNs: decryptNs, bytes, layer, extent: id, effect: effect.encrypted }, after)
    return l.write.add({ cause: 'evict', mask: FLASH, rank: rank.issue, durationNs: swapOutNs, bytes, layer, extent: id, effect: effect.stored }, encrypted)
  },
  evictions(view, needBytes) {
    const order = ranked(view.models, options.by ?? 'prefix')
    let budget = options.cacheBytes ?? Infinity
    const wanted = order.map((cached) => {
      const line = options.zeroStall === 'on' ? zeroStallBytes(cached, view, options.targetPrompt ?? 128) : cached.weightBytes
      const bytes = !isKept(cached, order, options.by ?? 'prefix') ? 0 : Math.min(line, budget)
      budget -= Math.min(bytes, cached.residentBytes)
      return bytes
    })
    const unwanted = order.flatMap((cached, i) => (cached.inUse ? [] : needed(fromTheEnd(cached), cached.residentBytes - wanted[i]!)))
    const freed = unwanted.reduce((sum, { bytes }) => sum + bytes, 0)
    if (freed >= needBytes) return unwanted
    return [...unwanted, ...needed(rest(order, unwanted), needBytes - freed)]
  },
})

/** The most wanted model first. */
function ranked(models: readonly CachedModel[], by: 'prefix' | 'rate'): CachedModel[] {
  return [...models].sort((a, b) => (by === 'rate' ? b.recentShare - a.recentShare : 0) || b.lastUsedNs - a.lastUsedNs || a.model - b.model)
}

function isKept(cached: CachedModel, order: readonly CachedModel[], by: 'prefix' | 'rate'): boolean {
  if (by === 'prefix') return true
  return order.some(({ recentShare }) => recentShare >= RATE) ? cached.recentShare >= RATE : order.indexOf(cached) < TOP
}

const fromTheEnd = ({ model, units }: CachedModel): { model: number; layer: number; residentBytes: number }[] =>
  [...units].reverse().map(({ layer, residentBytes }) => ({ model, layer, residentBytes }))

/** What is left after `gone`, of the least wanted model first. */
function rest(order: readonly CachedModel[], gone: readonly Eviction[]): { model: number; layer: number; residentBytes: number }[] {
  return [...order]
    .reverse()
    .filter(({ inUse }) => !inUse)
    .flatMap(fromTheEnd)
    .map((unit) => ({ ...unit, residentBytes: unit.residentBytes - gone.reduce((sum, { model, layer, bytes }) => sum + (model === unit.model && layer === unit.layer ? bytes : 0), 0) }))
}

/**
 * The "zero-stall line" (our reading of §5.2): with this much of the prefix there, loading the rest hides behind computing
 * `tokens` tokens. With even layers that is 1 − compute / restore; a weight byte computes for 2 · tokens FLOPs and
 * is restored at the slowest stage's rate.
 */
function zeroStallBytes({ weightBytes }: CachedModel, { costs, policy }: CacheView, tokens: number): number {
  const computeNs = (2 * tokens) / (policy.npu.usesNpu ? costs.npuFlopsPerNs : costs.cpuFlopsPerNs)
  const restoreNs = Math.max(costs.flashNsPerByte, costs.decryptNsPerByte / costs.sample['cpu.cores'])
  return weightBytes * Math.max(0, 1 - computeNs / restoreNs)
}
