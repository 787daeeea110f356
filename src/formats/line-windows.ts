import type { Source } from '../trace/source.js'

const WINDOW = 256 << 10
/** What the next window begins with again: no title is parted from its rows. */
const OVERLAP = 16 << 10

/** A text behind its head in windows of whole lines; each is good until the next one is asked for. A line longer than a window is cut. */
export async function* lineWindows(source: Source): AsyncGenerator<Uint8Array> {
  const window = new Uint8Array(WINDOW)
  let length = 0
  let ahead = Math.max(0, source.head.length - OVERLAP)
  let isFresh = false
  for await (const chunk of source.chunks()) {
    let from = Math.min(ahead, chunk.length)
    ahead -= from
    while (from < chunk.length) {
      const taken = Math.min(chunk.length - from, WINDOW - length)
      window.set(chunk.subarray(from, from + taken), length)
      length += taken
      from += taken
      isFresh = true
      if (length < WINDOW) continue
      const end = lineEnd(window, WINDOW)
      yield window.subarray(0, end)
      const kept = Math.max(end - OVERLAP, window.indexOf(10, end - OVERLAP) + 1)
      window.copyWithin(0, kept, WINDOW)
      length = WINDOW - kept
      isFresh = false
    }
  }
  if (isFresh && length > 0) yield window.subarray(0, length)
}

function lineEnd(bytes: Uint8Array, length: number): number {
  const last = bytes.lastIndexOf(10, length - 1)
  // Half a window at least, so that what remains always leaves room.
  return last < WINDOW / 2 ? length : last + 1
}
