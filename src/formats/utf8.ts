import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'

/** The source's chunks, told to `onProgress`, each known to be UTF-8 (characters may straddle chunks). Throws
 *  `BadInput` with the byte offset of the first byte that is not. */
export async function* checkedChunks(source: Source, tools: ImportTools): AsyncGenerator<Uint8Array> {
  const check = new Utf8Check(source.name, tools)
  for await (const chunk of source.chunks()) {
    if (chunk.length === 0) continue
    check.take(chunk)
    yield chunk
    tools.onProgress?.(check.offset)
  }
  check.end()
}

/** Checks text that comes in pieces, of a file or from somewhere in it on. Throws `BadInput`. */
export class Utf8Check {
  private open: Uint8Array = new Uint8Array(0) // the bytes of a character that the next chunk ends
  private readonly isUtf8: (bytes: Uint8Array) => boolean

  constructor(
    private readonly file: string,
    tools: Pick<ImportTools, 'isUtf8'>,
    /** Behind what was taken. */
    public offset = 0,
  ) {
    this.isUtf8 = tools.isUtf8 ?? decodes
  }

  take(chunk: Uint8Array): void {
    let from = 0
    if (this.open.length > 0) {
      const wanted = characterLength(this.open[0]!) - this.open.length
      const joined = new Uint8Array([...this.open, ...chunk.subarray(0, wanted)])
      if (chunk.length < wanted) this.open = joined
      else {
        if (!this.isUtf8(joined)) throw this.invalid(this.offset - this.open.length)
        this.open = new Uint8Array(0)
      }
      from = Math.min(wanted, chunk.length)
    }
    const to = this.open.length > 0 ? from : Math.max(from, chunk.length - openBytes(chunk))
    const whole = chunk.subarray(from, to)
    if (!this.isUtf8(whole)) throw this.invalid(this.offset + from + firstInvalid(whole))
    if (this.open.length === 0 && to < chunk.length) this.open = chunk.slice(to)
    this.offset += chunk.length
  }

  /** What was taken is all there is. */
  end(): void {
    if (this.open.length > 0) throw this.invalid(this.offset - this.open.length)
  }

  private invalid(byteOffset: number): BadInput {
    return new BadInput({ file: this.file, byteOffset }, 'UTF-8 text', undefined, 'this byte begins no valid character')
  }
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
