import type { ColumnsOf } from './columns.js'
import type { Doubt, OpColumns, TraceHeader } from './trace.js'
import { isSwitchKind, opKinds } from './words.js'

/** A law that a recording has to keep to be believed. Limits are wide: what breaks one was read wrongly or recorded
 *  wrongly, whatever the machine. */
export interface Law {
  readonly id: string
  /** What holds, in a sentence that completes "expected …". */
  readonly holds: string
  /** What the user can do where it does not. */
  readonly hint: string
  /** Whether a recording is refused where ops that hold `REFUSED_FROM` of its time break the law; `in-order`: where its lanes are said to be
   *  orders (explicit dependencies say themselves what runs beside what). */
  readonly refuses: 'always' | 'in-order' | 'never'
  /** What broke it was corrected in the trace, so that a trace that is read again no longer shows it. */
  readonly corrected: boolean
}

/** 50 TB/s: six times the memory of a B200 (8 TB/s), above the caches of any processor that runs models today. */
export const MAX_BYTES_PER_NS = 50_000
/** 20 PFLOP/s: twice the dense FP4 rate of a B200 (about 10 PFLOP/s). */
export const MAX_FLOPS_PER_NS = 20_000_000
/** Share of the recording's time from which a broken law is a refusal: what is left would not be a study of it. */
export const REFUSED_FROM = 0.3
/** Share of the time that may lie in ops of kind `other` where a language model was matched. */
export const MAX_OTHER_SHARE = 0.3
/** The weights that ops name, against those that the model has. */
export const WEIGHT_TOLERANCE = 0.05
/** Longer than any model's context. */
export const MAX_PROMPT_TOKENS = 1_000_000

const unitHint = 'its times may be in another unit or its sizes be totals: say --clock HZ, a unit in --map, or --format'

/** In the order in which doubts stand in a header; append only. */
export const laws = {
  'bytes-rate': { holds: 'at most 50 TB/s, bytes over duration', hint: unitHint, refuses: 'always', corrected: true },
  'flops-rate': { holds: 'at most 20 PFLOP/s, FLOPs over duration', hint: unitHint, refuses: 'always', corrected: true },
  'view-moves': { holds: 'views, reshapes and calls of others without bytes and FLOPs', hint: '', refuses: 'never', corrected: true },
  'self-time': { holds: 'ops of a thread one after another, an op without the time of those inside it', hint: 'record without the enclosing ranges, or say --format', refuses: 'in-order', corrected: false },
  'stream-overlap': { holds: 'ops of a stream one after another', hint: 'durations may be in another unit, or two recordings be in one file: record them apart', refuses: 'in-order', corrected: false },
  'overlap-kept': { holds: 'ops of a lane one after another', hint: '', refuses: 'never', corrected: false },
  'other-share': { holds: 'less than 30 % of the time in ops that are not understood', hint: '', refuses: 'never', corrected: false },
  weights: { holds: "ops that name the model's weights", hint: '', refuses: 'never', corrected: false },
  layers: { holds: "ops of the model's layers", hint: '', refuses: 'never', corrected: false },
  batch: { holds: 'tokens of one sequence, and how many were computed together', hint: '', refuses: 'never', corrected: false },
  'step-phase': { holds: 'the prefill in step 0 and decoding behind it', hint: '', refuses: 'never', corrected: false },
} as const satisfies Readonly<Record<string, Omit<Law, 'id'>>>
export type LawId = keyof typeof laws
export const lawIds = Object.keys(laws) as LawId[]

/** A law that was found broken. `words` say what was found and what was done. */
export interface Finding extends Doubt {
  readonly law: LawId
}

/** What a law's watcher may know of the trace at its end. */
export interface Whole {
  readonly facts: Pick<TraceHeader, 'models' | 'tensors' | 'requests' | 'dependencies' | 'provenance'>
  /** Time of all ops but recorded world switches. */
  readonly totalNs: number
  readonly text: (string: number) => string
}

/** Looks at every chunk of ops, as it is written, and says at the end what it found. */
export interface Watcher {
  see(op: ColumnsOf<OpColumns>, length: number): void
  found(whole: Whole): Finding[]
}

/** By kind: 1 for recorded world switches, which no law here is about. */
export const isSwitch: Uint8Array = Uint8Array.from(opKinds, (_, kind) => (isSwitchKind(kind) ? 1 : 0))

/** Sums of times as a header holds them. */
export const wholeNs = (ns: number): number => Math.min(Number.MAX_SAFE_INTEGER, Math.round(ns))
