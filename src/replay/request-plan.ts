import { MiB } from '../base/units.js'
import type { Costs } from '../device/costs.js'
import type { Trace } from '../trace/trace.js'
import type { Policy, Unit } from './factors.js'

/** The state that a cell starts from; all shares 0 … 1. */
export interface Initial {
  /** Share of each model's weights resident, from the embedding on. */
  readonly cached: number
  /** Protection (stage-2) is already on. */
  readonly protection: boolean
}
export const COLD: Initial = { cached: 0, protection: false }

/** What one request needs, before any task is written. Bytes are whole. */
export interface RequestPlan {
  readonly index: number
  readonly model: number
  readonly arrivalNs: number
  readonly promptTokens: number
  readonly ops: Uint32Array
  /** To be restored, embedding first; a checkpoint ahead of it. Empty where weights are unknown or all resident. */
  readonly units: readonly Unit[]
  /** Activations and KV allocated at start. */
  readonly scratchBytes: number
  readonly kvBytesPerToken: number
  readonly kvBlockTokens: number
  /** KV allocated later, block by block. */
  readonly grownBytes: number
  readonly protectionOn: boolean
}

/** Framework state has no layer of its own; it comes before all that has. */
export const CHECKPOINT_LAYER = -3

/** Undefined: no op belongs to this request. */
export function requestPlan(
  trace: Trace,
  index: number,
  ops: Uint32Array,
  policy: Policy,
  costs: Costs,
  initial: Initial,
  kept: ReadonlySet<number>,
  warnings: Set<string>,
): RequestPlan | undefined {
  if (ops.length === 0) return undefined
  const request = trace.header.requests[index]!
  const model = trace.header.models[request.model]
  const whole = request.model >= 0 ? weightUnits(trace, request.model) : []
  if (whole.length === 0) warnings.add(`request ${request.id}: the trace does not tell its model's weights: nothing is restored, TTFT is that of a resident model`)
  const cached = kept.has(request.model) ? 1 : initial.cached
  const checkpoint = policy.startup.restoreBytes(costs)
  const units = [...(checkpoint > 0 ? [{ layer: CHECKPOINT_LAYER, bytes: checkpoint }] : []), ...withoutPrefix(whole, cached)]
  const kv = model?.kvBytesPerToken ?? 0
  if (kv === 0) warnings.add(`request ${request.id}: the trace does not tell the size of its KV cache: none is allocated`)
  const hidden = model?.hidden ?? 0
  const activations = Math.round(((costs.sample['memory.activationMiB'] * MiB * request.promptTokens) / 512) * (hidden / 4096))
  const block = Math.max(1, Math.round(costs.sample['memory.kvBlockTokens']))
  const atStart = blocks(request.promptTokens + (policy.memory.reservesKv ? request.outputTokens : 0), block)
  const atEnd = Math.max(atStart, blocks(request.promptTokens + Math.max(0, request.outputTokens - 1), block))
  const page = costs.pageBytes
  return {
    index,
    model: request.model,
    arrivalNs: request.arrivalNs,
    promptTokens: request.promptTokens,
    ops,
    units,
    scratchBytes: Math.ceil((activations + atStart * block * kv) / page) * page,
    kvBytesPerToken: kv,
    kvBlockTokens: block,
    grownBytes: policy.memory.reservesKv ? 0 : (atEnd - atStart) * block * kv,
    protectionOn: initial.protection,
  }
}

const blocks = (tokens: number, block: number): number => Math.ceil(tokens / block)

/** Weights by restoration unit, summed over the model's tensors, in order; pages are whole. */
function weightUnits(trace: Trace, model: number): Unit[] {
  const byLayer = new Map<number, number>()
  for (const tensor of trace.header.tensors)
    if (tensor.role === 'weight' && tensor.model === model && tensor.bytes > 0) byLayer.set(tensor.layer, (byLayer.get(tensor.layer) ?? 0) + tensor.bytes)
  return [...byLayer].sort(([a], [b]) => a - b).map(([layer, bytes]) => ({ layer, bytes }))
}

/** What is left to restore when the first `share` of all bytes is there already; units keep their place. */
function withoutPrefix(units: readonly Unit[], share: number): Unit[] {
  let there = Math.floor(units.reduce((sum, unit) => sum + unit.bytes, 0) * share)
  return units
    .map(({ layer, bytes }) => {
      const had = Math.min(there, bytes)
      there -= had
      return { layer, bytes: bytes - had }
    })
    .filter((unit) => unit.bytes > 0)
}

