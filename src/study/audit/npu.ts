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
    for (const { startNs, endNs, request } of tally.npuUses)
      if (request === NORMAL_WORLD) for (const { fromNs, toNs } of times) if (startNs < toNs && endNs > fromNs) found.push({ request, fromNs: Math.max(startNs, fromNs), toNs: Math.min(endNs, toNs), what: 'a job of the normal world ran on the protected NPU' })
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
    for (const { startNs, endNs, request } of tally.npuUses)
      if (request !== NORMAL_WORLD && !times.some(({ fromNs, toNs }) => startNs >= fromNs && endNs <= toNs)) found.push({ request, fromNs: startNs, toNs: endNs, what: 'a secret job ran while the NPU was not the secure world’s' })
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
  for (const { atNs, request } of offs) {
    const on = Math.min(tally.endNs, ...ons.map((turn) => turn.atNs).filter((ns) => ns > atNs))
    if (times.some(({ fromNs, toNs }) => fromNs < atNs && atNs < toNs)) found.push({ request, fromNs: atNs, toNs: on, what: 'off while the NPU was protected' })
    for (const extent of plan.extents) {
      const { id } = extent
      const since = at.unmapped[id]!
      const given = at.remapped[id]! >= 0 ? at.remapped[id]! : Infinity
      if (since >= 0 && since <= atNs && given > atNs) found.push({ extent, fromNs: atNs, toNs: on, what: at.lazy[id]! >= 0 && at.lazy[id]! <= atNs ? 'off with an uncleared page on the free list' : 'off with a protected page' })
    }
  }
  return { property: 'both', invariant, found }
}
