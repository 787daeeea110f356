/** Untrusted text (trace names, file contents, paths) made safe to print: control characters escaped,
 *  bidirectional overrides too, and cut where it is long. */
export function printable(text: string, maxLength = 120): string {
  let out = ''
  for (const char of text) {
    if (out.length >= maxLength) return `${out}…`
    const code = char.codePointAt(0)!
    out += isUnsafe(code) ? `\\u{${code.toString(16)}}` : char
  }
  return out
}

/** Any value as it was found, for an error message: quoted, escaped, cut at 60 characters. */
export function quoteFound(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return `"${printable(value, 60)}"`
  if (typeof value === 'bigint') return `${value}`
  if (typeof value === 'object' && value !== null) return printable(JSON.stringify(value) ?? 'an object', 60)
  return printable(String(value), 60)
}

function isUnsafe(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    code === 0xfeff ||
    (code >= 0xd800 && code <= 0xdfff)
  )
}
