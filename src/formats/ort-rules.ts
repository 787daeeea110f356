import type { RuleSet } from '../trace/trace.js'
import type { TraceWriter } from '../trace/writer.js'

/** Rule sets by what was guessed, written down once each. */
export function ruleSets(into: TraceWriter, hasGraph: boolean, isDecoder: boolean, runRule: string): (guessed: number) => number {
  const made: number[] = []
  return (guessed) => (made[guessed] ??= into.ruleSet(rulesOf(guessed, hasGraph, isDecoder, runRule)))
}

function rulesOf(guessed: number, hasGraph: boolean, isDecoder: boolean, runRule: string): RuleSet {
  const byLength = hasGraph ? runRule : 'ort-sequence-length'
  const rules: Record<string, string> = isDecoder ? { phase: 'ort-sequence-length', step: runRule, request: byLength } : { step: runRule }
  if ((guessed & 1) !== 0) Object.assign(rules, { kind: 'ort-op-type', layer: 'ort-node-name' })
  if ((guessed & 2) !== 0) rules['processor'] = 'ort-no-provider'
  if ((guessed & 4) !== 0) rules['tensor'] = 'ort-parameter-size'
  if ((guessed & 8) !== 0) rules['flops'] = 'ort-shapes'
  if ((guessed & 1) !== 0 && (guessed & 16) !== 0) Object.assign(rules, { m: 'ort-shapes', n: 'ort-shapes', k: 'ort-shapes' })
  else if ((guessed & 512) !== 0) Object.assign(rules, { n: 'ort-shapes', k: 'ort-shapes' })
  if ((guessed & 32) !== 0) rules['bytes'] = 'ort-shapes'
  if ((guessed & 64) !== 0) rules['bytes'] = 'ort-n-times-k'
  if ((guessed & 128) !== 0) rules['after'] = 'runs-in-order'
  if ((guessed & 256) !== 0) rules['dataType'] = 'ort-op-type'
  if ((guessed & 1024) !== 0) Object.assign(rules, { kind: 'own-time-of-a-caller', durationNs: 'own-time-of-a-caller' })
  if ((guessed & 2048) !== 0) Object.assign(rules, { flops: 'ort-filled-cache', bytes: 'ort-filled-cache' })
  return rules
}
