import { BadInput } from '../../base/errors.js'
import { policyOf } from '../../policies/policies.js'
import { factors, type Factor, type Policy } from '../../replay/factors.js'
import { composed } from './compose.js'
import { fileOf, holdConsent, isModuleReference, NO_CODE, type Consent } from './consent.js'
import { madeFrom } from './facts.js'
import { askModule, ownedBy } from './process/ask.js'
import { moduleHash } from './module-text.js'

export { withMechanisms } from './compose.js'

/** A built-in policy, or what a user's module says of its own, where its code may run: in a process of its own. Throws `UsageFault`
 *  (unknown, impossible, no consent), `BadInput` (the module). */
export async function resolvePolicy(reference: string, consent: Consent = NO_CODE): Promise<Policy> {
  return isModuleReference(reference) ? (await policyFromModule(reference, consent)).policy : policyOf(reference)
}

/** Of each factor: the reference of a built-in mechanism, or undefined where it is the module's own; and its id. Throws as
 *  `resolvePolicy`. */
export async function partsOfModule(reference: string, consent: Consent = NO_CODE): Promise<Readonly<Record<Factor, { readonly builtIn: string | undefined; readonly id: string }>>> {
  const { policy, made } = await policyFromModule(reference, consent)
  return Object.fromEntries(factors.map((factor) => [factor, { builtIn: typeof made[factor] === 'string' ? made[factor] : undefined, id: policy[factor].id }])) as Record<Factor, { builtIn: string | undefined; id: string }>
}

/** The policy of a module, and what the module said it is made of. */
async function policyFromModule(reference: string, consent: Consent): Promise<{ readonly policy: Policy; readonly made: Readonly<Record<string, unknown>> }> {
  holdConsent(reference, consent)
  const file = fileOf(reference)
  const hash = await moduleHash(file)
  const module = { file, hash, reference, consent }
  const answer = await askModule(module, { kind: 'describe' })
  if (!('facts' in answer)) throw new BadInput({ file }, 'a policy', 'no answer')
  const facts: unknown = answer.facts
  if ((facts as { hash?: unknown } | null)?.hash !== hash) throw new BadInput({ file }, 'a module that stays as it is while it is loaded', 'another content', 'try again')
  const made = madeFrom(facts)
  // Held to the same shape as where it was made: what comes from there is data that anybody may have written.
  const policy = composed(reference, hash, Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)))
  for (const factor of factors) ownedBy.set(policy[factor], module)
  return { policy, made }
}
