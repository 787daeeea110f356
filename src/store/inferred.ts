import type { RuleSet } from '../trace/trace.js'

/** A share (0 … 1) of a trace's ops whose `field` an importer had to guess by `rule`. */
export interface InferredShare {
  readonly field: string
  readonly rule: string
  readonly ops: number
  readonly share: number
}

/** From the ops a rule set has; by field, then by rule, in code-unit order. */
export function inferredShares(
  ruleSets: readonly RuleSet[],
  groups: readonly { readonly index: number; readonly ops: number }[],
): InferredShare[] {
  let all = 0
  const opsOf = new Map<string, { field: string; rule: string; ops: number }>()
  for (const { index, ops } of groups) {
    all += ops
    for (const [field, rule] of Object.entries(ruleSets[index] ?? {})) {
      const key = JSON.stringify([field, rule])
      const found = opsOf.get(key) ?? { field, rule, ops: 0 }
      found.ops += ops
      opsOf.set(key, found)
    }
  }
  return [...opsOf.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => ({ ...found, share: found.ops / all }))
}
