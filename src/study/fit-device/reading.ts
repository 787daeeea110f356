import type { Architecture } from '../../model/architecture.js'
import { passNs, type PassRates } from './pass.js'
import type { FittedPass } from './solve.js'

/** A parameter in the units of who measured it: tokens a second of this model, and for a decode the weights that it reads. */
export interface Reading {
  readonly phase: 'prefill' | 'decode'
  readonly model: string
  readonly quant: string
  /** As stored, scales included: of the file's size of the model where it has one. */
  readonly bytesPerWeight: number
  readonly tokens: number
  readonly past: number
  readonly tokensPerS: number
  readonly baseTokensPerS: number
  /** GB/s of weights that a decode reads, end to end; null for a prefill. */
  readonly weightGBs: number | null
  readonly baseWeightGBs: number | null
}

/** What the fitted device and the base make of a fitted point. */
export function readingOf({ point, pass }: FittedPass, phase: 'prefill' | 'decode', model: Architecture, fitted: PassRates, base: PassRates): Reading {
  const [ns, baseNs] = [passNs(pass, fitted), passNs(pass, base)]
  const isDecode = phase === 'decode'
  return {
    phase,
    model: model.id,
    quant: point.quant.id,
    bytesPerWeight: point.quant.bytesPerWeight,
    tokens: point.tokens,
    past: point.past,
    tokensPerS: (point.tokens * 1e9) / ns,
    baseTokensPerS: (point.tokens * 1e9) / baseNs,
    weightGBs: isDecode ? pass.weightBytes / ns : null,
    baseWeightGBs: isDecode ? pass.weightBytes / baseNs : null,
  }
}
