import type { RuleSet } from '../trace/trace.js'
import type { TraceWriter } from '../trace/writer.js'

/** What was guessed of an op: bits. */
export const KIND_BY_OP = 1
export const KIND_BY_KERNEL = 1 << 1
export const TYPE_BY_KERNEL = 1 << 2
export const TYPE_EXTERNAL = 1 << 3
export const TYPE_CONTAINED = 1 << 4
export const TYPE_OWN = 1 << 5
export const COST = 1 << 6
export const MNK = 1 << 7
export const BETWEEN = 1 << 8
export const CLAMPED = 1 << 9
export const AFTER = 1 << 10
export const LAYER = 1 << 11
export const TENSOR = 1 << 12
export const TYPE_BY_TEMPLATE = 1 << 13
export const TYPE_BY_INPUTS = 1 << 14
export const OWN = 1 << 15
export const AHEAD = 1 << 16
export const CLIPPED = 1 << 17

/** Rules that depend on the file. */
export interface FileRules {
  readonly pass: string
  readonly cost: string
  readonly model: string
}

/** The rule set of an op by its bits, each made once. */
export function ruleSets(into: TraceWriter, of: FileRules): (guessed: number) => number {
  const made = new Map<number, number>()
  let [latest, latestSet] = [-1, 0] // most ops are guessed like the one before
  return (guessed) => {
    if (guessed === latest) return latestSet
    let set = made.get(guessed)
    if (set === undefined) made.set(guessed, (set = into.ruleSet(rulesOf(guessed, of))))
    latest = guessed
    return (latestSet = set)
  }
}

function rulesOf(guessed: number, { pass: passRule, cost: costRule, model }: FileRules): RuleSet {
  const has = (bit: number) => (guessed & bit) !== 0
  const pass = has(AHEAD) ? 'ahead-of-passes' : has(CLAMPED) ? 'step-had-begun' : has(BETWEEN) ? 'between-passes' : passRule
  const rules: Record<string, string> = { phase: pass, step: pass, request: pass }
  if (has(KIND_BY_OP)) rules['kind'] = 'operator-name'
  if (has(KIND_BY_KERNEL)) rules['kind'] = 'kernel-name'
  if (has(OWN)) rules['kind'] = 'own-time'
  if (has(TYPE_BY_INPUTS)) rules['dataType'] = 'input-types'
  if (has(TYPE_BY_KERNEL)) rules['dataType'] = 'kernel-name'
  if (has(TYPE_BY_TEMPLATE)) rules['dataType'] = 'kernel-template'
  if (has(TYPE_EXTERNAL)) rules['type'] = 'external-id'
  if (has(TYPE_CONTAINED)) rules['type'] = 'launch-containment'
  if (has(TYPE_OWN)) rules['type'] = 'kernel-name'
  if (has(COST)) Object.assign(rules, { flops: costRule, bytes: costRule })
  if (has(MNK)) Object.assign(rules, { m: costRule, n: costRule, k: costRule })
  if (has(CLIPPED)) rules['durationNs'] = 'next-of-its-stream'
  if (has(AFTER)) rules['after'] = 'passes-in-order'
  if (has(LAYER)) rules['layer'] = 'matmul-order'
  if (has(TENSOR)) rules['tensor'] = model
  return rules
}
