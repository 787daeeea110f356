import { availableParallelism } from 'node:os'
import { BadInput, UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import type { DeviceProfile } from '../device/profile.js'
import type { Format, Hint, ImportTools } from '../formats/format.js'
import type { ScanThread } from '../formats/parts/part.js'
import type { TableMapping } from '../formats/table/mapping.js'
import type { Architecture } from '../model/architecture.js'
import type { Quantisation } from '../model/quantisation.js'
import { isUtf8, type FileSource } from '../store/file-source.js'
import type { FileSpools } from '../store/file-spool.js'
import { openSqliteFile } from '../store/sqlite-source.js'
import { traceCmdReport } from '../store/trace-cmd.js'
import type { GraphFacts } from '../trace/graph-facts.js'

/** Below this a second thread costs about what it saves: it starts up on processors that the first one and its compiler use.
 *  Measured by `src/bench/import-threads.ts`. */
const TWO_THREADS_FROM = 2 ** 31

export interface ImportFileOptions {
  /** A format's id; by default the content decides. */
  readonly format?: string | undefined
  /** Of the stored trace; by default the file's own word for it, else its name. */
  readonly name?: string | undefined
  readonly graph?: GraphFacts | undefined
  /** The model that the file is of; by default matched by name and shapes. */
  readonly model?: Architecture | undefined
  readonly quant?: Quantisation | undefined
  /** How the columns of a table are read. */
  readonly mapping?: TableMapping | undefined
  /** Ticks or cycles a second, for a file whose units are no time. */
  readonly clock?: number | undefined
  /** The profile that the machine is; by default the one whose alias stands in the file's words for it. */
  readonly device?: DeviceProfile | null | undefined
  /** The machine was emulated. */
  readonly emulated?: boolean | undefined
  /** A trace of world switches of the same run, to be put on one clock with the file. */
  readonly join?: string | undefined
  /** Added to the times of the world switches; by default found by matching. */
  readonly offsetNs?: number | undefined
  /** Threads that scan a PyTorch profile: 1 or 2. Default: 2 from 2 GiB on. What comes out is the same. */
  readonly threads?: number | undefined
  /** Bytes of the file that were read, of all. */
  readonly onProgress?: ((readBytes: number, fileBytes: number) => void) | undefined
}

/** A second thread that scans `file`, which starts up now; undefined: one is enough. */
export async function secondThread(file: FileSource, { threads }: ImportFileOptions): Promise<ScanThread | undefined> {
  const isWanted = threads === undefined ? file.fileBytes >= TWO_THREADS_FROM && availableParallelism() > 1 : threads > 1
  return isWanted ? (await import('./scan-thread.js')).scanThread(file.path) : undefined
}

/** What importers need of this machine to read `file`. */
export function toolsFor(file: FileSource, spools: FileSpools, options: ImportFileOptions, thread?: ScanThread): ImportTools {
  const { name, graph, model, quant, mapping, clock, onProgress } = options
  return {
    spool: spools.spool,
    isUtf8,
    traceCmdReport: () => traceCmdReport(uncompressed(file)),
    openSqlite: async () => openSqliteFile(uncompressed(file)),
    ...(thread === undefined ? {} : { scanThread: thread }),
    ...(name === undefined ? {} : { name }),
    ...(graph === undefined ? {} : { graph }),
    ...(model === undefined ? {} : { model }),
    ...(quant === undefined ? {} : { quant }),
    ...(mapping === undefined ? {} : { mapping }),
    ...(clock === undefined ? {} : { clockHz: clock }),
    ...(onProgress === undefined ? {} : { onProgress: () => onProgress(file.bytesRead(), file.fileBytes) }),
  }
}

const optionOf: Readonly<Record<Hint, string>> = { model: '--model', quant: '--quant', graph: '--graph', mapping: '--map', clock: '--clock' }

/** Throws `UsageFault` for what was said of a file that its format would not look at. */
export function refuseUnused({ id, takes = ['model', 'quant'] }: Format, file: string, options: ImportFileOptions): void {
  for (const hint of Object.keys(optionOf) as Hint[])
    if (options[hint] !== undefined && !takes.includes(hint)) throw new UsageFault(`${optionOf[hint]} is of no use with ${quoteFound(file)} (${id})`, `leave ${optionOf[hint]} out`)
}

/** The path of a file that a program or library opens itself. Throws `BadInput` for a compressed one. */
function uncompressed(file: FileSource): string {
  if (file.sizeBytes === file.fileBytes) return file.path
  throw new BadInput({ file: file.name, byteOffset: 0 }, 'this kind of file as it is', 'a compressed one', 'decompress it first')
}
