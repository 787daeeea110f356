import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BadInput, UsageFault } from '../../base/errors.js'
import { noHash } from '../../base/hash.js'
import type { ImportTools } from '../../formats/format.js'
import { detectFormat, findFormat, formats } from '../../formats/index.js'
import { readExecutionTrace } from '../../formats/pytorch-et/read-execution-trace.js'
import type { RateReading } from '../../formats/rates.js'
import { fileSpools } from '../../store/file-spool.js'
import { openSqliteFile } from '../../store/sqlite-source.js'
import { openStore, type Store } from '../../store/store.js'
import { joinChunks } from '../../trace/collect.js'
import type { Source } from '../../trace/source.js'
import type { OpTable } from '../../trace/trace.js'
import { TraceWriter, opFields } from '../../trace/writer.js'
import { lawBroken, memorySource } from '../trace-source.js'
import { fuzzMapping, fuzzRateMapping } from './seeds.js'

/** Two million pieces of a byte each take as long as a hang does. */
const MAX_SMALL_PIECES = 100_000
/** Byte by byte is slow: one input in nine. */
const chunkSizes = [4096, 4097, 65_536, 100, 8191, 4096, 65_536, 1, 20_000]

/** One input after the other against the importers; `folder` is for what needs a file. */
export class FuzzSubject {
  private readonly store: Store

  constructor(private readonly folder: string) {
    this.store = openStore(join(folder, 'fuzz.db'))
  }

  /** What is wrong with how the importer took these bytes; undefined: it read them lawfully, or refused them well. */
  async fault(format: string, bytes: Uint8Array, number: number): Promise<string | undefined> {
    const source = memorySource(bytes, `fuzz-${number}`, bytes.length < MAX_SMALL_PIECES ? chunkSizes[number % chunkSizes.length] : 65_536)
    const known = formats.find(({ id }) => id === format)!
    const asked = [
      () => this.detected(source),
      ...(known.read === undefined ? [] : [() => this.trace(format, source)]),
      ...(known.readRates === undefined ? [] : [() => this.rates(format, source)]),
      ...(format === 'pytorch-et' ? [() => this.structure(source)] : []),
      ...(known.read !== undefined && number % 50 === 0 ? [() => this.stored(format, source)] : []),
    ]
    for (const ask of asked) {
      const wrong = await answered(ask)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  close(): void {
    this.store.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async detected(source: Source): Promise<undefined> {
    await findFormat(source)
    return undefined
  }

  /** The importer's memory is measured, not the test's: traces of more than two chunks are read and let go. */
  private async trace(format: string, source: Source): Promise<string | undefined> {
    let kept: { ops: OpTable; afterCount: Uint32Array; afterBack: Uint32Array }[] = []
    let chunks = 0
    const writer = new TraceWriter(({ ops, afterCount, afterBack }) => {
      if (++chunks > 2) kept = []
      else kept.push({ ops: copied(ops), afterCount: afterCount.slice(), afterBack: afterBack.slice() })
    }, noHash())
    const written = await this.withTools(source, async (tools) => writer.finish(await detectFormat(source, format).read!(source, writer, tools)))
    return chunks > 2 ? undefined : lawBroken({ ...written, ...joinChunks(written.opCount, kept) })
  }

  private async rates(format: string, source: Source): Promise<string | undefined> {
    const { rates, settings } = await this.withTools<RateReading>(source, (tools) => detectFormat(source, format, 'rates').readRates!(source, { ...tools, mapping: fuzzRateMapping }))
    const bad = rates.find(({ ns, setting, sdNs }) => !Number.isSafeInteger(ns) || ns <= 0 || settings[setting] === undefined || Number.isNaN(sdNs))
    return bad === undefined ? undefined : `rate ${JSON.stringify(bad).slice(0, 200)}`
  }

  private async structure(source: Source): Promise<undefined> {
    await this.withTools(source, (tools) => readExecutionTrace(source, tools))
    return undefined
  }

  /** An import that fails leaves the store as it was. */
  private async stored(format: string, source: Source): Promise<string | undefined> {
    const before = this.store.list().length
    try {
      await this.store.importTrace(undefined, async (writer) => writer.finish(await this.withTools(source, (tools) => detectFormat(source, format).read!(source, writer, tools))))
    } catch (error) {
      if (this.store.list().length !== before) return 'a failed import left something in the store'
      throw error
    }
    return undefined
  }

  private async withTools<T>(source: Source, use: (tools: ImportTools) => Promise<T>): Promise<T> {
    const spools = fileSpools({ bufferBytes: 1 << 20 })
    const path = join(this.folder, 'input.sqlite')
    try {
      return await use({
        spool: spools.spool,
        mapping: fuzzMapping,
        clockHz: 1e9, // else files of ticks would be refused before they are read
        traceCmdReport: () => source.chunks(),
        openSqlite: async () => {
          const bytes: Uint8Array[] = []
          for await (const chunk of source.chunks()) bytes.push(chunk.slice())
          writeFileSync(path, Buffer.concat(bytes))
          return openSqliteFile(path)
        },
      })
    } finally {
      spools.close()
    }
  }
}

function copied(ops: OpTable): OpTable {
  const copy: Record<string, unknown> = { length: ops.length }
  for (const field of opFields) copy[field] = ops[field].slice()
  return copy as unknown as OpTable
}

/** Refusals are one printable line; every other error is a fault. */
async function answered(ask: () => string | undefined | Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof BadInput || error instanceof UsageFault)) return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
     
    if (/[\u0000-\u001f\u007f-\u009f]/.test(error.message)) return `a refusal with control characters: ${JSON.stringify(error.message)}`
    return error.message.length > 6000 ? `a refusal of ${error.message.length} characters` : undefined
  }
}
