/** The bytes and the text of scanned JSON values. */

/** Bytes that a number, a word may hold. */
export const isNumberByte = new Uint8Array(256)
for (const c of '0123456789+-.eE') isNumberByte[c.charCodeAt(0)] = 1
export const isWordByte = new Uint8Array(256)
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') isWordByte[c.charCodeAt(0)] = 1

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
/** The text of a JSON string's inside; undefined when its escapes are none. */
export function decodeString(buf: Uint8Array, from: number, to: number, isEscaped: boolean): string | undefined {
  const text = decoder.decode(buf.subarray(from, to))
  if (!isEscaped) return text
  try {
    // Raw control characters are forgiven: profilers write what they are given.
    return JSON.parse(
      `"${text.replace(/[\u0000-\u001f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`,
    ) as string
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
