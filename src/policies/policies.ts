import { closest } from '../base/closest.js'
import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { factors, type Policy } from '../replay/factors.js'
import { refuseImpossible } from './legality.js'
import { mechanismMaker, mechanisms } from './mechanisms.js'
import { flexserve } from './flexserve.js'
import { optimizedStrawman } from './optimized-strawman.js'
import { PolicyOptions } from './options.js'
import { strawman } from './strawman.js'
import type { PolicyTemplate } from './template.js'
import { tzLlm } from './tz-llm.js'
import { unprotected } from './unprotected.js'

export const policies: readonly PolicyTemplate[] = [unprotected, strawman, optimizedStrawman, tzLlm, flexserve]

/** The policy of a reference: an id, perhaps with options (`optimized-strawman?allocate=inside`) and mechanisms in place
 *  of its own (`flexserve?npu=co-driver`); its id is the reference. Throws `UsageFault`: unknown, or impossible. */
export function policyOf(reference: string): Policy {
  const { id, options } = PolicyOptions.parse(reference)
  const template = policies.find((policy) => policy.id === id)
  if (template === undefined) {
    const near = closest(id, policies.map((policy) => policy.id))
    throw new UsageFault(`there is no policy ${quoteFound(id)}`, near === undefined ? `known are ${policies.map((policy) => policy.id).join(', ')}` : `did you mean ${near}?`)
  }
  const parts = { ...template.compose(options), ...exchanged(options) }
  options.refuseUnknown()
  const policy: Policy = { id: reference, summary: template.summary, source: template.source, ...(template.promises === undefined ? {} : { promises: template.promises }), ...parts }
  refuseImpossible(policy)
  return policy
}

/** Mechanisms that the reference names in place of the policy's own: `flexserve?npu=co-driver`. */
function exchanged(options: PolicyOptions): Partial<Policy> {
  return Object.fromEntries(
    factors.flatMap((factor) => {
      const id = options.word(factor, '', ['', ...Object.keys(mechanisms[factor])], `another mechanism for ${factor}`)
      return id === '' ? [] : [[factor, mechanismMaker(factor, id)!(options)]]
    }),
  )
}
