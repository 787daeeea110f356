import { effect } from '../../run/effects.js'
import { NORMAL_WORLD } from '../../run/tasks.js'
import { unreachable, type Checked, type Found, type Scene } from './scene.js'

interface Interval {
  readonly fromNs: number
  readonly toNs: number
}

/** When the NPU was the secure world's, from its switches. */
function secureTimes({ tally }: Scene): Interval[] {
  const turns = [...tally.npuTurns].sort((a, b) => a.atNs - b.atNs)
  const times: Interval[] = []
  let since = -1
  for (const { atNs, effects } of turns) {
    if ((effects & effect.npuProtected) !== 0 && since < 0) since = atNs
    else if ((effects & effect.npuUnprotected) !== 0 && since >= 0) {
      times.push({ fromNs: since, toNs: atNs })
      since = -1
    }
  }
  if (since >= 0) times.push({ fromNs: since, toNs: Infinity })
  return times
}

/** The place of the first of `values`, which rise, that is at least `ns`. */
function placeOf(values: readonly number[], ns: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < ns) low = middle + 1
    else high = middle
  }
  return low
}

const usesSecureNpu = ({ policy }: Scene): boolean => policy.npu.usesNpu && policy.memory.secure

/** The normal world's jobs never run while the NPU can reach secrets, and what it can reach is protected. */
export function maliciousNpuJob(scene: Scene): Checked {
  const { policy, plan, tally } = scene
  const invariant = 'the other world’s job is drained before the grant; protected, the NPU reaches protected pages only'
  if (!usesSecureNpu(scene)) return { property: 'both', invariant, found: [], idle: 'secrets never meet the NPU' }
  const found: Found[] = tally.hastyTurns
    .filter(({ effects }) => (effects & effect.npuProtected) !== 0 && (effects & effect.npuDrained) === 0)
    .map(({ atNs, request }) => ({ request, fromNs: atNs, toNs: atNs, what: 'the NPU was granted before its running job was drained' }))
  if (policy.npu.boundary !== 'job') {
    const times = secureTimes(scene)
    const ends = times.map(({ toNs }) => toNs)
    for (const { startNs, endNs, request } of tally.npuUses)
      if (request === NORMAL_WORLD)
        for (let i = placeOf(ends, startNs); i < times.length && times[i]!.fromNs < endNs; i++) {
          const { fromNs, toNs } = times[i]!
          if (startNs < toNs) found.push({ request, fromNs: Math.max(startNs, fromNs), toNs: Math.min(endNs, toNs), what: 'a job of the normal world ran on the protected NPU' })
        }
  }
  if (policy.npu.needsMap)
    for (const extent of plan.extents) {
      const mapped = tally.lives.at.npuMapped[extent.id]!
      const safe = unreachable(scene, extent)
      if (mapped >= 0 && mapped < safe.fromNs) found.push({ extent, fromNs: mapped, toNs: Math.min(safe.fromNs, tally.endNs), what: 'the NPU reaches a page that is not protected' })
    }
  return { property: 'both', invariant: policy.npu.needsMap ? invariant : `${invariant} (the second half is not promised: no tables confine the NPU here)`, found }
}

/** While the secure world has the NPU its registers, interrupts and driver pages are out of the kernel's reach. */
export function kernelAtNpu(scene: Scene): Checked {
  const { policy, tally } = scene
  const invariant = 'protected: registers, interrupts and driver pages are out of the normal world; flushed before they go back'
  if (!usesSecureNpu(scene)) return { property: 'both', invariant, found: [], idle: 'secrets never meet the NPU' }
  const found: Found[] = tally.hastyTurns.flatMap(({ atNs, request, effects }): Found[] => {
    if ((effects & effect.npuProtected) !== 0 && (effects & effect.npuClaimed) === 0) return [{ request, fromNs: atNs, toNs: atNs, what: 'granted while the kernel still had its registers' }]
    if ((effects & effect.npuUnprotected) !== 0 && (effects & effect.npuFlushed) === 0) return [{ request, fromNs: atNs, toNs: atNs, what: 'registers back before the flush' }]
    return []
  })
  if (policy.npu.boundary !== 'job') {
    const times = secureTimes(scene)
    const ends = times.map(({ toNs }) => toNs)
    for (const { startNs, endNs, request } of tally.npuUses)
      // Times do not overlap: the first that ends no earlier than the job is the one that could hold it.
      if (request !== NORMAL_WORLD && !((times[placeOf(ends, endNs)]?.fromNs ?? Infinity) <= startNs)) found.push({ request, fromNs: startNs, toNs: endNs, what: 'a secret job ran while the NPU was not the secure world’s' })
  }
  return { property: 'both', invariant, found }
}

/** What a job leaves in the NPU's own buffers; no ledger shows it. */
export function staleNpuState(scene: Scene): Checked {
  const invariant = 'buffers are cleared before the NPU is anybody else’s'
  if (!usesSecureNpu(scene)) return { property: 'confidentiality', invariant, found: [], idle: 'secrets never meet the NPU' }
  return { property: 'confidentiality', invariant, found: [], argued: 'launching is called stateless by the source; nothing was measured' }
}

/** Stage-2 goes off only when nothing needs it, and is verified when it comes back. */
export function protectionOff(scene: Scene): Checked {
  const { plan, tally } = scene
  const { at } = tally.lives
  const invariant = 'off only with no protected page, no uncleared free page, the NPU unprotected; verified on resume'
  const offs = tally.protectionTurns.filter(({ effects }) => (effects & effect.protectionOff) !== 0)
  const ons = tally.protectionTurns.filter(({ effects }) => (effects & effect.protectionOn) !== 0)
  if (offs.length + ons.length === 0) return { property: 'both', invariant, found: [], idle: 'no stage-2 translation is switched' }
  const found: Found[] = ons.filter(({ effects }) => (effects & effect.verified) === 0).map(({ atNs, request }) => ({ request, fromNs: atNs, toNs: atNs, what: 'on again without having been verified' }))
  const times = secureTimes(scene)
  const ends = times.map(({ toNs }) => toNs)
  const onsNs = ons.map(({ atNs }) => atNs).sort((a, b) => a - b)
  const offsNs = offs.map(({ atNs }) => atNs).sort((a, b) => a - b)
  const onAgain = (atNs: number): number => Math.min(tally.endNs, onsNs[placeOf(onsNs, atNs + 1)] ?? Infinity)
  for (const { atNs, request } of offs) if ((times[placeOf(ends, atNs + 1)]?.fromNs ?? Infinity) < atNs) found.push({ request, fromNs: atNs, toNs: onAgain(atNs), what: 'off while the NPU was protected' })
  for (const extent of plan.extents) {
    const { id } = extent
    const since = at.unmapped[id]!
    const given = at.remapped[id]! >= 0 ? at.remapped[id]! : Infinity
    if (since < 0) continue
    for (let i = placeOf(offsNs, since); i < offsNs.length && offsNs[i]! < given; i++) {
      const atNs = offsNs[i]!
      found.push({ extent, fromNs: atNs, toNs: onAgain(atNs), what: at.lazy[id]! >= 0 && at.lazy[id]! <= atNs ? 'off with an uncleared page on the free list' : 'off with a protected page' })
    }
  }
  return { property: 'both', invariant, found }
}
