import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A stream of uniform draws in (0, 1), decided by a seed and a key alone: the same parameter gets the same
 *  draws under every policy of a study (MODEL: paired draws), whatever else is sampled. */
export function uniformStream(seed: number, key: string): () => number {
  const generator = xoroshiro128plus(mix(seed, key))
  return () => {
    const u = uniformFloat64(generator)
    return u > 0 ? u : Number.MIN_VALUE
  }
}

/** FNV-1a over the key's UTF-16 units, started from the seed; 32 bits. */
function mix(seed: number, key: string): number {
  let h = (0x811c9dc5 ^ seed) >>> 0
  for (let i = 0; i < key.length; i++) {
    h ^= key.charCodeAt(i)
    h = Math.imul(h, 0x01000193) >>> 0
  }
  return h | 0
}
