import { outside, plaintext, unreachable, type Checked, type Found, type Scene } from './scene.js'

/** Plaintext lies in a page only after unmapping, invalidation and barrier are complete, until it was cleared. */
export function kernelReading(scene: Scene): Checked {
  const found: Found[] = []
  for (const extent of scene.plan.extents) {
    const secret = plaintext(scene, extent)
    if (secret === undefined) continue
    const safe = unreachable(scene, extent)
    for (const part of outside(secret, safe)) found.push({ extent, ...part, what: part.fromNs < safe.fromNs ? 'plaintext before the kernel’s last way to it was gone' : 'plaintext after the kernel could reach it again' })
  }
  return { property: 'confidentiality', invariant: 'plaintext only between a completed invalidation and a completed scrub', found, ofBytes: true }
}

/** What came from flash is checked after nobody else can write it, and stays so until its last use. */
export function kernelWriting(scene: Scene): Checked {
  const { at, checkedFromNs } = scene.tally.lives
  const found: Found[] = []
  for (const extent of scene.plan.extents) {
    const { id, content } = extent
    const secret = plaintext(scene, extent)
    // What is only written inside the secure world comes from nobody who could have changed it.
    if (secret === undefined || content === 'working' || (at.loaded[id]! < 0 && !extent.initial)) continue
    const safe = unreachable(scene, extent)
    if (checkedFromNs[id]! < 0) found.push({ extent, ...secret, what: 'used without having been checked' })
    else if (checkedFromNs[id]! < safe.fromNs) found.push({ extent, fromNs: checkedFromNs[id]!, toNs: Math.min(safe.fromNs, secret.toNs), what: 'checked while the kernel could still write it' })
    else if (safe.toNs < secret.toNs) found.push({ extent, fromNs: safe.toNs, toNs: secret.toNs, what: 'the kernel could write it before its last use was over' })
  }
  return { property: 'integrity', invariant: 'authenticated after protection is complete, no normal mapping between check and last use', found, ofBytes: true }
}

/** Pages are cleared, caches included, before anybody else can have them. */
export function pageReuse(scene: Scene): Checked {
  const { at } = scene.tally.lives
  const found: Found[] = []
  for (const extent of scene.plan.extents) {
    const { id } = extent
    const given = at.remapped[id]! >= 0 ? at.remapped[id]! : at.freed[id]!
    if (given < 0 || plaintext(scene, extent) === undefined) continue
    const scrubbed = at.scrubbed[id]!
    if (scrubbed < 0 || scrubbed > given) found.push({ extent, fromNs: given, toNs: scrubbed < 0 ? scene.tally.endNs : scrubbed, what: 'given away before it was cleared' })
  }
  return { property: 'confidentiality', invariant: 'a scrub ends before pages are mapped again or their region shrinks', found }
}

/** What is evicted to flash is ciphertext. */
export function flashReader(scene: Scene): Checked {
  const { at } = scene.tally.lives
  const found = scene.plan.extents.flatMap((extent): Found[] => {
    const stored = at.stored[extent.id]!
    if (stored < 0 || (at.encrypted[extent.id]! >= 0 && at.encrypted[extent.id]! <= stored)) return []
    return [{ extent, fromNs: stored, toNs: scene.tally.endNs, what: 'written to flash as plaintext' }]
  })
  return { property: 'confidentiality', invariant: 'evicted KV is encrypted before it is written; freshness (rollback) is promised by nobody', found }
}
