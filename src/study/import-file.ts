import { stat } from 'node:fs/promises'
import { BadInput, UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import type { ImportTools } from '../formats/format.js'
import { findFormat, isStructure } from '../formats/index.js'
import { readExecutionTrace } from '../formats/pytorch-et/read-execution-trace.js'
import { readJoined, type Reading } from '../formats/join/join.js'
import type { ScanThread } from '../formats/parts/part.js'
import { openSource, type FileSource } from '../store/file-source.js'
import { fileSpools, type FileSpools } from '../store/file-spool.js'
import type { InferredShare } from '../store/inferred.js'
import type { Store } from '../store/store.js'
import type { Doubt, Trace } from '../trace/trace.js'
import { withMachine } from './machine-facts.js'
import { STDIN, withInput, type InputFile } from './with-input.js'
import { refuseUnused, secondThread, toolsFor, type ImportFileOptions } from './import-tools.js'

export type { ImportFileOptions } from './import-tools.js'

export interface ImportedFile {
  readonly file: string
  readonly name: string
  /** Other names of the same content. */
  readonly otherNames: readonly string[]
  readonly hash: string
  readonly ops: number
  readonly existed: boolean
  /** The machine in the file's own words, and the device profile that it is; null: unknown. */
  readonly device: string
  readonly profile: string | null
  /** The machine was emulated: times are the emulator's. */
  readonly emulated: boolean
  /** Laws of plausibility that the recording broke. */
  readonly doubts: readonly Doubt[]
  readonly format: string
  /** What the importer says of the whole: how two files were joined, what is real in it. */
  readonly note: string
  /** What the importer left out, and why. */
  readonly skipped: Readonly<Record<string, number>>
  readonly inferred: readonly InferredShare[]
}

/** Imports a file, or what standard input gives (`-`), with `join` two of one run, as one trace and one transaction. Throws `BadInput`; the store is as it was then. */
export function importFile(store: Store, input: string | InputFile, options: ImportFileOptions = {}): Promise<ImportedFile> {
  if (typeof input === 'string') return withInput(input, (file) => importFile(store, file, options))
  if (options.join === undefined) return importOpened(store, input, undefined, options)
  return withInput(options.join, (other) => importOpened(store, input, other, options))
}

async function importOpened(store: Store, input: InputFile, otherInput: InputFile | undefined, options: ImportFileOptions): Promise<ImportedFile> {
  const spools = fileSpools()
  let thread: ScanThread | undefined
  try {
    const source = await openSource(input.path, input.name)
    thread = await secondThread(source, options) // it starts up while the format is found
    let first = await opsOf(source, spools, options, thread)
    const other = otherInput === undefined ? undefined : await openSource(otherInput.path, otherInput.name)
    // A graph without times gives the file its shapes; anything else is put on one clock with it.
    const structure = other !== undefined && isStructure(other) ? await readExecutionTrace(other, first.tools) : undefined
    if (structure !== undefined && options.offsetNs !== undefined)
      throw new UsageFault(`--offset: ${quoteFound(other!.name)} is a graph without times`, 'leave the offset out')
    if (structure !== undefined) first = first.with({ executionTrace: structure })
    const second = other === undefined || structure !== undefined ? undefined : await readingOf(other, spools, { onProgress: options.onProgress }, undefined)
    const imported = await store.importTrace(options.name, async (writer) => {
      writer.file = source.name
      return writer.finish(withMachine(second === undefined ? await first.read(writer) : await readJoined(first, second, writer, first.tools, options.offsetNs === undefined ? {} : { offsetNs: options.offsetNs }), options, first.format === 'worldswitch-trace'))
    })
    const { hash, ops, existed, header } = imported
    return {
      file: input.name,
      name: imported.name,
      otherNames: imported.otherNames,
      hash,
      ops,
      existed,
      device: header.device,
      profile: header.profile ?? null,
      emulated: header.provenance.emulated === true,
      doubts: header.doubts ?? [],
      format: second === undefined ? first.format : `${first.format} + ${second.format}`,
      note: header.provenance.note ?? '',
      skipped: header.skipped,
      inferred: store.inferred(hash),
    }
  } finally {
    thread?.close()
    spools.close()
  }
}

/** The reading of a file's ops; a file of rates is refused with what it holds. */
async function opsOf(source: FileSource, spools: FileSpools, options: ImportFileOptions, thread: ScanThread | undefined): Promise<FileReading> {
  try {
    return await readingOf(source, spools, options, options.format, thread)
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    const { ratesNotOps } = await import('./fit-device/rates-not-ops.js')
    throw await ratesNotOps(error, source, toolsFor(source, spools, {}), options.format)
  }
}

interface FileReading extends Reading {
  readonly tools: ImportTools
  with(more: Partial<ImportTools>): FileReading
}

async function readingOf(file: FileSource, spools: FileSpools, options: ImportFileOptions, forced: string | undefined, thread?: ScanThread): Promise<FileReading> {
  const { format, source } = await findFormat(file, forced)
  refuseUnused(format, source.name, options)
  const made = (tools: ImportTools): FileReading => ({
    file: source.name,
    format: format.id,
    tools,
    read: (into) => format.read!(source, into, tools),
    with: (more) => made({ ...tools, ...more }),
  })
  return made(toolsFor(file, spools, options, thread))
}

/** The trace a verb's TRACE argument means: a stored name, a prefix of a hash, or a file, which is imported first.
 *  Throws `UsageFault` when it is none of them. */
export async function resolveTrace(store: Store, ref: string, options: ImportFileOptions = {}): Promise<Trace> {
  return store.load(await resolveRef(store, ref, options))
}

/** As `resolveTrace`, but only the name under which it is stored: the one that was asked for, where it has several. */
export async function resolveRef(store: Store, ref: string, options: ImportFileOptions = {}): Promise<string> {
  try {
    return store.find(ref).name
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error
    if (ref === STDIN || (await isThere(ref))) return (await importFile(store, ref, options)).name
    if (!/[/\\]|\.(json|jsonl|gz)$/.test(ref)) throw error
    throw new UsageFault(`no stored trace is called ${quoteFound(ref)}, and no such file exists`, error.hint)
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    // What is there but out of reach is the file's fault to tell, not an unknown name.
    return !['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].includes(String((error as { code?: unknown }).code))
  }
}
