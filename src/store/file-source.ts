import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { BadInput } from '../base/errors.js'
import { holdRatio } from '../base/unpack-limits.js'
import type { Source } from '../trace/source.js'
import { asUtf8 } from '../trace/utf16.js'
import { readFileRange } from './read-file.js'
import { limitsHere } from './unpacking.js'
import { isZstd } from './zstd-cuts.js'
import { unpackZstd } from './zstd.js'

export { isUtf8 } from 'node:buffer'

const HEAD_BYTES = 256 << 10
const READ_BYTES = 1 << 20

/** A file as a `Source`, inflated while it is read where its first bytes say gzip (several members are one
 *  content) or zstd, and turned to UTF-8 where they say UTF-16. `sizeBytes` is 0 for those: what they hold is not known before it was read. `fileBytes` is the size on
 *  disk and `bytesRead()` how much of it the latest pass has taken: progress that is true for both.
 *  Memory stays flat, whatever is unpacked; its length has no limit but that to what was packed (`holdRatio`).
 *  Throws `BadInput`: missing, forbidden, no regular file, empty, damaged or cut-off gzip or zstd, or one that unpacks without end. */
export interface FileSource extends Source {
  /** Where it lies; `name` is what it is called. */
  readonly path: string
  readonly fileBytes: number
  bytesRead(): number
}

export async function openSource(path: string, name = path): Promise<FileSource> {
  const { fileBytes, packed } = await inspect(path, name)
  let position = 0
  const chunks = () => read({ path, name }, packed, fileBytes, (bytes) => (position = bytes))
  const head = await headOf(chunks())
  if (head.length === 0) throw new BadInput({ file: name }, 'a trace', `a ${packed ?? 'file'} with nothing in it`)
  return asUtf8({
    name,
    path,
    sizeBytes: packed === undefined ? fileBytes : 0,
    head,
    chunks,
    ...(packed === undefined ? { range: (from: number, to: number) => rangeOf({ path, name }, from, to, (bytes) => (position = Math.max(position, bytes))) } : {}),
    fileBytes,
    bytesRead: () => position,
  })
}

interface Named {
  readonly path: string
  readonly name: string
}

async function inspect(path: string, name: string): Promise<{ fileBytes: number; packed: 'gzip' | 'zstd' | undefined }> {
  try {
    const facts = await stat(path)
    if (facts.isDirectory()) throw new BadInput({ file: name }, 'a file', 'a folder')
    if (!facts.isFile()) throw new BadInput({ file: name }, 'a regular file (it is read more than once)', 'a pipe or a device')
    if (facts.size === 0) throw new BadInput({ file: name }, 'a trace', 'an empty file')
    const handle = await open(path)
    try {
      const magic = new Uint8Array(4)
      await handle.read(magic, 0, 4, 0)
      const packed = magic[0] === 0x1f && magic[1] === 0x8b ? 'gzip' : isZstd(magic) ? 'zstd' : undefined
      return { fileBytes: facts.size, packed }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw readingFault(name, error)
  }
}

async function* read({ path, name }: Named, packed: 'gzip' | 'zstd' | undefined, fileBytes: number, onBytes: (position: number) => void): AsyncGenerator<Uint8Array> {
  if (packed === undefined) return yield* rangeOf({ path, name }, 0, fileBytes, onBytes)
  try {
    yield* inflated({ path, name }, packed, onBytes)
  } catch (error) {
    throw readingFault(name, error)
  }
}

async function* rangeOf({ path, name }: Named, from: number, to: number, onBytes: (position: number) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* readFileRange(path, from, to, onBytes)
  } catch (error) {
    throw readingFault(name, error)
  }
}

async function* inflated({ path, name }: Named, packed: 'gzip' | 'zstd', onBytes: (position: number) => void): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: READ_BYTES })
  // An error of the file destroys the inflating stream with the same error, so one loop meets both.
  const bytes = packed === 'gzip' ? pipeline(file, createGunzip({ chunkSize: READ_BYTES }), () => {}) : unpackZstd(file as AsyncIterable<Uint8Array>, name)
  const limits = limitsHere()
  let unpacked = 0
  try {
    for await (const chunk of bytes) {
      onBytes(file.bytesRead)
      unpacked += (chunk as Uint8Array).length
      holdRatio({ file: name }, file.bytesRead, unpacked, limits)
      yield chunk as Uint8Array
    }
  } finally {
    file.destroy()
  }
}

async function headOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_BYTES)
  let length = 0
  for await (const chunk of chunks) {
    const taken = chunk.subarray(0, HEAD_BYTES - length)
    head.set(taken, length)
    length += taken.length
    if (length === HEAD_BYTES) break
  }
  return head.slice(0, length)
}

const reasons: Record<string, readonly [expected: string, found: string]> = {
  ENOENT: ['a file', 'nothing of that name'],
  ENOTDIR: ['a file', 'a path through something that is no folder'],
  EACCES: ['a file that may be read', 'no permission'],
  EPERM: ['a file that may be read', 'no permission'],
  ELOOP: ['a file', 'a circle of links'],
  EIO: ['a readable file', 'a read error of the device'],
  Z_BUF_ERROR: ['a whole gzip file', 'one that ends too early'],
}

function readingFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BadInput) return error
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') return error
  const known = reasons[code]
  if (known !== undefined) return new BadInput({ file: path }, known[0], known[1])
  if (code.startsWith('Z_')) return new BadInput({ file: path }, 'sound gzip data', error.message)
  return error
}
