import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'

/** The source's chunks, told to `onProgress`, each known to be UTF-8 (characters may straddle chunks). Throws
 *  `BadInput` with the byte offset of the first byte that is not. */
export async function* checkedChunks(source: Source, tools: ImportTools): AsyncGenerator<Uint8Array> {
  const isUtf8 = tools.isUtf8 ?? decodes
  let offset = 0
  let open: Uint8Array = new Uint8Array(0) // the bytes of a character that the next chunk ends
  for await (const chunk of source.chunks()) {
    if (chunk.length === 0) continue
    let from = 0
    if (open.length > 0) {
      const wanted = characterLength(open[0]!) - open.length
      const joined = new Uint8Array([...open, ...chunk.subarray(0, wanted)])
      if (chunk.length < wanted) open = joined
      else {
        if (!isUtf8(joined)) throw invalid(source, offset - open.length)
        open = new Uint8Array(0)
      }
      from = Math.min(wanted, chunk.length)
    }
    const to = open.length > 0 ? from : Math.max(from, chunk.length - openBytes(chunk))
    const whole = chunk.subarray(from, to)
    if (!isUtf8(whole)) throw invalid(source, offset + from + firstInvalid(whole))
    if (open.length === 0 && to < chunk.length) open = chunk.slice(to)
    offset += chunk.length
    yield chunk
    tools.onProgress?.(offset)
  }
  if (open.length > 0) throw invalid(source, offset - open.length)
}

function invalid(source: Source, byteOffset: number): BadInput {
  return new BadInput({ file: source.name, byteOffset }, 'UTF-8 text', undefined, 'this byte begins no valid character')
}

const strict = new TextDecoder('utf-8', { fatal: true })
function decodes(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

function characterLength(lead: number): number {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
}

/** How many bytes at the end begin a character that is not ended yet. */
function openBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return byte < 0xf8 && characterLength(byte) > back ? back : 0
  }
  return 0
}

/** Index of the first byte that begins no valid character. */
function firstInvalid(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length;) {
    if (bytes[i]! < 0x80) i++
    else {
      const length = characterLength(bytes[i]!)
      if (length === 1 || i + length > bytes.length || !decodes(bytes.subarray(i, i + length))) return i
      i += length
    }
  }
  return bytes.length
}
