import type { PartRows } from '../formats/parts/part.js'

/** What the scanning worker starts with. */
export interface ScanWork {
  readonly path: string
  /** See `matcherModule`. */
  readonly module: WebAssembly.Module
}

/** What it is told behind its job: what was learned since, or that rows are done with. */
export type ToWorker = { readonly learned: Uint8Array } | PartRows

/** The memory of a part's rows: handed over between threads, never copied. */
export const buffersOf = ({ calls, launches, device }: PartRows): ArrayBuffer[] => [calls, launches, device].map(({ data }) => data.buffer)
