import { KiB, MiB } from '../base/units.js'
import type { FlexMemOptions } from '../mechanisms/memory/flex-mem.js'
import type { CmaOptions } from '../mechanisms/memory/tzasc-cma.js'
import type { FlexNpuOptions } from '../mechanisms/npu/flex-npu.js'
import { layered, type LayeredOptions } from '../mechanisms/pipeline/layered.js'
import type { LlmAwareOptions } from '../mechanisms/residency/llm-aware.js'
import type { LruOptions } from '../mechanisms/residency/lru.js'
import type { MultiModelOptions } from '../mechanisms/scheduler/multi-model.js'
import type { DecodePlacement, PipelineMechanism } from '../replay/factors.js'
import type { PolicyOptions } from './options.js'

/** Options of mechanisms, read from a policy's reference. */
const onOff = (options: PolicyOptions, key: string, fallback: 'on' | 'off', meaning: string): 'on' | 'off' => options.word(key, fallback, ['on', 'off'], meaning)

export function layeredFrom(options: PolicyOptions, allocate: 'inside' | 'before'): PipelineMechanism {
  const depth = options.count('depth', 0, 0, 10_000, 'layers that restoration may run ahead of computing; 0: any number')
  const read: LayeredOptions = {
    allocate: options.word('allocate', allocate, ['inside', 'before'], 'allocation of a piece just ahead of its load, or all of it before the first load'),
    preempt: onOff(options, 'preempt', 'on', 'restoration in pieces between which computing can go first; off: a quarter layer a task'),
    flashPieceBytes: options.bytes('flashPiece', 4 * MiB, 64 * KiB, 'of an allocation and a flash request'),
    decryptPieceBytes: options.bytes('decryptPiece', 256 * KiB, 4 * KiB, 'of a decryption'),
    outstanding: options.count('outstanding', 32, 1, 4096, 'flash requests under way at most'),
    ...(depth === 0 ? {} : { depth }),
  }
  return layered(read)
}

export const decodeFrom = (options: PolicyOptions): { decode: DecodePlacement } => ({ decode: options.word('decode', 'npu', ['npu', 'cpu'], 'where decode’s matmuls run') })

export function flexNpuFrom(options: PolicyOptions): FlexNpuOptions {
  return { ...decodeFrom(options), granularity: options.word('granularity', 'request', ['request', 'step', 'layer'], 'where waiting jobs of the normal world can have the NPU back'), eager: onOff(options, 'eager', 'off', 'the NPU goes back at every boundary, wanted or not: the worst case') === 'on' }
}

export function cmaFrom(options: PolicyOptions, threads: number, on: 'kernel' | 'cpu' = 'kernel'): CmaOptions {
  return { on: options.word('migrate', on, ['kernel', 'cpu'], 'whose cores migrate pages: the normal world’s, or the LLM’s own'), threads: options.count('threads', threads, 1, 4, 'that migrate pages'), commit: options.word('commit', 'in-order', ['in-order', 'out-of-order'], 'one region that grows in order, or one a thread') }
}

export function flexMemFrom(options: PolicyOptions): FlexMemOptions {
  const batchBytes = options.bytes('batch', 0, 4 * KiB, 'a monitor call covers; none: the device’s')
  return {
    scrub: options.word('scrub', 'lazy', ['lazy', 'eager'], 'pages are cleared when somebody needs them, or before they go back'),
    off: options.word('off', 'released', ['released', 'idle-window', 'never'], 'when stage-2 goes off once nothing is protected'),
    idleMs: options.count('idleMs', 10_000, 0, 86_400_000, 'the idle window in ms (assumed: none is published)'),
    ...(batchBytes === 0 ? {} : { batchBytes }),
  }
}

export function carveoutFrom(options: PolicyOptions): { sizeBytes?: number } {
  const sizeBytes = options.bytes('carveout', 0, MiB, 'of the region; none: what the largest request needs')
  return sizeBytes === 0 ? {} : { sizeBytes }
}

export function lruFrom(options: PolicyOptions): LruOptions {
  const cacheBytes = options.bytes('cache', 0, MiB, 'of weights between requests; none: as many as fit')
  return cacheBytes === 0 ? {} : { cacheBytes }
}

export function llmAwareFrom(options: PolicyOptions): LlmAwareOptions {
  return {
    ...lruFrom(options),
    by: options.word('by', 'prefix', ['prefix', 'rate'], 'whose prefix stays longest: the model used last, or those asked for most'),
    zeroStall: onOff(options, 'zeroStall', 'off', 'keeps no more than a prompt can hide the loading of'),
    targetPrompt: options.count('targetPrompt', 128, 1, 1_000_000, 'tokens of the prompt that the zero-stall line is drawn for'),
  }
}

export const multiModelFrom = (options: PolicyOptions): MultiModelOptions => ({ prefetch: onOff(options, 'prefetch', 'on', 'the next model of a known workflow is restored ahead'), prefillFirst: onOff(options, 'prefillFirst', 'on', 'a waiting prefill goes before the next token') })
