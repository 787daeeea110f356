import { BadInput } from '../base/errors.js'
import { printable } from '../base/quote.js'
import { formatShare } from '../base/units.js'
import type { ColumnsOf } from './columns.js'
import { LaneWatcher } from './plausibility-lanes.js'
import { REFUSED_FROM, lawIds, laws, type Finding, type Law, type LawId, type Watcher, type Whole } from './plausibility-law.js'
import { Marks } from './plausibility-marks.js'
import { RateWatcher, Resolution } from './plausibility-rates.js'
import { RequestWatcher } from './plausibility-requests.js'
import type { Doubt, OpColumns, RuleSet } from './trace.js'

/** What was found, and whether it is so much that the recording is refused. */
export interface Examined {
  readonly findings: readonly Finding[]
  /** Share of the recording's time in ops that broke the law, 0 … 1. */
  shareOf(finding: Doubt): number
  readonly refused: readonly Finding[]
}

/** Every law of a recording that can be checked op by op or at the end, whatever its format: the writer of traces asks, so that no
 *  importer can forget to. Looks at each chunk before it is encoded, and corrects what it can there (`plausibility-law.ts`). */
export class Plausibility {
  private readonly resolution = new Resolution()
  private readonly marks: Marks
  private readonly requests = new RequestWatcher()
  private readonly watchers: readonly Watcher[]

  /** `ruleSets` grows as `ruleSet` is asked for the number of a new one. */
  constructor(ruleSets: readonly RuleSet[], ruleSet: (rules: RuleSet) => number) {
    this.marks = new Marks(ruleSets, ruleSet)
    this.watchers = [new RateWatcher(this.resolution, this.marks), new LaneWatcher(this.resolution), this.requests]
  }

  /** The first `length` rows of `op` are a chunk of the trace; corrects them. Allocates nothing an op. */
  see(op: ColumnsOf<OpColumns>, length: number): void {
    this.resolution.see(op, length)
    this.marks.settle(op, length)
    for (const watcher of this.watchers) watcher.see(op, length)
  }

  /** What was found in all chunks, law by law. A synthetic trace is refused nothing: it is no recording. */
  examine(facts: Whole['facts'], text: Whole['text']): Examined {
    const { provenance, dependencies } = facts
    const totalNs = this.requests.sumNs()
    const findings = this.watchers.flatMap((watcher) => watcher.found({ facts, text, totalNs })).sort((a, b) => lawIds.indexOf(a.law) - lawIds.indexOf(b.law))
    const shareOf = ({ ns }: Doubt): number => (totalNs === 0 ? 0 : Math.min(1, ns / totalNs))
    const isRefused = (finding: Finding): boolean => {
      const { refuses }: Omit<Law, 'id'> = laws[finding.law]
      return refuses !== 'never' && (refuses === 'always' || dependencies === 'program-order') && shareOf(finding) >= REFUSED_FROM
    }
    return { findings, shareOf, refused: provenance.how === 'synthetic' ? [] : findings.filter(isRefused) }
  }
}

/** Throws `BadInput` where a law was broken by so much of the recording's time that the rest is no study of it. */
export function refuse({ refused, shareOf }: Examined, file: string): void {
  const [first] = refused
  if (first === undefined) return
  const { holds, hint }: Omit<Law, 'id'> = laws[first.law]
  throw new BadInput({ file, field: first.law }, holds, `${formatShare(shareOf(first))} of the time in ${first.ops} ops that break it`, `${first.words}; ${hint}`)
}

/** The doubts of a header: those that it had, and what was found now. What is corrected in the trace cannot be found again, so a trace
 *  that is read a second time keeps what it says of itself; the rest is found again in the same words. */
export function doubtsOf(had: readonly Doubt[], found: readonly Finding[]): Doubt[] {
  const byLaw = new Map<string, Doubt>()
  for (const doubt of had) byLaw.set(doubt.law, doubt)
  for (const finding of found) {
    const before = laws[finding.law].corrected ? byLaw.get(finding.law) : undefined
    byLaw.set(finding.law, before === undefined ? finding : both(before, finding))
  }
  const rank = (law: string): number => (Object.hasOwn(laws, law) ? lawIds.indexOf(law as LawId) : lawIds.length)
  return [...byLaw.values()].sort((a, b) => rank(a.law) - rank(b.law) || (a.law < b.law ? -1 : a.law > b.law ? 1 : 0))
}

const both = (a: Doubt, b: Doubt): Doubt => ({ law: a.law, ops: a.ops + b.ops, ns: Math.min(Number.MAX_SAFE_INTEGER, a.ns + b.ns), words: `${printable(a.words, 2000)}; then ${b.words}` })
