/** Bytes, and the same for reading several at once. */
export interface Bytes {
  readonly buf: Uint8Array
  readonly view: DataView
}

/** Parts of a text or file as one. */
export function joinBytes(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
