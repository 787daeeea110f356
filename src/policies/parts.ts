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
const onOff = (options: PolicyOptions, key: string, fallback: 'on' | 'off'): 'on' | 'off' => options.word(key, fallback, ['on', 'off'])

export function layeredFrom(options: PolicyOptions, allocate: 'inside' | 'before'): PipelineMechanism {
  const depth = options.count('depth', 0, 0, 10_000) // 0: without limit
  const read: LayeredOptions = {
    allocate: options.word('allocate', allocate, ['inside', 'before']),
    preempt: onOff(options, 'preempt', 'on'),
    flashPieceBytes: options.bytes('flashPiece', 4 * MiB, 64 * KiB),
    decryptPieceBytes: options.bytes('decryptPiece', 256 * KiB, 4 * KiB),
    outstanding: options.count('outstanding', 32, 1, 4096),
    ...(depth === 0 ? {} : { depth }),
  }
  return layered(read)
}

export const decodeFrom = (options: PolicyOptions): { decode: DecodePlacement } => ({ decode: options.word('decode', 'npu', ['npu', 'cpu']) })

export function flexNpuFrom(options: PolicyOptions): FlexNpuOptions {
  return { ...decodeFrom(options), granularity: options.word('granularity', 'request', ['request', 'step', 'layer']), eager: onOff(options, 'eager', 'off') === 'on' }
}

export function cmaFrom(options: PolicyOptions, threads: number): CmaOptions {
  return { threads: options.count('threads', threads, 1, 4), commit: options.word('commit', 'in-order', ['in-order', 'out-of-order']) }
}

/** An idle window's default is assumed: none is published. */
export function flexMemFrom(options: PolicyOptions): FlexMemOptions {
  const batchBytes = options.bytes('batch', 0, 4 * KiB) // 0: the device's
  return {
    scrub: options.word('scrub', 'lazy', ['lazy', 'eager']),
    off: options.word('off', 'released', ['released', 'idle-window', 'never']),
    idleMs: options.count('idleMs', 10_000, 0, 86_400_000),
    ...(batchBytes === 0 ? {} : { batchBytes }),
  }
}

export function carveoutFrom(options: PolicyOptions): { sizeBytes?: number } {
  const sizeBytes = options.bytes('carveout', 0, MiB)
  return sizeBytes === 0 ? {} : { sizeBytes }
}

export function lruFrom(options: PolicyOptions): LruOptions {
  const cacheBytes = options.bytes('cache', 0, MiB)
  return cacheBytes === 0 ? {} : { cacheBytes }
}

export function llmAwareFrom(options: PolicyOptions): LlmAwareOptions {
  return {
    ...lruFrom(options),
    by: options.word('by', 'prefix', ['prefix', 'rate']),
    zeroStall: onOff(options, 'zeroStall', 'off'),
    targetPrompt: options.count('targetPrompt', 128, 1, 1_000_000),
  }
}

export const multiModelFrom = (options: PolicyOptions): MultiModelOptions => ({ prefetch: onOff(options, 'prefetch', 'on'), prefillFirst: onOff(options, 'prefillFirst', 'on') })
