import { Decompress } from 'fzstd'
import { BadInput } from '../base/errors.js'
import { ZstdCuts } from './zstd-cuts.js'

/** Inflates zstd while it is read: what is unpacked is handed on before more is, in pieces of about 4 MiB at most. Throws `BadInput`:
 *  damaged, cut off, a window beyond 128 MiB. */
export async function* unpackZstd(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  let out: Uint8Array[] = []
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
  const cuts = new ZstdCuts(file)
  for await (const chunk of chunks) {
    for (const piece of cuts.pieces(chunk)) {
      push(new Uint8Array(piece.buffer, piece.byteOffset, piece.length), false)
      yield* out
      out = []
    }
  }
  push(new Uint8Array(0), true)
  yield* out
  if (!ended) throw new BadInput({ file }, 'a whole zstd file', 'one that ends too early')
}
