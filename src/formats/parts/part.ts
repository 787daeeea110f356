import type { Rows } from './row-list.js'

/** What the other thread is told before it scans parts of a file's list of events. */
export interface PartJob {
  /** For messages. */
  readonly file: string
  readonly sizeBytes: number
  /** Part `i` holds the events that begin in bytes `i × partBytes … (i + 1) × partBytes`. */
  readonly partBytes: number
  /** How an event of this file begins, up to its first value: where one is looked for. */
  readonly opening: Uint8Array
  /** See `KinetoEvents.baseUs`. */
  readonly baseUs: number
  /** See `PartClaims`. */
  readonly claims: Int32Array
}

/** The rows of a part; their memory goes back to the thread that filled it. */
export interface PartRows {
  readonly gpu: Rows
  readonly launches: Rows
  readonly cpu: Rows
  /** Name, start and duration of annotations. */
  readonly annotations: Rows
}

/** The events of a part, in the words of the thread that scanned it: names and operators count from that thread's first
 *  part on. Rows as `kineto-rows.ts` lays them out. */
export interface KinetoPart extends PartRows {
  readonly index: number
  /** Where its first event begins, by a guess that is right when the part before ends there; -1: none does. */
  readonly startsAt: number
  /** Where the first event behind it begins, or the list ends. */
  readonly endsAt: number
  /** Something is wrong with it (or with the guess): its bytes are to be read again in their order. */
  readonly isFaulty: boolean
  /** Names and rows of `OperatorTable` that are new with this part. */
  readonly names: readonly string[]
  readonly operators: Float64Array<ArrayBuffer>
  readonly categories: readonly (readonly [category: string, count: number])[]
  readonly skipped: readonly (readonly [reason: string, count: number])[]
}

export const ANNOTATION_WIDTH = 3

/** Bytes `from … to` of the file. */
export type Range = (from: number, to: number) => AsyncIterable<Uint8Array>

/** Another thread that takes parts of the same job until none is left. */
export interface ScanThread {
  /** `onPart` is called with each part, in the order in which they were scanned. */
  begin(job: PartJob, onPart: (part: KinetoPart) => void): void
  /** Gives the memory of a part's rows back. */
  recycle(rows: PartRows): void
  /** Resolves when a part has come since the last call; to false when the thread is gone. */
  came(): Promise<boolean>
  close(): void
}
