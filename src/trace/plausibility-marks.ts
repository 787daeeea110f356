import type { ColumnsOf } from './columns.js'
import type { OpColumns, OpField, RuleSet } from './trace.js'

/** Fields that have a value for "unknown", which no rule gave them. (Zero FLOPs and bytes can be known, and `other` is a phase.) */
const unknown = { kind: 0, dataType: 0, layer: -1, tensor: -1, m: 0, n: 0, k: 0 } as const satisfies Partial<Record<OpField, number>>
const fields = Object.entries(unknown) as [keyof typeof unknown, number][]
const FLOPS = 1 << fields.length
const BYTES = FLOPS << 1

/** Keeps the marks of inferred fields true: a field that is unknown was inferred by nobody, whatever an importer wrote for the
 *  whole of its ops. */
export class Marks {
  /** By rule set: the fields above that it gives a rule. */
  private readonly named: number[] = []
  /** By rule set and fields: the set without them. */
  private readonly without = new Map<number, number>()

  constructor(
    private readonly ruleSets: readonly RuleSet[],
    private readonly ruleSet: (rules: RuleSet) => number,
  ) {}

  settle(op: ColumnsOf<OpColumns>, length: number): void {
    for (let r = this.named.length; r < this.ruleSets.length; r++) this.named.push(namedIn(this.ruleSets[r]!))
    const { rules } = op
    for (let i = 0; i < length; i++) {
      const named = this.named[rules[i]!]!
      if (named === 0) continue
      let wrong = 0
      if (op.kind[i] === 0) wrong |= 1
      if (op.dataType[i] === 0) wrong |= 2
      if (op.layer[i] === -1) wrong |= 4
      if (op.tensor[i] === -1) wrong |= 8
      if (op.m[i] === 0) wrong |= 16
      if (op.n[i] === 0) wrong |= 32
      if (op.k[i] === 0) wrong |= 64
      wrong &= named
      if (wrong !== 0) rules[i] = this.less(rules[i]!, wrong)
    }
  }

  /** The rule set of an op whose bytes or FLOPs were found to be unknown. */
  lessCost(rules: number, isBytes: boolean): number {
    return this.less(rules, isBytes ? BYTES : FLOPS)
  }

  private less(rules: number, wrong: number): number {
    const key = rules * 2 ** 10 + wrong
    let made = this.without.get(key)
    if (made !== undefined) return made
    const left = Object.entries(this.ruleSets[rules]!).filter(([field]) => (bitOf(field) & wrong) === 0)
    made = this.ruleSet(Object.fromEntries(left))
    if (made === this.named.length) this.named.push(namedIn(this.ruleSets[made]!))
    this.without.set(key, made)
    return made
  }
}

function bitOf(field: string): number {
  if (field === 'flops') return FLOPS
  if (field === 'bytes') return BYTES
  const at = fields.findIndex(([name]) => name === field)
  return at < 0 ? 0 : 1 << at
}

const namedIn = (rules: RuleSet): number => Object.keys(rules).reduce((named, field) => named | (bitOf(field) & (FLOPS - 1)), 0)
