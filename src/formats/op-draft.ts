import type { Provenance, RecordedCalls, RuleSet, TraceRequest } from '../trace/trace.js'
import type { DataType, OpKind, Phase, ProcessorName } from '../trace/words.js'
import type { ModelHints, ModelMatch } from './model-match.js'
import type { Skipped } from './skipped.js'

/** One op as an importer understood it. What is left out: unknown (a number of 0, no layer, kind `other`). */
export interface OpDraft {
  readonly name: string
  /** The writer's word for the kind; default: the name. */
  readonly type?: string
  readonly kind?: OpKind
  readonly phase?: Phase
  readonly processor?: ProcessorName
  readonly dataType?: DataType
  /** Thread or stream; ops of one lane follow each other. Default: one lane for all. */
  readonly lane?: string
  readonly request?: number
  readonly step?: number
  /** 0-based; -1: none. */
  readonly layer?: number
  readonly m?: number
  readonly n?: number
  readonly k?: number
  /** Whole ns. Left out: right behind the op added before it (rule `file-order`). */
  readonly startNs?: number | undefined
  /** Whole ns. */
  readonly durationNs: number
  /** Left out: filled from shapes or the model where these are known. */
  readonly flops?: number | undefined
  readonly bytes?: number | undefined
  /** What was guessed: field → rule. `start` is added here. */
  readonly rules?: RuleSet
}

/** What an importer says of the whole file. */
export interface DraftFacts {
  /** The recorder's words for the device, or `unknown (…)`. */
  readonly device: string
  readonly tool: string
  readonly runtime?: string
  readonly note?: string
  readonly format: string
  /** Their model is the one that is matched. Default: made from phases and steps of the ops. */
  readonly requests?: readonly (Omit<TraceRequest, 'model'> & { /** -1: of another model than the file's. */ readonly model?: -1 })[]
  readonly hints?: ModelHints
  /** The model, where the reader had to know it before its ops. */
  readonly match?: ModelMatch | undefined
  readonly skipped: Skipped
  readonly how?: Provenance['how']
  readonly calls?: RecordedCalls
  /** The order of ops within a pass is the file's, not that of time. */
  readonly isUnordered?: boolean
  readonly dependencies?: 'explicit' | 'program-order'
}
