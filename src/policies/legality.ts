import { UsageFault } from '../base/errors.js'
import { factors, type AnyMechanism, type Capability, type Policy } from '../replay/factors.js'

/** What a capability is, in words. */
export const meaning: Readonly<Record<Capability, string>> = {
  'plain-pages': 'pages that the normal world’s NPU can reach',
  'secure-pages': 'pages that the normal world cannot reach',
  contiguous: 'a contiguous region',
  'page-granular': 'protection page by page',
  recallable: 'memory that can be taken back',
}
const parts = (policy: Policy): AnyMechanism[] => factors.map((factor) => policy[factor])

function offered(policy: Policy): Set<Capability> {
  return new Set(parts(policy).flatMap((mechanism) => mechanism.provides ?? []))
}

/** Mechanisms that cannot go together. */
export class ImpossiblePolicy extends UsageFault {}

/** Throws `ImpossiblePolicy` with the reason: a mechanism needs what no other provides. */
export function refuseImpossible(policy: Policy): void {
  const has = offered(policy)
  for (const mechanism of parts(policy))
    for (const need of mechanism.needs ?? [])
      if (!has.has(need))
        throw new ImpossiblePolicy(
          `${policy.id} cannot exist: ${mechanism.factor} ${mechanism.id} needs ${meaning[need]}, which memory ${policy.memory.id} does not give`,
          'exchange one of them',
        )
}

/** What a reader must know of the combination: that nobody built it, or that a mechanism has nothing to act on. */
export function combinationNotes(policy: Policy, requests: number): string[] {
  const has = offered(policy)
  const notes: string[] = []
  for (const mechanism of parts(policy))
    for (const other of mechanism.builtWith ?? [])
      if (!has.has(other)) notes.push(`hypothetical: nobody built ${mechanism.id} over ${policy.memory.id}, which lacks ${meaning[other]}`)
  const between = [policy.residency, policy.scheduler].filter((mechanism) => ('keeps' in mechanism ? mechanism.keeps : mechanism.prefetches || mechanism.batchesSwitches || mechanism.prefillFirst))
  if (requests === 1 && between.length > 0) notes.push(`void: ${between.map(({ factor, id }) => `${factor} ${id}`).join(' and ')} ${between.length === 1 ? 'acts' : 'act'} between requests, and there is one`)
  if (requests > 1 && policy.scheduler.prefetches && !policy.residency.keeps) notes.push(`void: scheduler ${policy.scheduler.id} prefetches nothing, since residency ${policy.residency.id} keeps nothing`)
  return notes
}
