import { printable } from '../../base/quote.js'

/** What an error says, whatever was thrown: its message may be a getter that throws in its turn. */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : String(error)
    return printable(typeof text === 'string' && text !== '' ? text : 'an error without words', 1000)
  } catch {
    return 'an error that cannot be shown'
  }
}
