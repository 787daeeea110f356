import { closest } from '../base/closest.js'
import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import type { Policy } from '../replay/factors.js'
import { flexserve } from './flexserve.js'
import { optimizedStrawman } from './optimized-strawman.js'
import { PolicyOptions } from './options.js'
import { strawman } from './strawman.js'
import type { PolicyTemplate } from './template.js'
import { tzLlm } from './tz-llm.js'
import { unprotected } from './unprotected.js'

export const policies: readonly PolicyTemplate[] = [unprotected, strawman, optimizedStrawman, tzLlm, flexserve]

/** The policy of a reference: an id, perhaps with options (`optimized-strawman?allocate=inside`); its id is the
 *  reference. Throws `UsageFault`: unknown id or option. */
export function policyOf(reference: string): Policy {
  const { id, options } = PolicyOptions.parse(reference)
  const template = policies.find((policy) => policy.id === id)
  if (template === undefined) {
    const near = closest(id, policies.map((policy) => policy.id))
    throw new UsageFault(`there is no policy ${quoteFound(id)}`, near === undefined ? `known are ${policies.map((policy) => policy.id).join(', ')}` : `did you mean ${near}?`)
  }
  const parts = template.compose(options)
  options.refuseUnknown()
  return { id: reference, summary: template.summary, source: template.source, ...parts }
}
