import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'

const MAX_MESSAGE_BYTES = 16 << 20

/** Calls `onMessage` with each length-delimited message, its number and where it begins; `tag`: the byte ahead of every
 *  length, where messages are the repeated field of an outer one. Holds one message at a time. Throws `BadInput`: a length
 *  beyond 16 MiB, another tag, a file that ends in the middle. */
export async function eachMessage(source: Source, tools: ImportTools, onMessage: (bytes: Uint8Array, number: number, byteOffset: number) => void, tag?: number): Promise<number> {
  let held = new Uint8Array(0)
  let origin = 0
  let number = 0
  let read = 0
  const fail = (at: number, expected: string, found?: unknown): BadInput => new BadInput({ file: source.name, byteOffset: origin + at }, expected, found)
  for await (const chunk of source.chunks()) {
    const joined = new Uint8Array(held.length + chunk.length)
    joined.set(held)
    joined.set(chunk, held.length)
    let at = 0
    for (;;) {
      if (tag !== undefined && at < joined.length && joined[at] !== tag) throw fail(at, `the tag ${tag} of a message`, joined[at])
      const from = tag === undefined ? at : at + 1
      const head = varintAt(joined, from)
      if (head === undefined) {
        if (joined.length - from >= 10) throw fail(at, 'the length of a message', 'ten bytes that are none')
        break
      }
      if (head.value > MAX_MESSAGE_BYTES) throw fail(at, `a message of at most ${MAX_MESSAGE_BYTES >> 20} MiB`, head.value)
      if (head.next + head.value > joined.length) break
      onMessage(joined.subarray(head.next, head.next + head.value), number++, origin + at)
      at = head.next + head.value
    }
    held = joined.slice(at)
    origin += at
    read += chunk.length
    tools.onProgress?.(read)
  }
  if (held.length > 0) throw fail(0, 'a whole message', `${held.length} bytes at the end of the file`)
  return number
}

function varintAt(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  let value = 0
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, next: at + i + 1 }
  }
  return undefined
}
