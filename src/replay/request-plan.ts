import { MiB } from '../base/units.js'
import type { Costs } from '../device/costs.js'
import type { TraceModel } from '../trace/trace.js'
import type { Policy } from './factors.js'

/** The state that a cell starts from. */
export interface Initial {
  /** Share 0 … 1 of each model's weights resident, from the embedding on. */
  readonly cached: number
  /** Instead: prefixes of the models in order of first use, until this many bytes are resident. */
  readonly cachedBytes?: number
  /** Protection (stage-2) is already on. */
  readonly protection: boolean
}
export const COLD: Initial = { cached: 0, protection: false }
/** All weights are in memory: how a recording's own machine begins. */
export const RESIDENT: Initial = { cached: 1, protection: false }

/** What one request needs beside weights. Bytes are whole pages but for `kvBytesPerToken`. */
export interface RequestPlan {
  readonly promptTokens: number
  readonly activationBytes: number
  readonly kvBytesPerToken: number
  readonly kvBlockTokens: number
  /** KV allocated at start: blocks for the prompt, for the output too where the policy reserves it. */
  readonly kvStartBytes: number
  /** KV allocated later, block by block. */
  readonly kvGrownBytes: number
}

/** `pastTokens` lie in the KV cache already, `promptTokens` are to be computed. */
export function requestPlan(model: TraceModel | undefined, pastTokens: number, promptTokens: number, outputTokens: number, policy: Policy, costs: Costs): RequestPlan {
  const kv = model?.kvBytesPerToken ?? 0
  const activations = Math.round(((costs.sample['memory.activationMiB'] * MiB * promptTokens) / 512) * ((model?.hidden ?? 0) / 4096))
  const block = Math.max(1, Math.round(costs.sample['memory.kvBlockTokens']))
  const all = pastTokens + promptTokens
  const held = blocks(pastTokens, block)
  const atStart = blocks(all + (policy.memory.reservesKv ? outputTokens : 0), block)
  const atEnd = Math.max(atStart, blocks(all + Math.max(0, outputTokens - 1), block))
  const page = costs.pageBytes
  const pages = (bytes: number): number => Math.ceil(bytes / page) * page
  return {
    promptTokens: all,
    activationBytes: pages(activations),
    kvBytesPerToken: kv,
    kvBlockTokens: block,
    kvStartBytes: pages((atStart - held) * block * kv),
    kvGrownBytes: (atEnd - atStart) * block * kv,
  }
}

const blocks = (tokens: number, block: number): number => Math.ceil(tokens / block)
