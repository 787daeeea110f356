const MAX_EVENT_BYTES = 1 << 20
const nameKey = /"name"\s*:\s*"/
const behindName = /"\s*,\s*"(?:ph|cat|pid|tid|ts|dur|args|id|s)"\s*:/g
const behindEvent = /\}[ \t\r]*,?[ \t\r]*\n\s*(?=[{\]])/g

/** What is said of an event with such a name. */
export const BROKEN_NAME = 'event whose name holds a quote that is not escaped (a known fault of PyTorch’s profiler)'

/** Whether the event at `from`, which is no JSON at `faultAt`, is so because its name holds quotes that are not escaped: the index behind
 *  it, by the line on which the next event begins; 0: that is not here. -1: it is something else. */
export function behindBrokenName(buf: Uint8Array, from: number, end: number, faultAt: number): number {
  const text = new TextDecoder('latin1').decode(buf.subarray(from, Math.min(end, from + MAX_EVENT_BYTES)))
  const key = nameKey.exec(text)
  if (key === null) return -1
  const nameFrom = key.index + key[0].length
  if (nameFrom > faultAt - from) return -1
  behindName.lastIndex = nameFrom
  const close = behindName.exec(text)
  const line = text.indexOf('\n', nameFrom)
  if (close === null || (line >= 0 && line < close.index)) return line < 0 ? 0 : -1
  if (!/"/.test(text.slice(nameFrom, close.index).replace(/\\./g, ''))) return -1
  behindEvent.lastIndex = close.index
  const next = behindEvent.exec(text)
  return next === null ? 0 : from + next.index + 1
}
