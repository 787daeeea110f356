/** Untrusted text (trace names, file contents, paths) made safe to print on one line: what a terminal would act upon or nobody
 *  sees is escaped (control and format characters: escape sequences, directions, tags), and it is cut where it is long. */
export function printable(text: string, maxLength = 120): string {
  let out = ''
  for (const char of text) {
    if (out.length >= maxLength) return `${out}…`
    out += isUnsafe(char.codePointAt(0)!) ? escaped(char) : char
  }
  return out
}

/** Lines that are printed as they are but for what `printable` escapes: the last check ahead of a terminal, for callers who forgot. */
export function printableLines(text: string): string {
  return text.replace(UNSAFE, (char) => (char === '\n' || char === '\t' ? char : escaped(char)))
}

/** A value as JSON that is safe to print: the same value for whoever parses it. */
export function printableJson(value: unknown): string {
  const inString = (char: string): string => char.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  return JSON.stringify(value, null, 2).replace(UNSAFE, (char) => (char === '\n' ? char : inString(char)))
}

/** Any value as it was found, for an error message: quoted, escaped, cut at 60 characters. */
export function quoteFound(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return `"${printable(value, 60)}"`
  if (typeof value === 'bigint') return `${value}`
  if (typeof value === 'object' && value !== null) return printable(jsonOf(value), 60)
  return printable(String(value), 60)
}

function jsonOf(value: object): string {
  try {
    return JSON.stringify(value) ?? 'an object'
  } catch {
    return 'an object' // one that is too deep, or holds itself
  }
}

/** Controls (C0, C1), format characters (directions, zero widths, tags, byte order marks), line separators, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

export function isUnsafe(code: number): boolean {
  if (code < 0x7f) return code < 0x20
  return code < 0xa0 || String.fromCodePoint(code).search(UNSAFE) === 0
}

const escaped = (char: string): string => `\\u{${char.codePointAt(0)!.toString(16)}}`
