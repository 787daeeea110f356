/** What an importer reads from: bytes in order, and a name for messages. The Node side opens files, inflates gzip
 *  and checks; nothing here knows of either. */
export interface Source {
  /** For messages only: detection goes by content. */
  readonly name: string
  /** Bytes of the (already inflated) content; 0 when unknown. For progress. */
  readonly sizeBytes: number
  /** The first bytes, up to 1 MiB. */
  readonly head: Uint8Array
  /** The whole content from its first byte; can be asked for more than once. A chunk is good until the next one is asked
   *  for: copy what is kept. */
  chunks(): AsyncIterable<Uint8Array>
  /** The bytes `from … to`, where any part of the content can be had without the ones before it. */
  range?(from: number, to: number): AsyncIterable<Uint8Array>
}

/** As much of a SQLite connection as importers use; statements are fixed texts, values are bound. */
export interface SqliteFile {
  rows(sql: string, ...values: readonly (string | number)[]): IterableIterator<Readonly<Record<string, unknown>>>
  close(): void
}
