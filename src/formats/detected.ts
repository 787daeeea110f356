/** What a look at a file's start says of one format: `yes`; `general`: it can be read, unless a special format says yes;
 *  for a `no`, why. Formats of one container give the same words for
 *  what they share, so that a refusal can name them together. */
export interface Detected {
  readonly answer: 'yes' | 'general' | 'no'
  readonly why: string
}

export const yes: Detected = { answer: 'yes', why: '' }
export const general: Detected = { answer: 'general', why: '' }
export const no = (why: string): Detected => ({ answer: 'no', why })

export const notJson = no('it is no JSON')
export const notText = no('it is binary')
export const notSqlite = no('it is no SQLite file')

/** One stray zero byte in so many is a power cut or a serial line; binary files have more. */
const BYTES_A_ZERO = 512

/** Whether the start of a file can be text: none of its bytes is zero, or hardly any. */
export function isText(bytes: Uint8Array): boolean {
  let zeros = 0
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) if (++zeros * BYTES_A_ZERO > bytes.length) return false
  return true
}

export function startsWith(bytes: Uint8Array, magic: readonly number[], at = 0): boolean {
  return magic.every((byte, i) => bytes[at + i] === byte)
}
