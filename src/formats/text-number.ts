/** A whole number below 2^53 for a text, nearly always another one for another text: a key in rows of numbers. The same on every
 *  machine. Two FNV hashes of 32 and 21 bits. */
export function numberOfText(text: string): number {
  let low = 0x811c9dc5
  let high = 0x9dc5811c
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ (code + i), 0x85ebca6b)
    high ^= high >>> 15
  }
  return (low >>> 0) + (high >>> 11) * 2 ** 32
}
