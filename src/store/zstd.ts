import { Decompress } from 'fzstd'
import { BadInput } from '../base/errors.js'

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd]
/** A frame may ask for as much memory as its window: no writer of traces needs more. */
const MAX_WINDOW = 128 << 20
/** Pieces pushed at once, so that what comes out is handed on before more is made. */
const PIECE = 64 << 10

export const isZstd = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte)

/** Inflates zstd while it is read. Throws `BadInput`: damaged, cut off, a window beyond 128 MiB. */
export async function* unpackZstd(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  let out: Uint8Array[] = []
  let isFirst = true
  let ended = false
  const unpack = new Decompress((part, isLast) => {
    if (part.length > 0) out.push(part)
    ended = isLast === true
  })
  const push = (bytes: Uint8Array, isLast: boolean): void => {
    try {
      unpack.push(bytes, isLast)
    } catch (error) {
      throw new BadInput({ file }, 'sound zstd data', (error as Error).message)
    }
  }
  for await (const chunk of chunks) {
    if (isFirst && windowOf(chunk) > MAX_WINDOW) throw new BadInput({ file, byteOffset: 4 }, `a zstd window of at most ${MAX_WINDOW >> 20} MiB`, windowOf(chunk), 'compress it without --long')
    isFirst = false
    for (let from = 0; from < chunk.length; from += PIECE) {
      push(chunk.slice(from, from + PIECE), false)
      yield* out
      out = []
    }
  }
  push(new Uint8Array(0), true)
  yield* out
  if (!ended) throw new BadInput({ file }, 'a whole zstd file', 'one that ends too early')
}

/** The window of the first frame (RFC 8878, 3.1.1.1), bytes. */
function windowOf(bytes: Uint8Array): number {
  const descriptor = bytes[4] ?? 0
  const isSingle = (descriptor & 0x20) !== 0
  if (!isSingle) {
    const window = bytes[5] ?? 0
    const base = 2 ** (10 + (window >> 3))
    return base + (base / 8) * (window & 7)
  }
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!
  const length = [1, 2, 4, 8][descriptor >> 6]!
  let size = length === 2 ? 256 : 0
  for (let i = 0; i < length; i++) size += (bytes[at + i] ?? 0) * 256 ** i
  return size
}
