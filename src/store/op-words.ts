import type { OpField, RuleSet, TraceHeader } from '../trace/trace.js'
import { dataTypes, opKinds, phases, processorNames } from '../trace/words.js'

/** The columns of an op that hold an index, and the list each points into: the rest are numbers. `none` counts the
 *  values below 0 that stand for none. */
export interface WordList {
  readonly words: readonly string[]
  readonly none: 0 | 1
}

/** What a trace's index columns mean. An index beyond its list is damage (or an importer's fault). */
export function wordLists(header: TraceHeader, strings: readonly string[]): Partial<Record<OpField, WordList>> {
  return {
    kind: { words: opKinds, none: 0 },
    phase: { words: phases, none: 0 },
    dataType: { words: dataTypes, none: 0 },
    processor: { words: processorNames, none: 0 },
    lane: { words: header.lanes, none: 0 },
    request: { words: header.requests.map(({ id }) => id), none: 0 },
    type: { words: strings, none: 0 },
    name: { words: strings, none: 0 },
    tensor: { words: header.tensors.map(({ name }) => name), none: 1 },
    rules: { words: header.ruleSets.map(rulesText), none: 0 },
  }
}

/** `bytes: shape, phase: sequence-length`. */
export function rulesText(rules: RuleSet): string {
  return Object.entries(rules)
    .map(([field, rule]) => `${field}: ${rule}`)
    .sort()
    .join(', ')
}
