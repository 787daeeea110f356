import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BadInput } from '../base/errors.js'
import { findFormat } from '../formats/index.js'
import { openSource } from '../store/file-source.js'
import { fileSpools } from '../store/file-spool.js'
import { openSqliteFile } from '../store/sqlite-source.js'
import { traceCmdReport } from '../store/trace-cmd.js'
import type { Doubt } from '../trace/trace.js'
import { TraceWriter } from '../trace/writer.js'
import { memoryTools, onPath } from './trace-source.js'

/** What the laws of plausibility say of a file. */
export interface ExaminedFile {
  /** With its set: `shared/…`, `fixtures/…`. */
  readonly file: string
  /** `text` where it is no trace: it holds rates, is refused for another reason, or needs a program that is not here. */
  readonly not?: string
  readonly doubts: readonly (Doubt & { readonly share: number; readonly isRefused: boolean })[]
}

const folders = { shared: '../../../shared/traces/', cases: '../../../shared/cases/', fixtures: 'fixtures/', own: '../../traces/' } as const
export type FileSet = keyof typeof folders
export const fileSets = Object.keys(folders) as FileSet[]

/** The files of a set, by name; undefined when the folder is not here. */
export function filesOf(set: FileSet): string[] | undefined {
  const folder = fileURLToPath(new URL(folders[set], import.meta.url))
  if (!existsSync(folder)) return undefined
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(textproto)$|^[A-Z]+\.md$/.test(entry.name) && !/\/traces\/(studies|workloads)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort()
}

/** Reads a file as `import` does, but refuses nothing for its plausibility. */
export async function examineFile(set: FileSet, file: string): Promise<ExaminedFile> {
  const path = join(fileURLToPath(new URL(folders[set], import.meta.url)), file)
  const named = `${set}/${file}`
  if (file.endsWith('.dat') && !onPath('trace-cmd')) return { file: named, not: 'needs trace-cmd', doubts: [] }
  const spools = fileSpools()
  try {
    const source = await openSource(path)
    const tools = { ...memoryTools, spool: spools.spool, openSqlite: async () => openSqliteFile(path), traceCmdReport: () => traceCmdReport(path) }
    const writer = new TraceWriter(() => {})
    const found = await findFormat(source)
    const facts = await found.format.read!(found.source, writer, tools)
    const { findings, refused, shareOf } = writer.examine(facts)
    const doubts = [...(facts.doubts ?? []).map((doubt) => ({ ...doubt, isRefused: false })), ...findings.map((finding) => ({ ...finding, isRefused: refused.includes(finding) }))]
    return { file: named, doubts: doubts.map((doubt) => ({ ...doubt, share: shareOf(doubt) })) }
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    return { file: named, not: error.message.replace(path, file), doubts: [] }
  } finally {
    spools.close()
  }
}
