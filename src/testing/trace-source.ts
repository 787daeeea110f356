import { isUtf8 } from 'node:buffer'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { ImportTools } from '../formats/format.js'
import { findFormat } from '../formats/index.js'
import { memorySpool } from '../trace/spool.js'
import { collectTrace } from '../trace/collect.js'
import type { Source } from '../trace/source.js'
import type { Trace } from '../trace/trace.js'

export const memoryTools: ImportTools = { spool: memorySpool, isUtf8 }

/** Bytes as a source that gives them in chunks of `chunkBytes`; as with files, a chunk is spoilt when the next one is asked
 *  for. */
export function memorySource(content: Uint8Array | string, name = 'test', chunkBytes = 1 << 16): Source {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return {
    name,
    sizeBytes: bytes.length,
    head: bytes.subarray(0, 256 << 10),
    async *chunks() {
      const chunk = new Uint8Array(Math.min(chunkBytes, bytes.length))
      for (let from = 0; from < bytes.length; from += chunkBytes) {
        const part = bytes.subarray(from, from + chunkBytes)
        chunk.set(part)
        yield chunk.subarray(0, part.length)
        chunk.fill(35)
      }
    },
  }
}

/** The whole trace that a source holds; for tests. */
export async function traceFrom(source: Source, tools: ImportTools = memoryTools, forced?: string): Promise<Trace> {
  const { writer, finish } = collectTrace()
  const found = await findFormat(source, forced)
  return finish(await found.format.read!(found.source, writer, tools))
}

export const importText = (content: Uint8Array | string, tools: Partial<ImportTools> = {}, name = 'test'): Promise<Trace> =>
  traceFrom(memorySource(content, name), { ...memoryTools, ...tools })

/** A file of `testing/fixtures`, made by us. */
export const fixture = (path: string): string => readFileSync(new URL(`fixtures/${path}`, import.meta.url), 'utf8')

/** A recorded trace of the folder beside the repository, inflated; undefined (and said on the console) without it. */
export function sharedTrace(path: string): Uint8Array | undefined {
  const file = join(fileURLToPath(new URL('../../../shared/traces/', import.meta.url)), path)
  if (!existsSync(file)) {
    console.log(`skipped: ../shared/traces/${path} is not here`)
    return undefined
  }
  const bytes = readFileSync(file)
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes
}

/** Whether a program is installed. */
export const onPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)))

/** What every trace must hold, whatever it was read from: order, ranges, indices that exist. */
export function lawBroken({ header, strings, ops, after }: Trace): string | undefined {
  const steps: number[] = []
  for (let i = 0; i < ops.length; i++) {
    const at = `op ${i}: `
    if (i > 0 && ops.startNs[i]! < ops.startNs[i - 1]!) return `${at}starts before the one before`
    for (const field of ['startNs', 'durationNs', 'flops', 'bytes'] as const)
      if (!Number.isSafeInteger(ops[field][i]!) || ops[field][i]! < 0) return `${at}${field} ${ops[field][i]}`
    if (ops.lane[i]! >= header.lanes.length) return `${at}lane`
    if (ops.request[i]! >= header.requests.length) return `${at}request`
    if (ops.tensor[i]! >= header.tensors.length) return `${at}tensor`
    if (ops.rules[i]! >= header.ruleSets.length) return `${at}rules`
    if (ops.type[i]! >= strings.length || ops.name[i]! >= strings.length) return `${at}string`
    const request = ops.request[i]!
    if (ops.step[i]! < (steps[request] ?? 0)) return `${at}step goes back`
    steps[request] = ops.step[i]!
    for (let edge = after.first[i]!; edge < after.first[i + 1]!; edge++)
      if (after.to[edge]! >= i) return `${at}waits for a later one`
  }
  return undefined
}
