import type { Source } from './source.js'

/** Units that are looked at where no mark says it. */
const LOOKED_AT = 2048
/** Of these, signs of ASCII at least; drawn tables have many others. */
const PLAIN = 0.4

/** Which UTF-16 a content is, by its mark, else because every second byte of its first is zero; undefined: none. */
export function utf16Of(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const isLong = head[2] === 0 && head[3] === 0 // a mark of UTF-32
  if (head[0] === 0xff && head[1] === 0xfe && !isLong) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const units = Math.min(LOOKED_AT, head.length >> 1)
  if (units < 8) return undefined
  return isPlain(head, units, 0) ? 'utf-16le' : isPlain(head, units, 1) ? 'utf-16be' : undefined
}

/** Whether many units are signs of ASCII, each in its first or second byte, and none is zero. */
function isPlain(head: Uint8Array, units: number, at: number): boolean {
  let plain = 0
  for (let i = 0; i < units; i++) {
    const byte = head[i * 2 + at]!
    const other = head[i * 2 + 1 - at]!
    if (byte === 0 && other === 0) return false
    if (other === 0 && byte <= 126 && (byte >= 32 || byte === 9 || byte === 10 || byte === 13)) plain++
  }
  return plain >= PLAIN * units
}

/** A source in UTF-16 (what PowerShell's `>` writes) as one in UTF-8, its size unknown; any other as it is. */
export function asUtf8<S extends Source>(source: S): S {
  const encoding = utf16Of(source.head)
  if (encoding === undefined) return source
  const encoder = new TextEncoder()
  const { range: _, ...rest } = source
  return {
    ...(rest as S),
    sizeBytes: 0,
    head: encoder.encode(new TextDecoder(encoding).decode(source.head.subarray(0, source.head.length & ~1))),
    async *chunks() {
      const decoder = new TextDecoder(encoding)
      for await (const chunk of source.chunks()) {
        const text = decoder.decode(chunk, { stream: true })
        if (text !== '') yield encoder.encode(text)
      }
      const last = decoder.decode()
      if (last !== '') yield encoder.encode(last)
    },
  }
}
