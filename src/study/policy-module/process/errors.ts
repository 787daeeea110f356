import { BadInput, BrokenLaw, UsageFault } from '../../../base/errors.js'
import { MissingParameter } from '../../../device/missing.js'
import { parameterIds, type ParameterId } from '../../../device/profile.js'
import { ImpossiblePolicy } from '../../../policies/legality.js'
import { messageOf } from '../message-of.js'
import type { ErrorData } from './messages.js'

/** An error under a module as data. A law of the engine that does not hold is the fault of the policy whose tasks it ran. */
export function errorData(error: unknown, file: string): ErrorData {
  if (error instanceof BadInput) {
    const { place, expected, found, hint } = error
    return { class: 'bad-input', place, expected, ...(found === undefined ? {} : { found: said(found) }), ...(hint === undefined ? {} : { hint }) }
  }
  if (error instanceof MissingParameter) return { class: 'missing', parameter: error.parameter, ...(error.policy === undefined ? {} : { policy: error.policy }) }
  if (error instanceof ImpossiblePolicy) return { class: 'impossible', message: error.message }
  if (error instanceof UsageFault) return { class: 'usage', message: error.message }
  if (error instanceof BrokenLaw) return { class: 'bad-input', place: { file }, expected: 'a policy whose tasks can all run', found: error.message }
  return { class: 'other', message: messageOf(error) }
}

/** What was found, as text: a value of a module may be anything, and may throw as it is looked at. */
function said(found: unknown): string | number | boolean | null {
  if (typeof found === 'number' || typeof found === 'boolean' || found === null) return found
  try {
    return typeof found === 'object' ? (Array.isArray(found) ? 'a list' : 'an object') : String(found).slice(0, 2000)
  } catch {
    return typeof found
  }
}

/** The error as it is thrown here. What comes from a module's process is held to its shape; any other is told as what it is: no answer. */
export function errorFrom(data: unknown, file: string): Error {
  const { class: kind, ...rest } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>
  const text = (name: string): string | undefined => (typeof rest[name] === 'string' ? rest[name] : undefined)
  const message = text('message') ?? 'an error'
  if (kind === 'bad-input') {
    const field = (rest['place'] as { field?: unknown } | undefined)?.field
    return new BadInput({ file, ...(typeof field === 'string' ? { field } : {}) }, text('expected') ?? 'an answer', isPlain(rest['found']) ? rest['found'] : undefined, text('hint'))
  }
  if (kind === 'missing' && (parameterIds as readonly unknown[]).includes(rest['parameter'])) return new MissingParameter(rest['parameter'] as ParameterId, text('policy'))
  if (kind === 'impossible') return new ImpossiblePolicy(message)
  if (kind === 'usage') return new UsageFault(message)
  return new BadInput({ file }, 'a policy that can be replayed', `an error: ${message}`)
}

const isPlain = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value)
