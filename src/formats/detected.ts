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

/** Whether the start of a file can be text: no zero byte in it. */
export const isText = (bytes: Uint8Array): boolean => !bytes.includes(0)

export function startsWith(bytes: Uint8Array, magic: readonly number[], at = 0): boolean {
  return magic.every((byte, i) => bytes[at + i] === byte)
}
