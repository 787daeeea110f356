import { joinBytes } from '../base/bytes.js'
import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'
import type { Skipped } from './skipped.js'

const MAX_LINE_BYTES = 1 << 20

/** Calls `onLine` with each line of a log, its 1-based number and the byte where it begins. Logs are pasted and cut:
 *  what is no UTF-8 is replaced, colours, page quotes (`> `) and fences are taken off, a line over 1 MiB is left out
 *  and counted. Returns the number of lines. Gives the event loop a turn at every chunk. */
export async function eachLogLine(
  source: Source,
  tools: ImportTools,
  skipped: Skipped,
  onLine: (text: string, line: number, byteOffset: number) => void,
): Promise<number> {
  const decoder = new TextDecoder()
  let held: Uint8Array[] = []
  let heldBytes = 0
  let isTooLong = false
  let line = 0
  let offset = 0
  let read = 0
  const end = (last: Uint8Array): void => {
    line++
    const bytes = heldBytes + last.length
    if (isTooLong || bytes > MAX_LINE_BYTES) skipped.count('line over 1 MiB')
    else onLine(plainLine(decoder.decode(held.length === 0 ? last : joinBytes([...held, last]))), line, offset)
    held = []
    heldBytes = 0
    isTooLong = false
  }
  for await (const chunk of source.chunks()) {
    let from = 0
    for (let to = chunk.indexOf(10, from); to >= 0; to = chunk.indexOf(10, from)) {
      end(chunk.subarray(from, to))
      from = to + 1
      offset = read + from
    }
    const rest = chunk.subarray(from)
    if (heldBytes + rest.length > MAX_LINE_BYTES) {
      isTooLong = true
      held = []
      heldBytes = 0
    } else if (rest.length > 0) {
      held.push(rest.slice())
      heldBytes += rest.length
    }
    read += chunk.length
    tools.onProgress?.(read)
  }
  if (heldBytes > 0 || isTooLong) end(new Uint8Array(0))
  return line
}

/** A line without its end, colours, page quote marks; a fence of a page is an empty line. */
export function plainLine(text: string): string {
  const bare = text.replace(/\r+$/, '').replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
  const unquoted = bare.replace(/^(?:> ?)+/, '')
  return /^\s*(```|~~~)/.test(unquoted) ? '' : unquoted
}
