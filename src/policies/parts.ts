import { KiB, MiB } from '../base/units.js'
import { layered, type LayeredOptions } from '../mechanisms/pipeline/layered.js'
import type { DecodePlacement, PipelineMechanism } from '../replay/factors.js'
import type { PolicyOptions } from './options.js'

/** Options that every layered policy has, read from a reference. */
export function layeredFrom(options: PolicyOptions, allocate: 'inside' | 'before'): PipelineMechanism {
  const read: LayeredOptions = {
    allocate: options.word<'inside' | 'before'>('allocate', allocate, ['inside', 'before']),
    preempt: options.word<'on' | 'off'>('preempt', 'on', ['on', 'off']),
    flashPieceBytes: options.bytes('flashPiece', 4 * MiB, 64 * KiB),
    decryptPieceBytes: options.bytes('decryptPiece', 256 * KiB, 4 * KiB),
    outstanding: options.count('outstanding', 32, 1, 4096),
  }
  return layered(read)
}

export const decodeFrom = (options: PolicyOptions): { decode: DecodePlacement } => ({ decode: options.word('decode', 'npu', ['npu', 'cpu']) })
