import { BadInput } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'
import { checkedChunks } from './utf8.js'

/** Calls `onLine` with each line, `bytes[from … to)` (without its end, CRLF included), and its 1-based number; the bytes are good
 *  until it returns. `early` is asked first, where a line begins: it may take the line and return where that ends, so that nobody
 *  has to look for the end (-1: it did not). Lines are split on
 *  bytes; one that is longer than `limitOf(line)` is refused before it is held whole. Returns whether the last line
 *  had an end. */
export async function eachLine(
  source: Source,
  tools: ImportTools,
  limitOf: (line: number) => number,
  onLine: (bytes: Uint8Array, from: number, to: number, line: number) => void,
  early: (bytes: Uint8Array, from: number, last: number) => number = () => -1,
): Promise<{ lines: number; isEnded: boolean }> {
  let line = 1
  let held = new Uint8Array(1 << 12)
  let heldLength = 0
  const tooLong = (limit: number) =>
    new BadInput({ file: source.name, line }, `a line of at most ${limit} bytes`, undefined, 'an op is one line of JSON')
  const take = (bytes: Uint8Array, from: number, to: number) => onLine(bytes, from, to > from && bytes[to - 1] === 13 ? to - 1 : to, line++)
  for await (const chunk of checkedChunks(source, tools)) {
    let from = 0
    for (;;) {
      const taken = heldLength === 0 && from < chunk.length ? early(chunk, from, Math.min(chunk.length, from + limitOf(line) + 1)) : -1
      if (taken >= 0) {
        from = chunk[taken] === 13 ? taken + 2 : taken + 1
        line++
        continue
      }
      const to = chunk.indexOf(10, from)
      if (to < 0) break
      const limit = limitOf(line)
      if (heldLength + to - from > limit) throw tooLong(limit)
      if (heldLength === 0) take(chunk, from, to)
      else {
        held = withMore(held, heldLength, chunk.subarray(from, to))
        heldLength += to - from
        take(held, 0, heldLength)
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
  if (!isEnded) take(held, 0, heldLength)
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
