import type { BadInput } from '../base/errors.js'
import type { GraphFacts } from '../trace/graph-facts.js'
import type { Source } from '../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import type { MakeSpool } from '../trace/spool.js'

/** What an importer needs beyond bytes; the caller injects it. */
export interface ImportTools {
  /** An external sorter: `memorySpool` in a browser, `fileSpools` of the store folder on Node. */
  readonly spool: MakeSpool
  /** What our recorder knows of the graph behind a profile. */
  readonly graph?: GraphFacts
  /** `node:buffer`'s isUtf8; else a fatal TextDecoder. */
  isUtf8?(bytes: Uint8Array): boolean
  onProgress?(bytesRead: number): void
  /** The trace's name; else the file's own word for it, else the source's name without its endings. */
  readonly name?: string
}

/** The start of a file, as `detect` sees it. */
export interface FileHead {
  readonly name: string
  readonly bytes: Uint8Array
  /** `bytes` as UTF-8, what is no UTF-8 replaced. */
  readonly text: string
}

/** A trace format: `detect` looks and never throws; `read` pushes ops in order of start and returns the header.
 *  `read` throws {@link BadInput} with the place of what it cannot use. */
export interface Format {
  readonly id: string
  readonly title: string
  /** Where the format is written down. */
  readonly source: string
  detect(head: FileHead): 'yes' | 'maybe' | 'no'
  read(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts>
}

/** `a/b/decode-8b.trace.jsonl.gz` → `decode-8b`; never empty. */
export function nameFromSource(sourceName: string): string {
  const base = sourceName.split(/[\\/]/).at(-1) ?? ''
  const bare = base.replace(/(\.trace)?(\.(gz|jsonl|json|jsonfrag|pt))+$/i, '')
  return bare === '' ? 'trace' : bare
}
