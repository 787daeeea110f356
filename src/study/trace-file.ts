import { createWriteStream } from 'node:fs'
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { UsageFault } from '../base/errors.js'
import { printable } from '../base/quote.js'
import { exportChakra, exportChrome, exportTrace } from '../formats/index.js'
import type { Trace } from '../trace/trace.js'

/** Refuses a path that `writeTraceFile` could not write to, before the work that would be lost. Throws `UsageFault`. */
export async function checkTraceFile(path: string): Promise<void> {
  if ((await kindOf(path)) === 'folder') throw new UsageFault(`${printable(path)} is a folder`, 'name a file in it')
  const folder = dirname(path)
  if ((await kindOf(folder)) !== 'folder') throw new UsageFault(`${printable(folder)} is no folder`, 'make it first')
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'device' | 'nothing'> {
  try {
    const facts = await stat(path)
    return facts.isDirectory() ? 'folder' : facts.isFile() ? 'file' : 'device'
  } catch {
    return 'nothing' // or out of reach: writing will say which
  }
}

/** Where a file is written before it takes its name; a pipe or a device is written to as it is, and never replaced. */
async function partialOf(path: string): Promise<string> {
  if ((await kindOf(path)) === 'device') return path
  const partial = `${path}.partial-${process.pid}`
  await rm(partial, { force: true }) // of a process of this number that was killed
  return partial
}

/** Writes text as a file that appears whole or not at all. Throws `UsageFault`: the path cannot be written to. */
export async function writeTextFile(text: string, path: string): Promise<void> {
  await checkTraceFile(path)
  const partial = await partialOf(path)
  if (partial === path) return writeFile(path, text)
  try {
    await writeFile(partial, text, { flag: 'wx' })
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** What a trace can be written as: our interchange, Chrome trace events, Chakra's protobuf. All three import as the same ops. */
export const exportForms = ['jsonl', 'chrome', 'chakra'] as const
export type ExportForm = (typeof exportForms)[number]

/** The form that a file's name asks for. */
export const formOfPath = (path: string): ExportForm => (/\.json(\.gz)?$/i.test(path) ? 'chrome' : /\.et(\.gz)?$/i.test(path) ? 'chakra' : 'jsonl')

/** A trace in one of the forms, piece by piece. */
export function exported(trace: Trace, form: ExportForm): Iterable<string | Uint8Array> {
  return form === 'chrome' ? exportChrome(trace) : form === 'chakra' ? exportChakra(trace) : exportTrace(trace)
}

/** Writes a trace, gzipped where the path ends in `.gz`. The file appears whole or not at all. */
export async function writeTraceFile(trace: Trace, path: string, form: ExportForm = formOfPath(path)): Promise<void> {
  const partial = await partialOf(path)
  const isDevice = partial === path
  try {
    const lines = Readable.from(exported(trace, form))
    const file = createWriteStream(partial, { flags: isDevice ? 'w' : 'wx' })
    await (path.endsWith('.gz') ? pipeline(lines, createGzip({ level: 9 }), file) : pipeline(lines, file))
    if (!isDevice) await rename(partial, path)
  } catch (error) {
    if (!isDevice) await rm(partial, { force: true })
    throw error
  }
}
