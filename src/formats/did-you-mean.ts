import { closest } from '../base/closest.js'
import { printable } from '../base/quote.js'

/** Words beyond this length are cut: they may come from a file. */
const LENGTH = 400

/** What a reader of an error would try next: the word that `found` most likely meant, or all of them. */
export function didYouMean(found: unknown, words: readonly string[]): string {
  const word = typeof found === 'string' ? closest(found.toLowerCase(), words) : undefined
  return word === undefined ? `one of ${printable(words.join(', '), LENGTH)}` : `did you mean ${printable(word)}?`
}
