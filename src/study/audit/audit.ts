import type { BusMaster } from '../../device/profile.js'
import { factors, type Policy } from '../../replay/factors.js'
import type { Plan } from '../../replay/plan.js'
import type { Tally } from '../../replay/tally.js'
import { attackers, type Attacker, type Audit, type AuditRow, type Finding, type Verdict } from '../../run/audit.js'
import { NORMAL_WORLD } from '../../run/tasks.js'
import { flashReader, kernelReading, kernelWriting, pageReuse } from './kernel.js'
import { maliciousManager, otherMaster, regionRounding } from './masters.js'
import { kernelAtNpu, maliciousNpuJob, protectionOff, staleNpuState } from './npu.js'
import type { Checked, Found, Scene } from './scene.js'

const FAILING: ReadonlySet<Verdict> = new Set(['violated', 'exposed', 'unknown'])
/** Findings that a row shows; it counts all. */
const SHOWN = 5

/** A check an attacker. The normal-world client is nobody's promise: its prompt and answer pass through the kernel. */
const checks: Readonly<Record<Attacker, (scene: Scene) => Checked>> = {
  'kernel-reading': kernelReading,
  'kernel-writing': kernelWriting,
  'other-master': otherMaster,
  'malicious-manager': maliciousManager,
  'malicious-npu-job': maliciousNpuJob,
  'kernel-at-npu': kernelAtNpu,
  'stale-npu-state': staleNpuState,
  'page-reuse': pageReuse,
  'protection-off': protectionOff,
  'region-rounding': regionRounding,
  'flash-reader': flashReader,
  'request-client': () => ({ property: 'both', invariant: 'prompt and answer pass through the normal world’s client', found: [] }),
}

/** What a policy and its mechanisms claim to withstand. */
export function promisesOf(policy: Policy): Set<Attacker> {
  return new Set([...(policy.promises ?? []), ...factors.flatMap((factor) => policy[factor].promises ?? [])])
}

/** Holds a run's ledgers against every attacker. `masters` undefined: nobody knows who is on the bus. */
export function auditRun(policy: Policy, plan: Plan, tally: Tally, masters: readonly BusMaster[] | undefined): Audit {
  const scene: Scene = { policy, plan, tally, masters }
  const promises = promisesOf(policy)
  const isUnknown = plan.requests.some(({ index }) => {
    const { model } = plan.source.requests[index]!
    return model < 0 || plan.source.units(model).length === 0 || (plan.source.models[model]?.kvBytesPerToken ?? 0) === 0
  })
  const rows = attackers.map((attacker) => rowOf(scene, attacker, promises.has(attacker), checks[attacker](scene), isUnknown))
  return { policy: policy.id, rows, passed: rows.every(({ verdict }) => !FAILING.has(verdict)) }
}

function rowOf(scene: Scene, attacker: Attacker, promised: boolean, { property, invariant, found, argued, idle, ofBytes }: Checked, isUnknown: boolean): AuditRow {
  const [verdict, why] = ((): readonly [Verdict, string] => {
    if (found.length > 0) return promised ? ['violated', `broken: ${invariant}`] : ['exposed', `not promised, and does not hold: ${invariant}`]
    if (attacker === 'request-client') return ['not covered', invariant]
    if (argued !== undefined) return ['argued', `${invariant}; ${argued}`]
    if (idle !== undefined) return ['held', idle]
    if (ofBytes === true && isUnknown) return ['unknown', `the trace does not tell all weights or KV: ${invariant}`]
    return ['held', promised ? invariant : `${invariant} (not promised)`]
  })()
  return {
    attacker,
    property,
    promised,
    verdict,
    why,
    findings: {
      count: found.length,
      byteNs: found.reduce((sum, { extent, fromNs, toNs }) => sum + (extent?.bytes ?? 0) * (toNs - fromNs), 0),
      first: [...found].sort((a, b) => a.fromNs - b.fromNs || (a.extent?.id ?? 0) - (b.extent?.id ?? 0)).slice(0, SHOWN).map((one) => worded(scene, one)),
    },
  }
}

function worded({ plan }: Scene, { extent, request = extent?.request ?? -1, fromNs, toNs, what }: Found): Finding {
  const { source } = plan
  const model = source.models[extent?.model ?? -1]
  const layer = extent === undefined ? 0 : extent.layer
  const where = layer === -1 ? 'the embedding' : layer === model?.layers ? 'the head' : layer >= 0 ? `layer ${layer}` : ''
  return {
    tensor: extent === undefined ? 'the NPU, or all of memory' : `${model?.id ?? 'unknown model'} ${extent.content}${where === '' ? '' : ` of ${where}`}, pages ${extent.firstPage} to ${extent.firstPage + extent.pages - 1}`,
    op: extent === undefined || extent.layer < 0 ? '' : firstOp(plan, extent.request, extent.layer),
    request: request === NORMAL_WORLD ? 'normal world' : (source.requests[request]?.id ?? ''),
    fromNs,
    toNs,
    bytes: extent?.bytes ?? 0,
    what,
  }
}

/** The first op of a layer in a request, by name. */
function firstOp({ source }: Plan, request: number, layer: number): string {
  const asked = source.requests[request]
  if (asked === undefined) return ''
  const { trace, ops } = source.ops(request, 0, asked.promptTokens)
  const op = ops.find((one) => trace.ops.layer[one] === layer)
  return op === undefined ? '' : (trace.strings[trace.ops.name[op]!] ?? '')
}
