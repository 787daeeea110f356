import { joinBytes } from '../base/bytes.js'
import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'

/** All of a small file's bytes: for containers that no library reads as a stream. Throws `BadInput` beyond `limit`. */
export async function wholeBytes(source: Source, tools: ImportTools, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of source.chunks()) {
    length += chunk.length
    if (length > limit) throw new BadInput({ file: source.name, byteOffset: limit }, `at most ${limit >> 20} MiB of this kind of file`, 'more of it')
    parts.push(chunk.slice())
    tools.onProgress?.(length)
  }
  return joinBytes(parts)
}

/** The same as text, what is no UTF-8 replaced. */
export async function wholeText(source: Source, tools: ImportTools, limit: number): Promise<string> {
  return new TextDecoder().decode(await wholeBytes(source, tools, limit))
}
