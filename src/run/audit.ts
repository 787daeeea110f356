/** Whom a run is held against (docs/audit.md). Order is the order of tables: append only. */
export const attackers = [
  'kernel-reading',
  'kernel-writing',
  'other-master',
  'malicious-manager',
  'malicious-npu-job',
  'kernel-at-npu',
  'stale-npu-state',
  'page-reuse',
  'protection-off',
  'region-rounding',
  'flash-reader',
  'request-client',
] as const
export type Attacker = (typeof attackers)[number]

/** `held`: shown by the ledgers. `violated`: promised, and the ledgers show otherwise. `exposed`: not promised, and the ledgers
 *  show that it does not hold. `argued`: the source argues it, no ledger can show it. `not covered`: the threat model leaves it out,
 *  and no ledger contradicts it. `unknown`: bytes whose place the trace does not tell. */
export const verdicts = ['held', 'violated', 'exposed', 'argued', 'not covered', 'unknown'] as const
export type Verdict = (typeof verdicts)[number]

/** One thing that an attacker could have used. */
export interface Finding {
  /** `llama-3.1-8b weights of layer 3`, `the NPU`. Untrusted text. */
  readonly tensor: string
  /** The first op that works on it; empty: none does. */
  readonly op: string
  readonly request: string
  readonly fromNs: number
  readonly toNs: number
  readonly bytes: number
  readonly what: string
}

export interface AuditRow {
  readonly attacker: Attacker
  readonly property: 'confidentiality' | 'integrity' | 'both'
  /** The policy, or a mechanism of it, claims to withstand this. */
  readonly promised: boolean
  readonly verdict: Verdict
  /** The invariant, and why it holds or does not. */
  readonly why: string
  /** All that was found, and the first few. */
  readonly findings: { readonly count: number; readonly byteNs: number; readonly first: readonly Finding[] }
}

export interface Audit {
  readonly policy: string
  readonly rows: readonly AuditRow[]
  /** No row is violated, exposed or unknown. */
  readonly passed: boolean
}

/** Who must be withstood: everybody, everybody against whom something is promised, or the attackers named. */
export type Withstand = 'all' | 'promised' | readonly Attacker[]

/** The rows that fail where `withstand` must be withstood. A named attacker fails where it is not shown to be withstood: "not
 *  covered" too. */
export function failing({ rows }: Audit, withstand: Withstand): AuditRow[] {
  if (typeof withstand !== 'string') return rows.filter(({ attacker, verdict }) => withstand.includes(attacker) && verdict !== 'held' && verdict !== 'argued')
  return rows.filter(({ verdict }) => verdict === 'violated' || verdict === 'unknown' || (verdict === 'exposed' && withstand === 'all'))
}
