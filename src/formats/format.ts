import type { BadInput } from '../base/errors.js'
import type { Architecture } from '../model/architecture.js'
import type { Quantisation } from '../model/quantisation.js'
import type { GraphFacts } from '../trace/graph-facts.js'
import type { Source, SqliteFile } from '../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import type { MakeSpool } from '../trace/spool.js'
import type { Detected } from './detected.js'
import type { ExecutionTrace } from './pytorch-et/execution-trace.js'
import type { RateReading } from './rates.js'
import type { ScanThread } from './parts/part.js'
import type { TableMapping } from './table/mapping.js'

/** What an importer needs beyond bytes; the caller injects it. */
export interface ImportTools {
  /** An external sorter: `memorySpool` in a browser, `fileSpools` of the store folder on Node. */
  readonly spool: MakeSpool
  /** What our recorder knows of the graph behind a profile. */
  readonly graph?: GraphFacts
  /** The model that the file is of, where the caller knows; else it is matched by name and shapes. */
  readonly model?: Architecture
  readonly quant?: Quantisation
  /** Shapes of the same run, for a Kineto trace recorded without them. */
  readonly executionTrace?: ExecutionTrace
  /** `node:buffer`'s isUtf8; else a fatal TextDecoder. */
  isUtf8?(bytes: Uint8Array): boolean
  onProgress?(bytesRead: number): void
  /** Ticks or cycles a second, for files whose units are no time and that do not say it (`--clock`). */
  readonly clockHz?: number
  /** The trace's name; else the file's own word for it, else the source's name without its endings. */
  readonly name?: string
  /** How the columns of an unknown table are to be read (`--map`). */
  readonly mapping?: TableMapping
  /** A SQLite file, read only; absent: formats that need it are refused with that reason. */
  openSqlite?(source: Source): Promise<SqliteFile>
  /** Another thread that can scan parts of this file, which its owner closes; absent: there is one thread. */
  readonly scanThread?: ScanThread
  /** The text that the program `trace-cmd` reports of a `.dat` file; throws `BadInput` when it is not installed. */
  traceCmdReport?(source: Source): AsyncIterable<Uint8Array>
}

/** The start of a file, as `detect` sees it. */
export interface FileHead {
  readonly name: string
  readonly bytes: Uint8Array
  /** `bytes` as UTF-8, what is no UTF-8 replaced. */
  readonly text: string
}

/** What a file holds; never mixed in one reading. `timeline`: ops with start times. `profile`: durations without
 *  starts, laid out in file order. `rates`: tokens/s, totals, bandwidths; they never become ops. `world-switches`:
 *  recorded round trips. `structure`: a graph without times, of use only beside another file. */
export type Content = 'timeline' | 'profile' | 'rates' | 'world-switches' | 'structure'

/** What people ask before they record. */
export interface FormatFacts {
  readonly id: string
  readonly title: string
  /** Where the format is written down. */
  readonly source: string
  readonly content: readonly Content[]
  /** How prefill and decode are told apart; `none` where they are not. */
  readonly phases: string
  /** Where bytes and FLOPs come from. */
  readonly bytes: string
  /** The runtime that writes it. */
  readonly runtime: string
  /** The exact command that makes it write the file. */
  readonly command: string
}

/** What a caller may know of a file beyond its bytes. */
export type Hint = 'model' | 'quant' | 'graph' | 'mapping' | 'clock'

/** A trace format: `detect` looks and never throws. `read` pushes ops in order of start and returns the header;
 *  `readRates` is there for files that hold rates. Both throw {@link BadInput} with the place of what they cannot use. */
export interface Format extends FormatFacts {
  /** Which hints `read` makes use of. Default: model and quantisation, as all that go through `OpDrafts`. */
  readonly takes?: readonly Hint[]
  detect(head: FileHead): Detected
  read?(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts>
  readRates?(source: Source, tools: ImportTools): Promise<RateReading>
}

/** `a/b/decode-8b.trace.jsonl.gz` → `decode-8b`; never empty. */
export function nameFromSource(sourceName: string): string {
  const base = sourceName.split(/[\\/]/).at(-1) ?? ''
  const bare = base.replace(/(\.trace)?(\.(gz|zst|jsonl|json|jsonfrag|pt|txt|log|csv|tsv|md|dat|et|etdp|sqlite|pftrace))+$/i, '')
  return bare === '' ? 'trace' : bare
}
