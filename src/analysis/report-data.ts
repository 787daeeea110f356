import type { AsRecorded } from './as-recorded.js'
import type { Origin } from './origin-line.js'
import type { Tables } from './tables.js'

/** A policy that a case does not show, or shows marked, and why. */
export interface ReportedPolicy {
  readonly policy: string
  readonly reason: string
  readonly help: string
}

/** One trace under several policies on one device: the tables and what a reader must know beside them. */
export interface ReportCase {
  /** As people name it: `Llama-3.1-8B int8, prompt 128, output 32`. Untrusted text. */
  readonly title: string
  readonly traceName: string
  readonly traceHash: string
  /** Null: a workload, whose operators follow from its models. */
  readonly ops: number | null
  readonly requests: number
  /** The first line: which part of compute time was recorded on this device, predicted for it, carried over from another machine. */
  readonly origin: Origin & { readonly line: string }
  /** The recording itself, before anything is replayed; null: there is none. */
  readonly asRecorded: AsRecorded | null
  /** False: a run time stands where the TTFT would. */
  readonly hasPrefill: boolean
  readonly leftOut: readonly ReportedPolicy[]
  /** Shown because it was asked for, though operators' times are carried over: marked in its tables. */
  readonly carriedOver: readonly ReportedPolicy[]
  /** What a reader must be told of its own accord. */
  readonly notices: readonly string[]
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
