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
  /** See `KinetoMatcher.learned`. */
  readonly learned: Uint8Array
  /** See `PartClaims`. */
  readonly claims: Int32Array
}

/** The rows of a part, as `kineto-rows.ts` lays them out; their memory goes back to the thread that filled it. */
export interface PartRows {
  readonly calls: Rows
  readonly launches: Rows
  readonly device: Rows
}

/** What a matcher made of the events of a part, with the numbers that it was taught. */
export interface KinetoPart extends PartRows {
  readonly index: number
  /** Where its first event begins, by a guess that is right when the part before ends there; -1: none does. */
  readonly startsAt: number
  /** Where the first event behind it begins, or the list ends. */
  readonly endsAt: number
  /** Something is wrong with it (or with the guess): its bytes are to be read again in their order. */
  readonly isFaulty: boolean
  readonly categories: readonly (readonly [category: number, count: number])[]
  /** Events that it does not know, to be scanned: their bytes, one behind the other, and `otherColumn`s of each. */
  readonly otherBytes: Uint8Array
  readonly others: Float64Array
}

/** Where the event lies in the file, how long it is, how many rows come before it. */
export const otherColumn = { position: 0, length: 1, calls: 2, launches: 3, device: 4 } as const
export const OTHER_COLUMNS = 5

/** Bytes `from … to` of the file. */
export type Range = (from: number, to: number) => AsyncIterable<Uint8Array>

/** Another thread that takes parts of the same job until none is left. */
export interface ScanThread {
  /** `onPart` is called with each part, in the order in which they were scanned. */
  begin(job: PartJob, onPart: (part: KinetoPart) => void): void
  /** What was learned since: the thread's own from now on. */
  teach(learned: Uint8Array<ArrayBuffer>): void
  /** Gives the memory of a part's rows back. */
  recycle(rows: PartRows): void
  /** Resolves when a part has come since the last call; to false when the thread is gone. */
  came(): Promise<boolean>
  close(): void
}
