import { joinBytes } from '../base/bytes.js'
import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'
import { lineStrip } from './line-margins.js'
import type { Skipped } from './skipped.js'

const MAX_LINE_BYTES = 1 << 20
const SAMPLE_BYTES = 64 << 10
/** Colours and cursors, links and titles, marks of a build log, character sets. */
const ESCAPES = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]{0,2000}(?:\u0007|\u001b\\)|_[^\u0007\u001b]{0,200}(?:\u0007|\u001b\\)|[()][A-Z0-9])/g

/** Calls `onLine` with each line of a log, its 1-based number and the byte where it begins. Logs are pasted and cut:
 *  what is no UTF-8 is replaced; colours, page quotes (`> `) and fences, and what log writers put ahead of each line (see
 *  `withoutPrefixes` and `lineStrip`; not of tables that a user maps: `isTable`) are taken off; what a carriage return parts are lines of one number; a line over 1 MiB is left out
 *  and counted. Returns the number of lines. Gives the event loop a turn at every chunk. */
export async function eachLogLine(
  source: Source,
  tools: ImportTools,
  skipped: Skipped,
  onLine: (text: string, line: number, byteOffset: number) => void,
  isTable = false,
): Promise<number> {
  const decoder = new TextDecoder()
  const plain = isTable ? (text: string): string => withoutFence(undecorated(text)) : stripOf(source.head)
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
    else {
      const text = decoder.decode(held.length === 0 ? last : joinBytes([...held, last]))
      // A terminal writes over what stood there: each part was a line of its own, of progress or of the log.
      if (isTable) onLine(plain(text.replace(/\r+$/, '')), line, offset)
      else if (!text.includes('\r')) onLine(plain(text), line, offset)
      else for (const part of partsOf(text)) onLine(plain(part), line, offset)
    }
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

/** The lines of a text as `eachLogLine` gives them, joined again: what a look at a file's start is held against. */
export function plainLines(head: Uint8Array): string {
  const text = new TextDecoder().decode(head)
  if (!text.includes('\n') && !text.includes('\r')) return undecorated(text)
  const plain = stripOf(head)
  return text.split('\n').flatMap(partsOf).map(plain).join('\n')
}

/** How lines of this file become plain, by its first bytes. */
function stripOf(head: Uint8Array): (text: string) => string {
  const sample = new TextDecoder().decode(head.subarray(0, SAMPLE_BYTES)).split('\n')
  if (head.length >= SAMPLE_BYTES && sample.length > 2) sample.pop() // cut
  const strip = lineStrip(sample.flatMap(partsOf).map(undecorated))
  return (text) => withoutFence(strip(undecorated(text)))
}

const partsOf = (text: string): string[] => (text.includes('\r') ? text.replace(/\r+$/, '').split(/\r+/) : [text])

/** Without what a terminal makes of it: colours, links, titles. */
const undecorated = (text: string): string => (text.includes('\u001b') ? text.replace(ESCAPES, '') : text)

/** A fence of a page is an empty line. */
const withoutFence = (text: string): string => (/^\s*(?:```|~~~)/.test(text) ? '' : text)
