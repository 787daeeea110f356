import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'
import { checkedChunks } from './utf8.js'

/** Calls `onLine` with each line's text (without its end, CRLF included) and its 1-based number. Lines are split on
 *  bytes; one that is longer than `limitOf(line)` is refused before it is held whole. Returns whether the last line
 *  had an end. */
export async function eachLine(
  source: Source,
  tools: ImportTools,
  limitOf: (line: number) => number,
  onLine: (text: string, line: number) => void,
): Promise<{ lines: number; isEnded: boolean }> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let line = 1
  let held = new Uint8Array(1 << 12)
  let heldLength = 0
  const tooLong = (limit: number) =>
    new BadInput({ file: source.name, line }, `a line of at most ${limit} bytes`, undefined, 'an op is one line of JSON')
  const take = (bytes: Uint8Array) => {
    const end = bytes.length > 0 && bytes[bytes.length - 1] === 13 ? bytes.length - 1 : bytes.length
    onLine(decoder.decode(bytes.subarray(0, end)), line++)
  }
  for await (const chunk of checkedChunks(source, tools)) {
    let from = 0
    for (let to = chunk.indexOf(10, from); to >= 0; to = chunk.indexOf(10, from)) {
      const limit = limitOf(line)
      if (heldLength + to - from > limit) throw tooLong(limit)
      if (heldLength === 0) take(chunk.subarray(from, to))
      else {
        held = withMore(held, heldLength, chunk.subarray(from, to))
        heldLength += to - from
        take(held.subarray(0, heldLength))
        heldLength = 0
      }
      from = to + 1
    }
    const limit = limitOf(line)
    if (heldLength + chunk.length - from > limit) throw tooLong(limit)
    held = withMore(held, heldLength, chunk.subarray(from))
    heldLength += chunk.length - from
  }
  const isEnded = heldLength === 0
  if (!isEnded) take(held.subarray(0, heldLength))
  return { lines: line - 1, isEnded }
}

function withMore(held: Uint8Array<ArrayBuffer>, length: number, more: Uint8Array): Uint8Array<ArrayBuffer> {
  let room = held
  if (length + more.length > held.length) {
    room = new Uint8Array(Math.max(held.length * 2, length + more.length))
    room.set(held.subarray(0, length))
  }
  room.set(more, length)
  return room
}
