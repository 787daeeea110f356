import type { Tables } from './tables.js'

/** One trace under several policies on one device: the tables and what a reader must know beside them. */
export interface ReportCase {
  /** As people name it: `Llama-3.1-8B int8, prompt 128, output 32`. Untrusted text. */
  readonly title: string
  readonly traceName: string
  readonly traceHash: string
  /** Null: a workload, whose operators follow from its models. */
  readonly ops: number | null
  readonly requests: number
  readonly how: 'recorded' | 'synthetic' | 'imported' | 'workload'
  readonly recordedOn: string
  /** Share of compute time predicted for the target, not recorded on it (0 … 1). */
  readonly predictedShare: number
  /** Share of ops with an inferred field: `{ field, rule, share }`. */
  readonly inferred: readonly { readonly field: string; readonly rule: string; readonly share: number }[]
  /** The policy that speed-ups are over. */
  readonly baseline: string
  readonly tables: Tables
  readonly warnings: readonly string[]
}

/** Everything a report says; plain data, deterministic. */
export interface ReportData {
  readonly title: string
  readonly version: string
  readonly device: { readonly id: string; readonly title: string; readonly note: string }
  readonly pressureBytes: number
  readonly seed: number
  readonly samples: number
  /** The command that makes it again. */
  readonly command: string
  /** Policies: id and what each is, in a sentence, with source. */
  readonly policies: readonly { readonly id: string; readonly summary: string; readonly source: string }[]
  readonly cases: readonly ReportCase[]
}
